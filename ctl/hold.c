/* Legal holds: what retention must leave alone. */
#include <stdlib.h>

#include "audit.h"
#include "ctl_statements.h"
#include "dry_run.h"

static int print(struct ctl *ctl, PGresult *result)
{
    if (!result)
        return EXIT_REFUSED;
    ctl_print(ctl, result);
    PQclear(result);
    return EXIT_SUCCESS;
}

int hold_add(struct ctl *ctl)
{
    struct str reason = audit_reason(ctl), local = STR_NONE, domain = STR_NONE;
    struct audit_filter filter;
    struct jid jid;

    if (!reason.p || !audit_filter_read(ctl, &filter))
        return EXIT_REFUSED;
    if (!filter.person.p && !filter.from.p && !filter.until.p)
        return ctl_refuse("expected --person, --from or --until");
    if (filter.person.p && jid_parse(&jid, &ctl->arena, filter.person)) {
        local = jid.local;
        domain = jid.domain;
    }
    if (!audit_note(ctl, "hold", &filter, reason) ||
        !dry_run_concerns(ctl, STR_NONE, STR_NONE, filter.person))
        return EXIT_REFUSED;
    return print(ctl, ctl_run(ctl, CTL_HOLD_ADD,
                              (struct str[]){filter.person, domain, local,
                                             filter.from, filter.until, reason,
                                             audit_administrator(ctl)}));
}

int hold_list(struct ctl *ctl)
{
    return print(ctl, ctl_run(ctl, CTL_HOLD_LIST, NULL));
}

/* Those whom the hold is about. */
static bool is_concerned(struct ctl *ctl, struct str number)
{
    PGresult *hold = ctl_run(ctl, CTL_HOLD_PERSON, &number);
    bool is_fine =
        hold && (PQntuples(hold) == 0 ||
                 dry_run_concerns(ctl, STR_NONE, STR_NONE, ctl_column(hold, 0)));

    PQclear(hold);
    return is_fine;
}

int hold_release(struct ctl *ctl)
{
    struct str reason = audit_reason(ctl);
    struct str number = str_of(ctl->argv[0]);
    int64_t value;
    long count;

    if (!reason.p)
        return EXIT_REFUSED;
    if (!str_to_i64(number, &value))
        return ctl_refuse("%s is no number of a hold", ctl->argv[0]);
    if (!audit_note(ctl, arena_printf(&ctl->arena, "release-%s", number.p).p,
                    &(struct audit_filter){0}, reason) ||
        !is_concerned(ctl, number))
        return EXIT_REFUSED;
    count = ctl_change(ctl, CTL_HOLD_RELEASE,
                       (struct str[]){number, audit_administrator(ctl)});
    if (count == 0)
        return ctl_refuse("there is no such hold");
    return count > 0 ? EXIT_SUCCESS : EXIT_REFUSED;
}

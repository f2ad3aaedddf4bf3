/* Two administrators: one asks to read the journal, another one agrees. */
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

int audit_request(struct ctl *ctl)
{
    struct audit_reading reading = {.reason = audit_reason(ctl)};
    const struct audit_filter *filter = &reading.filter;

    if (!reading.reason.p || !audit_filter_read(ctl, &reading.filter) ||
        !audit_note(ctl, "request", filter, reading.reason) ||
        !dry_run_concerns(ctl, filter->domain, filter->department, filter->person))
        return EXIT_REFUSED;
    return print(
        ctl, ctl_run(ctl, CTL_AUDIT_REQUEST,
                     (struct str[]){audit_administrator(ctl), reading.reason,
                                    filter->person, filter->domain,
                                    filter->department, filter->from,
                                    filter->until, filter->word}));
}

int audit_requests(struct ctl *ctl)
{
    return print(ctl, ctl_run(ctl, CTL_AUDIT_REQUESTS, NULL));
}

/* Those whom the request is about. */
static bool is_concerned(struct ctl *ctl, struct str number)
{
    PGresult *asked = ctl_run(ctl, CTL_AUDIT_REQUEST_SCOPE, &number);
    bool is_fine = asked && (PQntuples(asked) == 0 ||
                             dry_run_concerns(ctl, ctl_column(asked, 0),
                                              ctl_column(asked, 1),
                                              ctl_column(asked, 2)));

    PQclear(asked);
    return is_fine;
}

int audit_approve(struct ctl *ctl)
{
    struct str number = str_of(ctl->argv[0]);
    int64_t value;
    long count;

    if (!str_to_i64(number, &value))
        return ctl_refuse("%s is no number of a request", ctl->argv[0]);
    if (!audit_note(ctl, "approve", &(struct audit_filter){0},
                    arena_printf(&ctl->arena, "request %s", number.p)) ||
        !is_concerned(ctl, number))
        return EXIT_REFUSED;
    count = ctl_change(ctl, CTL_AUDIT_APPROVE,
                       (struct str[]){number, audit_administrator(ctl)});
    if (count == 0)
        return ctl_refuse("there is no such request of somebody else's that "
                          "waits");
    return count > 0 ? EXIT_SUCCESS : EXIT_REFUSED;
}

/* The request's own words are what is read, none of the command's. */
static bool read_approved(struct ctl *ctl, struct str number,
                          struct audit_reading *reading)
{
    PGresult *result =
        ctl_run(ctl, CTL_AUDIT_APPROVED,
                (struct str[]){number, audit_administrator(ctl)});
    struct str *fields[] = {
        &reading->reason,        &reading->filter.person,
        &reading->filter.domain, &reading->filter.department,
        &reading->filter.from,   &reading->filter.until,
        &reading->filter.word};
    bool is_approved = result && PQntuples(result) == 1;

    for (size_t i = 0; is_approved && i < COUNT_OF(fields); i++) {
        struct str value = ctl_column(result, (int)i);

        *fields[i] = value.p ? arena_dup(&ctl->arena, value) : STR_NONE;
    }
    if (result && !is_approved)
        ctl_refuse("nobody has approved this request of yours within a day");
    PQclear(result);
    return is_approved;
}

static bool read_filter(struct ctl *ctl, struct audit_reading *reading)
{
    const char *request = ctl_option(ctl, "--request");
    int64_t number;

    *reading = (struct audit_reading){0};
    if (request && !str_to_i64(str_of(request), &number)) {
        ctl_refuse("--request: a number");
        return false;
    }
    if (request)
        return read_approved(ctl, str_of(request), reading);
    if (config_bool(ctl->config, "sm.audit-two-administrators")) {
        ctl_refuse("another administrator has to agree: audit request, "
                   "audit approve, then --request");
        return false;
    }
    reading->reason = audit_reason(ctl);
    return reading->reason.p && audit_filter_read(ctl, &reading->filter);
}

bool audit_reading_begin(struct ctl *ctl, const char *what, struct str person,
                         struct audit_reading *reading)
{
    bool is_request = false;

    for (int i = 0; i < ctl->argc; i++)
        is_request |= str_is(str_of(ctl->argv[i]), "--request");
    if (!read_filter(ctl, reading))
        return false;
    /* Who was asked about somebody has not agreed to this one. */
    if (person.p && (is_request || reading->filter.person.p) &&
        !str_eq(reading->filter.person, person)) {
        ctl_refuse("that is not about %.*s", STR_ARG(person));
        return false;
    }
    if (person.p)
        reading->filter.person = person;
    return audit_note(ctl, what, &reading->filter, reading->reason);
}

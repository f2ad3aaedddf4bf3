/* Quiet hours of a user: what holds, and his own. */
#include <stdlib.h>
#include <time.h>

#include "common/quiet/quiet.h"
#include "ctl_statements.h"
#include "directory.h"

static struct str source_of(struct arena *arena, struct str hours,
                            const struct quiet_source *source)
{
    if (!hours.p)
        return STR("nobody has set any");
    if (source->is_own)
        return STR("a property of the account");
    if (source->department)
        return arena_printf(arena, "a property of department %.*s",
                            STR_ARG(source->department->path));
    return STR("a property of the server");
}

static const char *is_quiet_now(struct str hours)
{
    struct quiet quiet;
    struct error error;

    if (!hours.p || !quiet_parse(&quiet, hours, text_default(), &error) ||
        quiet.count == 0)
        return "no";
    return quiet_at(&quiet,
                    quiet_minute(quiet.zone, (int64_t)time(NULL) * 1000))
               ? "yes"
               : "no";
}

static int tell(struct ctl *ctl, const struct jid *jid)
{
    static const char *const columns[] = {"hours", "quiet_now", "except",
                                          "because"};
    struct directory *directory = ctl_directory(ctl);
    const struct directory_person *person;
    struct quiet_source source;
    struct str hours, except;
    struct str cells[COUNT_OF(columns)];

    if (!directory)
        return EXIT_REFUSED;
    person = directory_find(directory, jid->bare);
    hours = quiet_of(directory, person, &source);
    except = person ? directory_property_of(person->properties, QUIET_EXCEPT)
                    : STR_NONE;
    cells[0] = hours.p ? hours : STR("none");
    cells[1] = str_of(is_quiet_now(hours));
    cells[2] = except.p ? except : STR("");
    cells[3] = source_of(&ctl->arena, hours, &source);
    ctl_print_cells(ctl, columns, COUNT_OF(columns), cells, 1);
    directory_free(directory);
    return EXIT_SUCCESS;
}

/* False after a message. An empty value takes the property away. */
static bool put(struct ctl *ctl, const struct jid *jid, const char *name,
                struct str value)
{
    struct str params[] = {jid->domain, jid->local, str_of(name), value};
    long count = ctl_change(
        ctl, value.len ? CTL_ACCOUNT_PROPERTY_SET : CTL_ACCOUNT_PROPERTY_UNSET,
        params);

    if (count == 0 && value.len)
        ctl_refuse("there is no account %.*s", STR_ARG(jid->bare));
    return count > 0 || (count == 0 && !value.len);
}

int user_quiet(struct ctl *ctl)
{
    const char *except = ctl_option(ctl, "--except");
    const char *text = ctl->argc > 1 ? ctl->argv[1] : NULL;
    bool inherits = text && str_is(str_of(text), "inherit");
    struct quiet quiet;
    struct error error;
    struct jid jid;

    if (!ctl_account(ctl, ctl->argv[0], &jid))
        return EXIT_REFUSED;
    if (text && !inherits &&
        !quiet_parse(&quiet, str_of(text), text_default(), &error))
        return ctl_refuse("%s", error.text);
    if (except && !quiet_are_exceptions(str_of(except)))
        return ctl_refuse("--except: expected addresses and domains, separated "
                          "by spaces");
    if (text && !put(ctl, &jid, QUIET_HOURS, inherits ? STR("") : str_of(text)))
        return EXIT_REFUSED;
    if (except && !put(ctl, &jid, QUIET_EXCEPT, str_of(except)))
        return EXIT_REFUSED;
    return tell(ctl, &jid);
}

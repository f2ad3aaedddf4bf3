/* What was sent to whole groups, and who has it. */
#include <stdlib.h>

#include "ctl.h"
#include "ctl_statements.h"

static int print(struct ctl *ctl, PGresult *result)
{
    if (!result)
        return EXIT_REFUSED;
    ctl_print(ctl, result);
    PQclear(result);
    return EXIT_SUCCESS;
}

/* Whether the word is the number of a broadcast. False after a message. */
static bool is_there(struct ctl *ctl)
{
    struct str number = str_of(ctl->argv[0]);
    PGresult *result;
    int64_t value;
    int rows;

    if (!str_to_i64(number, &value)) {
        ctl_refuse("%s is no number of a broadcast", ctl->argv[0]);
        return false;
    }
    result = ctl_run(ctl, CTL_BROADCAST_EXISTS, (struct str[]){number});
    if (!result)
        return false;
    rows = PQntuples(result);
    PQclear(result);
    if (rows == 0)
        ctl_refuse("there is no broadcast %s", ctl->argv[0]);
    return rows > 0;
}

int broadcast_list(struct ctl *ctl)
{
    const char *domain = ctl_option(ctl, "--domain");

    return print(
        ctl, ctl_run(ctl, CTL_BROADCAST_LIST, (struct str[]){str_of(domain)}));
}

int broadcast_status(struct ctl *ctl)
{
    bool missing = ctl_flag(ctl, "--missing");

    if (!is_there(ctl))
        return EXIT_REFUSED;
    return print(ctl, ctl_run(ctl, CTL_BROADCAST_STATUS,
                              (struct str[]){str_of(ctl->argv[0]),
                                             db_boolean(missing)}));
}

int broadcast_remind(struct ctl *ctl)
{
    if (!is_there(ctl))
        return EXIT_REFUSED;
    return print(ctl, ctl_run(ctl, CTL_BROADCAST_REMIND,
                              (struct str[]){str_of(ctl->argv[0])}));
}

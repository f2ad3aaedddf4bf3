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

static bool read_number(struct ctl *ctl)
{
    int64_t number;

    if (str_to_i64(str_of(ctl->argv[0]), &number))
        return true;
    ctl_refuse("%s is no number of a broadcast", ctl->argv[0]);
    return false;
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

    if (!read_number(ctl))
        return EXIT_REFUSED;
    return print(ctl, ctl_run(ctl, CTL_BROADCAST_STATUS,
                              (struct str[]){str_of(ctl->argv[0]),
                                             db_boolean(missing)}));
}

int broadcast_remind(struct ctl *ctl)
{
    if (!read_number(ctl))
        return EXIT_REFUSED;
    return print(ctl, ctl_run(ctl, CTL_BROADCAST_REMIND,
                              (struct str[]){str_of(ctl->argv[0])}));
}

/* What has to be done once a day: months ahead, retention, indexes of the
 * months that are over, the journal's heads. */
#include <stdlib.h>

#include "ctl.h"
#include "ctl_statements.h"
#include "heads.h"

static bool run_with_days(struct ctl *ctl, size_t statement, const char *option)
{
    char days[24];
    PGresult *result = ctl_run(
        ctl, statement,
        (struct str[]){db_number(days, config_int(ctl->config, option))});

    if (!result)
        return false;
    ctl_print(ctl, result);
    PQclear(result);
    return true;
}

int audit_trim(struct ctl *ctl)
{
    return run_with_days(ctl, CTL_AUDIT_TRIM, "sm.audit-days") ? EXIT_SUCCESS
                                                               : EXIT_REFUSED;
}

int audit_seal(struct ctl *ctl)
{
    return heads_write(ctl) ? EXIT_SUCCESS : EXIT_REFUSED;
}

/* One that fails stops none of the others. */
int daily(struct ctl *ctl)
{
    PGresult *made = ctl_run(ctl, CTL_PARTITIONS, NULL);
    bool is_trimmed = run_with_days(ctl, CTL_ARCHIVE_TRIM, "sm.archive-days");
    bool is_emptied = run_with_days(ctl, CTL_AUDIT_TRIM, "sm.audit-days");
    PGresult *indexed = ctl_run(ctl, CTL_INDEX_PAST_MONTHS, NULL);
    bool is_sealed = heads_write(ctl);
    bool is_done = made && is_trimmed && is_emptied && indexed && is_sealed;

    PQclear(made);
    PQclear(indexed);
    return is_done ? EXIT_SUCCESS : EXIT_REFUSED;
}

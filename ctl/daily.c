/* What has to be done once a day: months ahead, retention, indexes of the
 * months that are over, the journal's heads. */
#include <stdlib.h>

#include "ctl_statements.h"
#include "directory.h"
#include "heads.h"

/* What a statement tells that is given a number of days; NULL after a message. */
static PGresult *run_with_days(struct ctl *ctl, size_t statement,
                               const char *option)
{
    char days[24];

    return ctl_run(ctl, statement,
                   (struct str[]){
                       db_number(days, config_int(ctl->config, option))});
}

int audit_trim(struct ctl *ctl)
{
    PGresult *result = run_with_days(ctl, CTL_AUDIT_TRIM, "sm.audit-days");

    if (!result)
        return EXIT_REFUSED;
    ctl_print(ctl, result);
    PQclear(result);
    return EXIT_SUCCESS;
}

int audit_seal(struct ctl *ctl)
{
    return heads_write(ctl) ? EXIT_SUCCESS : EXIT_REFUSED;
}

/* Adds the columns of the one row as lines of their own. */
static size_t add_told(struct ctl *ctl, const PGresult *result,
                       struct str *cells, size_t count)
{
    for (int i = 0; result && i < PQnfields(result); i++) {
        cells[2 * count] = arena_dup(&ctl->arena, str_of(PQfname(result, i)));
        cells[2 * count++ + 1] =
            arena_dup(&ctl->arena, str_of(PQgetvalue(result, 0, i)));
    }
    return count;
}

/* One that fails stops none of the others. */
int daily(struct ctl *ctl)
{
    struct str cells[2 * 8];
    PGresult *made = ctl_run(ctl, CTL_PARTITIONS, NULL);
    PGresult *trimmed =
        run_with_days(ctl, CTL_ARCHIVE_TRIM, "sm.archive-days");
    PGresult *emptied = run_with_days(ctl, CTL_AUDIT_TRIM, "sm.audit-days");
    PGresult *indexed = ctl_run(ctl, CTL_INDEX_PAST_MONTHS, NULL);
    bool is_sealed = ctl->dry || heads_write(ctl);
    bool is_done = made && trimmed && emptied && indexed && is_sealed;
    size_t count = add_told(ctl, trimmed, cells, 0);

    count = add_told(ctl, emptied, cells, count);
    ctl_print_counts(ctl, cells, count);
    PQclear(made);
    PQclear(trimmed);
    PQclear(emptied);
    PQclear(indexed);
    return is_done ? EXIT_SUCCESS : EXIT_REFUSED;
}

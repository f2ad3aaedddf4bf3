/* The store of messages: retention. */
#include <stdlib.h>

#include "ctl.h"
#include "ctl_statements.h"

static int run_and_print(struct ctl *ctl, size_t statement,
                         const struct str *params)
{
    PGresult *result = ctl_run(ctl, statement, params);

    if (!result)
        return EXIT_REFUSED;
    ctl_print(ctl, result);
    PQclear(result);
    return EXIT_SUCCESS;
}

int archive_trim(struct ctl *ctl)
{
    const char *days = ctl_option(ctl, "--days");
    char usual[24];
    uint64_t number;

    if (days && !str_to_u64(str_of(days), &number))
        return ctl_refuse("--days: a number");
    snprintf(usual, sizeof(usual), "%lld",
             (long long)config_int(ctl->config, "sm.archive-days"));
    return run_and_print(ctl, CTL_ARCHIVE_TRIM,
                         (struct str[]){str_of(days ? days : usual)});
}

int archive_keep(struct ctl *ctl)
{
    const char *department = ctl_option(ctl, "--department");
    const char *account = ctl_option(ctl, "--account");
    struct str days = str_of(ctl->argv[0]), domain, path;
    struct jid jid;
    uint64_t number;
    long count;

    if (!str_to_u64(days, &number) || number > 36500)
        return ctl_refuse("expected days, 0 for ever, got %s", ctl->argv[0]);
    if (!department == !account)
        return ctl_refuse("expected --department or --account");
    if (account) {
        if (!ctl_account(ctl, account, &jid))
            return EXIT_REFUSED;
        count = ctl_change(ctl, CTL_ARCHIVE_KEEP_ACCOUNT,
                           (struct str[]){jid.domain, jid.local, days});
    } else {
        if (!ctl_domain(ctl, &domain) ||
            !ctl_department(ctl, domain, department, &path))
            return EXIT_REFUSED;
        count = ctl_change(ctl, CTL_ARCHIVE_KEEP_DEPARTMENT,
                           (struct str[]){domain, path, days});
    }
    if (count == 0)
        return ctl_refuse("there is no such account or department");
    return count > 0 ? EXIT_SUCCESS : EXIT_REFUSED;
}

/* The store of messages: whose archive, and retention. */
#include "archive.h"

#include <stdlib.h>

#include "common/archive/archive.h"
#include "ctl_statements.h"
#include "dry_run.h"

/* --- one account's -------------------------------------------------------- */

bool archive_account_find(struct ctl *ctl, const char *text,
                          struct archive_account *account)
{
    PGresult *result;

    if (!ctl_account(ctl, text, &account->jid))
        return false;
    result = ctl_run(ctl, CTL_ACCOUNT_NUMBER,
                     (struct str[]){account->jid.domain, account->jid.local});
    account->number = STR_NONE;
    if (result && PQntuples(result) == 1)
        account->number =
            arena_dup(&ctl->arena, str_of(PQgetvalue(result, 0, 0)));
    else if (result)
        ctl_refuse("there is no account %.*s", STR_ARG(account->jid.bare));
    PQclear(result);
    return account->number.p != NULL;
}

struct xml_parser *archive_parser_new(void)
{
    static const struct xml_limits limits = {.max_stanza = 16u << 20,
                                             .max_depth = 256,
                                             .max_attrs = 256,
                                             .max_token = 16u << 20};

    return xml_parser_new(&limits);
}

bool archive_row_read(struct archive_row *row, struct arena *arena,
                      struct xml_parser *parser, const PGresult *result)
{
    row->message = xml_parse(parser, arena, ctl_column(result, 1));
    return row->message && archive_read_id(ctl_column(result, 0), &row->id);
}

/* --- retention ------------------------------------------------------------ */

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
    struct str days = str_of(ctl->argv[0]), domain, path = STR_NONE;
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
        domain = jid.domain;
        count = ctl_change(ctl, CTL_ARCHIVE_KEEP_ACCOUNT,
                           (struct str[]){domain, jid.local, days});
    } else {
        if (!ctl_domain(ctl, &domain) ||
            !ctl_department(ctl, domain, department, &path))
            return EXIT_REFUSED;
        count = ctl_change(ctl, CTL_ARCHIVE_KEEP_DEPARTMENT,
                           (struct str[]){domain, path, days});
    }
    if (count == 0)
        return ctl_refuse("there is no such account or department");
    return count > 0 && dry_run_concerns(ctl, domain, path,
                                         account ? jid.bare : STR_NONE)
               ? EXIT_SUCCESS
               : EXIT_REFUSED;
}

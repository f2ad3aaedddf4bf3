/* Which role of the database sees which domains (sql/roles.sql). */
#include <stdlib.h>

#include "common/migrate/migrate.h"
#include "ctl.h"
#include "ctl_statements.h"

/* The domains behind the role's name, joined by US. False after a message. */
static bool read_domains(struct ctl *ctl, struct str *joined)
{
    struct buf text = {0};
    struct jid jid;
    int i;

    for (i = 1; i < ctl->argc; i++) {
        if (!jid_parse(&jid, &ctl->arena, str_of(ctl->argv[i])) ||
            jid.local.p || jid.resource.p)
            break;
        buf_printf(&text, i > 1 ? "\x1f%.*s" : "%.*s", STR_ARG(jid.domain));
    }
    *joined = arena_dup(&ctl->arena, buf_view(&text));
    buf_clear(&text);
    if (i < ctl->argc)
        ctl_refuse("\"%s\" is no domain", ctl->argv[i]);
    return i == ctl->argc;
}

/* A role that has not been one of the suite becomes one like `model`. */
static bool take_role(struct ctl *ctl, struct str role, const char *model)
{
    PGresult *found = ctl_run(ctl, CTL_ACCESS_ROLE_FIND, &role);
    bool is_there = found && PQntuples(found) == 1;
    bool is_known = is_there && !PQgetisnull(found, 0, 0);

    PQclear(found);
    if (found && !is_there)
        ctl_refuse(
            "there is no such role; as superuser: CREATE ROLE \"%.*s\" LOGIN",
            STR_ARG(role));
    if (is_there && !is_known && !model)
        ctl_refuse(
            "%.*s is no role of a daemon; --like names the one whose rights it "
            "gets",
            STR_ARG(role));
    if (!is_there || !model)
        return is_known;
    return ctl_change(ctl, CTL_ACCESS_ROLE_SET,
                      (struct str[]){role, str_of(model)}) > 0;
}

/* Rights and policies follow from what the tables say now. */
static bool apply(struct ctl *ctl)
{
    struct error error;
    char folder[4096];

    if (migrate_find_sql(folder, sizeof(folder), &error) &&
        migrate_apply_roles(ctl->connection, folder, &error))
        return true;
    ctl_refuse("%s", error.text);
    return false;
}

int db_restrict(struct ctl *ctl)
{
    bool to_all = ctl_flag(ctl, "--all");
    const char *model = ctl_option(ctl, "--like");
    struct str role = str_of(ctl->argv[0]), domains;

    if (to_all == (ctl->argc > 1))
        return ctl_refuse("expected domains, or --all");
    if (!read_domains(ctl, &domains) || !ctl_begin(ctl))
        return EXIT_REFUSED;
    return take_role(ctl, role, model) &&
                   ctl_change(ctl, CTL_ACCESS_DOMAINS_SET,
                              (struct str[]){role, to_all ? STR_NONE
                                                          : domains}) >= 0 &&
                   apply(ctl) && ctl_commit(ctl)
               ? EXIT_SUCCESS
               : EXIT_REFUSED;
}

int db_access(struct ctl *ctl)
{
    bool wants_tables = ctl_flag(ctl, "--tables");
    PGresult *result =
        ctl_run(ctl, wants_tables ? CTL_ACCESS_TABLES : CTL_ACCESS_LIST, NULL);

    if (!result)
        return EXIT_REFUSED;
    ctl_print(ctl, result);
    PQclear(result);
    return EXIT_SUCCESS;
}

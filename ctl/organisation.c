/* Administrators and departments. */
#include <stdlib.h>

#include "ctl.h"
#include "ctl_statements.h"

static int changed(long count, const char *what, const char *name)
{
    if (count == 0)
        return ctl_refuse("there is no %s %s", what, name);
    return count > 0 ? EXIT_SUCCESS : EXIT_REFUSED;
}

static int print(struct ctl *ctl, PGresult *result)
{
    if (!result)
        return EXIT_REFUSED;
    ctl_print(ctl, result);
    PQclear(result);
    return EXIT_SUCCESS;
}

bool ctl_has_department(struct ctl *ctl, struct str domain, const char *name)
{
    PGresult *result = ctl_run(ctl, CTL_DEPARTMENT_EXISTS,
                               (struct str[]){domain, str_of(name)});
    bool exists = result && PQntuples(result) > 0;

    if (result && !exists)
        ctl_refuse("there is no department %s", name);
    PQclear(result);
    return exists;
}

int admin_add(struct ctl *ctl)
{
    struct jid jid;

    if (!ctl_account(ctl, ctl->argv[0], &jid))
        return EXIT_REFUSED;
    return changed(ctl_change(ctl, CTL_ADMIN_ADD,
                              (struct str[]){jid.bare, jid.domain, jid.local}),
                   "account", ctl->argv[0]);
}

int admin_del(struct ctl *ctl)
{
    struct jid jid;

    if (!ctl_account(ctl, ctl->argv[0], &jid))
        return EXIT_REFUSED;
    return changed(ctl_change(ctl, CTL_ADMIN_DEL, (struct str[]){jid.bare}),
                   "administrator", ctl->argv[0]);
}

int admin_list(struct ctl *ctl)
{
    return print(ctl, ctl_run(ctl, CTL_ADMIN_LIST, NULL));
}

int department_add(struct ctl *ctl)
{
    const char *parent = ctl_option(ctl, "--parent");
    const char *rank = ctl_option(ctl, "--rank");
    struct str domain;
    int64_t number = 0;

    if (!ctl_domain(ctl, &domain))
        return EXIT_REFUSED;
    if (rank && !str_to_i64(str_of(rank), &number))
        return ctl_refuse("--rank %s is no number", rank);
    return ctl_change(ctl, CTL_DEPARTMENT_ADD,
                      (struct str[]){domain, str_of(ctl->argv[0]),
                                     str_of(parent),
                                     arena_printf(&ctl->arena, "%lld",
                                                  (long long)number)}) > 0
               ? EXIT_SUCCESS
               : EXIT_REFUSED;
}

int department_del(struct ctl *ctl)
{
    struct str domain;

    if (!ctl_domain(ctl, &domain))
        return EXIT_REFUSED;
    return changed(ctl_change(ctl, CTL_DEPARTMENT_DEL,
                              (struct str[]){domain, str_of(ctl->argv[0])}),
                   "department", ctl->argv[0]);
}

int department_list(struct ctl *ctl)
{
    const char *domain = ctl_option(ctl, "--domain");

    return print(
        ctl, ctl_run(ctl, CTL_DEPARTMENT_LIST, (struct str[]){str_of(domain)}));
}

int member_add(struct ctl *ctl)
{
    bool is_admin = ctl_flag(ctl, "--admin");
    bool is_main = ctl_flag(ctl, "--main");
    struct str params[5];
    struct jid jid;

    if (!ctl_account(ctl, ctl->argv[1], &jid))
        return EXIT_REFUSED;
    params[0] = jid.domain;
    params[1] = str_of(ctl->argv[0]);
    params[2] = jid.local;
    params[3] = db_boolean(is_admin);
    params[4] = db_boolean(is_main);
    if (is_main && ctl_change(ctl, CTL_MEMBER_OTHER_MAIN, params) < 0)
        return EXIT_REFUSED;
    return ctl_change(ctl, CTL_MEMBER_ADD, params) > 0 ? EXIT_SUCCESS
                                                       : EXIT_REFUSED;
}

int member_move(struct ctl *ctl)
{
    struct jid jid;

    if (!ctl_account(ctl, ctl->argv[1], &jid))
        return EXIT_REFUSED;
    return changed(ctl_change(ctl, CTL_MEMBER_MOVE,
                              (struct str[]){jid.domain, str_of(ctl->argv[0]),
                                             str_of(ctl->argv[2]), jid.local}),
                   "member", ctl->argv[1]);
}

int department_change(struct ctl *ctl)
{
    const char *parent = ctl_option(ctl, "--parent");
    const char *rank = ctl_option(ctl, "--rank");
    const char *description = ctl_option(ctl, "--description");
    const char *name = ctl_option(ctl, "--name");
    struct str domain;
    int64_t number;

    if (!ctl_domain(ctl, &domain))
        return EXIT_REFUSED;
    if (rank && !str_to_i64(str_of(rank), &number))
        return ctl_refuse("--rank %s is no number", rank);
    return changed(
        ctl_change(ctl, CTL_DEPARTMENT_CHANGE,
                   (struct str[]){domain, str_of(ctl->argv[0]), str_of(parent),
                                  str_of(rank), str_of(description),
                                  str_of(name)}),
        "department", ctl->argv[0]);
}

int member_del(struct ctl *ctl)
{
    struct jid jid;

    if (!ctl_account(ctl, ctl->argv[1], &jid))
        return EXIT_REFUSED;
    return changed(
        ctl_change(ctl, CTL_MEMBER_DEL,
                   (struct str[]){jid.domain, str_of(ctl->argv[0]), jid.local}),
        "member", ctl->argv[1]);
}

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
    struct jid jid;

    if (!ctl_account(ctl, ctl->argv[1], &jid))
        return EXIT_REFUSED;
    return ctl_change(ctl, CTL_MEMBER_ADD,
                      (struct str[]){jid.domain, str_of(ctl->argv[0]),
                                     jid.local,
                                     is_admin ? STR("true") : STR("false")}) > 0
               ? EXIT_SUCCESS
               : EXIT_REFUSED;
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

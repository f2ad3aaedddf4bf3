/* Administrators and departments. */
#include <stdlib.h>
#include <string.h>

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

/* Says which departments a name may mean. */
static void tell_apart(struct ctl *ctl, const char *text, PGresult *found)
{
    struct buf paths = {0};

    for (int row = 0; row < PQntuples(found); row++) {
        buf_add_text(&paths, row ? ", " : "");
        buf_add_text(&paths, PQgetvalue(found, row, 0));
    }
    ctl_refuse("%s may be any of: %.*s", text, STR_ARG(buf_view(&paths)));
    buf_clear(&paths);
    (void)ctl;
}

bool ctl_department(struct ctl *ctl, struct str domain, const char *text,
                    struct str *path)
{
    PGresult *found =
        ctl_run(ctl, CTL_DEPARTMENT_FIND, (struct str[]){domain, str_of(text)});
    int count = found ? PQntuples(found) : 0;
    bool is_clear =
        count == 1 || (count > 1 && strcmp(PQgetvalue(found, 0, 0), text) == 0);

    if (is_clear)
        *path = arena_dup(&ctl->arena, str_of(PQgetvalue(found, 0, 0)));
    else if (count > 1)
        tell_apart(ctl, text, found);
    else if (found)
        ctl_refuse("there is no department %s", text);
    PQclear(found);
    return is_clear;
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

/* NULL stays absent. False after a message. */
static bool read_rank(const char *rank, struct str *number)
{
    int64_t ignored;

    *number = str_of(rank);
    if (!rank || str_to_i64(*number, &ignored))
        return true;
    ctl_refuse("--rank %s is no number", rank);
    return false;
}

/* A parent that is named has to be there; empty is the top. */
static bool read_parent(struct ctl *ctl, struct str domain, const char *parent,
                        struct str *path)
{
    *path = str_of(parent);
    return !parent || !parent[0] || ctl_department(ctl, domain, parent, path);
}

int department_add(struct ctl *ctl)
{
    const char *parent = ctl_option(ctl, "--parent");
    const char *rank = ctl_option(ctl, "--rank");
    const char *description = ctl_option(ctl, "--description");
    struct str domain, number, above;

    if (!ctl_domain(ctl, &domain) || !read_rank(rank, &number) ||
        !read_parent(ctl, domain, parent, &above))
        return EXIT_REFUSED;
    return ctl_change(ctl, CTL_DEPARTMENT_ADD,
                      (struct str[]){domain, str_of(ctl->argv[0]), above,
                                     number.p ? number : STR("0"),
                                     str_of(description)}) > 0
               ? EXIT_SUCCESS
               : EXIT_REFUSED;
}

int department_del(struct ctl *ctl)
{
    struct str domain, path;

    if (!ctl_domain(ctl, &domain) ||
        !ctl_department(ctl, domain, ctl->argv[0], &path))
        return EXIT_REFUSED;
    return changed(
        ctl_change(ctl, CTL_DEPARTMENT_DEL, (struct str[]){domain, path}),
        "department", ctl->argv[0]);
}

int department_list(struct ctl *ctl)
{
    const char *domain = ctl_option(ctl, "--domain");

    return print(
        ctl, ctl_run(ctl, CTL_DEPARTMENT_LIST, (struct str[]){str_of(domain)}));
}

int department_show(struct ctl *ctl)
{
    struct str domain, path;

    if (!ctl_domain(ctl, &domain) ||
        !ctl_department(ctl, domain, ctl->argv[0], &path))
        return EXIT_REFUSED;
    return print(
        ctl, ctl_run(ctl, CTL_DEPARTMENT_SHOW, (struct str[]){domain, path}));
}

int department_change(struct ctl *ctl)
{
    const char *parent = ctl_option(ctl, "--parent");
    const char *rank = ctl_option(ctl, "--rank");
    const char *description = ctl_option(ctl, "--description");
    const char *name = ctl_option(ctl, "--name");
    struct str domain, path, above, number;

    if (!ctl_domain(ctl, &domain) ||
        !ctl_department(ctl, domain, ctl->argv[0], &path) ||
        !read_rank(rank, &number) || !read_parent(ctl, domain, parent, &above))
        return EXIT_REFUSED;
    return changed(
        ctl_change(ctl, CTL_DEPARTMENT_CHANGE,
                   (struct str[]){domain, path, above, number,
                                  str_of(description), str_of(name)}),
        "department", ctl->argv[0]);
}

/* --- members -------------------------------------------------------------- */

/* The account, and the department of its domain. False after a message. */
static bool read_member(struct ctl *ctl, const char *department,
                        const char *address, struct jid *jid, struct str *path)
{
    return ctl_account(ctl, address, jid) &&
           ctl_department(ctl, jid->domain, department, path);
}

int member_add(struct ctl *ctl)
{
    bool is_admin = ctl_flag(ctl, "--admin");
    bool is_main = ctl_flag(ctl, "--main");
    struct str params[5];
    struct jid jid;

    if (!read_member(ctl, ctl->argv[0], ctl->argv[1], &jid, &params[1]))
        return EXIT_REFUSED;
    params[0] = jid.domain;
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
    struct str from, to;
    struct jid jid;

    if (!read_member(ctl, ctl->argv[0], ctl->argv[1], &jid, &from) ||
        !ctl_department(ctl, jid.domain, ctl->argv[2], &to))
        return EXIT_REFUSED;
    return changed(ctl_change(ctl, CTL_MEMBER_MOVE,
                              (struct str[]){jid.domain, from, to, jid.local}),
                   "member", ctl->argv[1]);
}

int member_del(struct ctl *ctl)
{
    struct str path;
    struct jid jid;

    if (!read_member(ctl, ctl->argv[0], ctl->argv[1], &jid, &path))
        return EXIT_REFUSED;
    return changed(ctl_change(ctl, CTL_MEMBER_DEL,
                              (struct str[]){jid.domain, path, jid.local}),
                   "member", ctl->argv[1]);
}

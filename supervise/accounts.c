#include "accounts.h"

#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "process.h"

#define MAX_GROUPS 32

static const char *const groups[] = {GROUP_SUITE, GROUP_DATABASE, GROUP_GRANT};

struct account {
    const char *name;
    const char *groups; /* besides its own; as useradd takes them */
};

static const struct account accounts[] = {
    {"posthouse-router", GROUP_SUITE},
    {"posthouse-c2s", GROUP_SUITE},
    {"posthouse-auth", GROUP_SUITE "," GROUP_DATABASE "," GROUP_GRANT},
    {"posthouse-sm", GROUP_SUITE "," GROUP_DATABASE "," GROUP_GRANT},
    {"posthouse-muc", GROUP_SUITE "," GROUP_DATABASE},
    {"posthouse-comp", GROUP_SUITE},
    {"posthouse-s2s", GROUP_SUITE ",posthouse-c2s"} /* the TLS key */,
    {"posthouse-proxy", GROUP_SUITE},
    {"posthouse-web", GROUP_SUITE ",posthouse-c2s"} /* the TLS key */,
    {"posthouse-mail", GROUP_SUITE},
    {"posthouse-pg", GROUP_SUITE "," GROUP_DATABASE},
    {"posthouse-ctl", GROUP_SUITE "," GROUP_DATABASE},
};

static bool is_member(const struct passwd *user, struct str name)
{
    gid_t member_of[MAX_GROUPS];
    int count = MAX_GROUPS;
    char text[64];
    const struct group *group;

    (void)snprintf(text, sizeof(text), "%.*s", STR_ARG(name));
    group = getgrnam(text);
    if (!group ||
        getgrouplist(user->pw_name, user->pw_gid, member_of, &count) < 0)
        return false;
    for (int i = 0; i < count; i++)
        if (member_of[i] == group->gr_gid)
            return true;
    return false;
}

static bool has_its_groups(const struct account *account)
{
    const struct passwd *user = getpwnam(account->name);
    struct str rest = str_of(account->groups);

    while (user && rest.p)
        if (!is_member(user, str_cut(&rest, ',')))
            return false;
    return user != NULL;
}

static bool run_tool(char *const *argv)
{
    struct error unused;

    return process_run(&(struct process_options){.argv = argv}, &unused);
}

static bool add_group(const char *name, struct error *error)
{
    char *const argv[] = {"/usr/sbin/groupadd", "--system", "--force",
                          (char *)(uintptr_t)name, NULL};

    return getgrnam(name) || run_tool(argv) || getgrnam(name) ||
           error_set(error, "group %s could not be created", name);
}

/* Another suite may create the same account at the same time: what counts is
 * what is there in the end. */
static bool add_account(const struct account *account, struct error *error)
{
    char *name = (char *)(uintptr_t)account->name;
    char *list = (char *)(uintptr_t)account->groups;
    char *const add[] = {"/usr/sbin/useradd",
                         "--system",
                         "--user-group",
                         "--no-create-home",
                         "--home-dir",
                         "/nonexistent",
                         "--shell",
                         "/usr/sbin/nologin",
                         "--groups",
                         list,
                         name,
                         NULL};
    char *const change[] = {
        "/usr/sbin/usermod", "--append", "--groups", list, name, NULL};

    if (has_its_groups(account))
        return true;
    if (!getpwnam(name))
        (void)run_tool(add);
    if (!has_its_groups(account))
        (void)run_tool(change);
    return has_its_groups(account) ||
           error_set(error, "system user %s could not be created", name);
}

bool accounts_ensure(struct error *error)
{
    for (size_t i = 0; i < COUNT_OF(groups); i++)
        if (!add_group(groups[i], error))
            return false;
    for (size_t i = 0; i < COUNT_OF(accounts); i++)
        if (!add_account(&accounts[i], error))
            return false;
    return true;
}

bool accounts_owner(struct owner *owner, const char *user, const char *group,
                    struct error *error)
{
    const struct passwd *passwd;
    const struct group *entry;

    *owner = (struct owner){(uid_t)-1, (gid_t)-1};
    if (geteuid() != 0)
        return true;
    *owner = (struct owner){0, 0};
    if (user) {
        passwd = getpwnam(user);
        if (!passwd)
            return error_set(error, "there is no system user %s", user);
        owner->uid = passwd->pw_uid;
    }
    if (group) {
        entry = getgrnam(group);
        if (!entry)
            return error_set(error, "there is no group %s", group);
        owner->gid = entry->gr_gid;
    }
    return true;
}

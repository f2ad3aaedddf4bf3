#include "privilege.h"

static const char *const affiliation_names[AFFILIATION_COUNT] = {
    "outcast", "none", "member", "admin", "owner"};
static const char *const role_names[ROLE_COUNT] = {"none", "visitor",
                                                   "participant", "moderator"};

/* The least role for each privilege. */
static const enum role least_role[PRIVILEGE_COUNT] = {
    [MAY_BE_PRESENT] = ROLE_VISITOR,
    [MAY_RECEIVE_MESSAGES] = ROLE_VISITOR,
    [MAY_RECEIVE_PRESENCE] = ROLE_VISITOR,
    [MAY_CHANGE_AVAILABILITY] = ROLE_VISITOR,
    [MAY_CHANGE_NICK] = ROLE_VISITOR,
    [MAY_SEND_TO_ALL] = ROLE_PARTICIPANT,
    [MAY_KICK] = ROLE_MODERATOR,
    [MAY_GRANT_VOICE] = ROLE_MODERATOR,
    [MAY_REVOKE_VOICE] = ROLE_MODERATOR,
    [MAY_SEE_JIDS] = ROLE_MODERATOR,
};

/* The least affiliation. Registering is the one privilege that a higher one has
 * no use for. */
static const enum affiliation least_affiliation[STANDING_COUNT] = {
    [MAY_ENTER_OPEN] = AFFILIATION_NONE,
    [MAY_REGISTER] = AFFILIATION_NONE,
    [MAY_LIST_MEMBERS] = AFFILIATION_MEMBER,
    [MAY_ENTER_MEMBERS_ONLY] = AFFILIATION_MEMBER,
    [MAY_BAN] = AFFILIATION_ADMIN,
    [MAY_EDIT_MEMBERS] = AFFILIATION_ADMIN,
    [MAY_ASSIGN_MODERATORS] = AFFILIATION_ADMIN,
    [MAY_EDIT_ADMINS] = AFFILIATION_OWNER,
    [MAY_EDIT_OWNERS] = AFFILIATION_OWNER,
    [MAY_CONFIGURE] = AFFILIATION_OWNER,
    [MAY_DESTROY] = AFFILIATION_OWNER,
};

const char *affiliation_name(enum affiliation affiliation)
{
    return affiliation_names[affiliation];
}

const char *role_name(enum role role)
{
    return role_names[role];
}

static size_t find(struct str name, const char *const *names, size_t count)
{
    size_t i = 0;

    while (i < count && !str_is(name, names[i]))
        i++;
    return i;
}

enum affiliation affiliation_by_name(struct str name)
{
    return (enum affiliation)find(name, affiliation_names, AFFILIATION_COUNT);
}

enum role role_by_name(struct str name)
{
    return (enum role)find(name, role_names, ROLE_COUNT);
}

bool role_may(enum role role, enum privilege privilege)
{
    return role >= least_role[privilege];
}

bool affiliation_may(enum affiliation affiliation, enum standing standing)
{
    return affiliation >= least_affiliation[standing];
}

enum role role_on_entry(enum affiliation affiliation, bool is_moderated,
                        bool is_members_only)
{
    enum standing needed =
        is_members_only ? MAY_ENTER_MEMBERS_ONLY : MAY_ENTER_OPEN;

    if (!affiliation_may(affiliation, needed))
        return ROLE_NONE;
    if (affiliation >= AFFILIATION_ADMIN)
        return ROLE_MODERATOR;
    return affiliation == AFFILIATION_NONE && is_moderated ? ROLE_VISITOR
                                                           : ROLE_PARTICIPANT;
}

/* Whoever has a higher affiliation is not acted upon, an equal one only below
 * administrators. */
bool role_may_change(struct standpoint actor, struct standpoint target,
                     enum role wanted)
{
    if (!role_may(actor.role, wanted == ROLE_NONE ? MAY_KICK : MAY_GRANT_VOICE))
        return false;
    if (wanted >= target.role && wanted < ROLE_MODERATOR)
        return true;
    if (wanted == ROLE_MODERATOR)
        return affiliation_may(actor.affiliation, MAY_ASSIGN_MODERATORS);
    if (target.affiliation > actor.affiliation)
        return false;
    if (target.role == ROLE_MODERATOR)
        return affiliation_may(actor.affiliation, MAY_ASSIGN_MODERATORS) &&
               (target.affiliation < AFFILIATION_ADMIN ||
                (wanted == ROLE_NONE &&
                 actor.affiliation > target.affiliation));
    return true;
}

bool affiliation_may_change(enum affiliation actor, enum affiliation old,
                            enum affiliation wanted)
{
    if (old >= AFFILIATION_ADMIN || wanted >= AFFILIATION_ADMIN)
        return affiliation_may(actor, MAY_EDIT_ADMINS);
    return affiliation_may(actor, MAY_EDIT_MEMBERS);
}

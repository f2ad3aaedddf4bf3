/* Roles, affiliations and what each may do (XEP-0045 §5), as tables. */
#ifndef POSTHOUSE_MUCD_PRIVILEGE_H
#define POSTHOUSE_MUCD_PRIVILEGE_H

#include "common/mem/mem.h"

enum affiliation {
    AFFILIATION_OUTCAST,
    AFFILIATION_NONE,
    AFFILIATION_MEMBER,
    AFFILIATION_ADMIN,
    AFFILIATION_OWNER,
    AFFILIATION_COUNT
};
enum role {
    ROLE_NONE,
    ROLE_VISITOR,
    ROLE_PARTICIPANT,
    ROLE_MODERATOR,
    ROLE_COUNT
};

/* "outcast" …, "none" …; for the wire and the database. */
const char *affiliation_name(enum affiliation affiliation);
/* The same of a role. */
const char *role_name(enum role role);
/* By name; the COUNT when it is none. */
enum affiliation affiliation_by_name(struct str name);
/* ROLE_COUNT when it is none. */
enum role role_by_name(struct str name);

/* What a role allows (§5.1.1) where the room's configuration has no say. */
enum privilege {
    MAY_BE_PRESENT,
    MAY_RECEIVE_MESSAGES,
    MAY_RECEIVE_PRESENCE,
    MAY_CHANGE_AVAILABILITY,
    MAY_CHANGE_NICK,
    MAY_SEND_TO_ALL,
    MAY_KICK,
    MAY_GRANT_VOICE,
    MAY_REVOKE_VOICE,
    MAY_SEE_JIDS, /* of a semi-anonymous room */
    PRIVILEGE_COUNT
};
/* Whether a role has a privilege. */
bool role_may(enum role role, enum privilege privilege);

/* What an affiliation allows (§5.2.1). */
enum standing {
    MAY_ENTER_OPEN,
    MAY_REGISTER,
    MAY_LIST_MEMBERS,
    MAY_ENTER_MEMBERS_ONLY,
    MAY_BAN,
    MAY_EDIT_MEMBERS,
    MAY_ASSIGN_MODERATORS,
    MAY_EDIT_ADMINS,
    MAY_EDIT_OWNERS,
    MAY_CONFIGURE,
    MAY_DESTROY,
    STANDING_COUNT
};
/* Whether an affiliation has a privilege. */
bool affiliation_may(enum affiliation affiliation, enum standing standing);

/* The role on entering (§5.1.2); ROLE_NONE: must not enter. */
enum role role_on_entry(enum affiliation affiliation, bool is_moderated,
                        bool is_members_only);
/* Whether an occupant may give another one this role (§5.1.3). ROLE_NONE is a
 * kick. */
struct standpoint {
    enum role role;
    enum affiliation affiliation;
};
/* Judges by the rows of §5.1.3, and §8.2 to §8.4, §9.6, §9.7 on whom nobody of
 * a lower affiliation acts upon. */
bool role_may_change(struct standpoint actor, struct standpoint target,
                     enum role wanted);
/* Whether somebody may change an affiliation (§5.2.2). */
bool affiliation_may_change(enum affiliation actor, enum affiliation old,
                            enum affiliation wanted);

#endif

/* Who is a user's contact: the items of his own roster and the people whom the
 * directory shows him, as one. What is asked about contacts is asked here, so
 * that both count everywhere. The directory's part is never stored with the
 * account: it is worked out when it is needed. */
#ifndef POSTHOUSE_SM_CONTACT_H
#define POSTHOUSE_SM_CONTACT_H

#include "common/directory/directory.h"
#include "sm/session/session.h"

#define CONTACT_MAX_GROUPS 96

struct contact {
    struct str jid;
    const struct roster_item *own;        /* NULL: the user has no item */
    const struct directory_person *me;    /* NULL: not in the directory */
    const struct directory_person *other; /* likewise */
    bool is_shown; /* the directory has put him into the roster */
    bool sees;     /* gets the user's presence */
    bool is_seen;  /* the user gets his */
};

/* All that roster and directory know of a bare JID; never fails, a stranger's
 * fields are empty. */
struct contact contact_of(const struct account *account, struct str jid);
/* Whether clients see it in the roster. */
bool contact_is_listed(const struct contact *contact);
/* The contact gets the user's presence: asked for one alone. */
bool contact_sees(const struct account *account, struct str jid);
/* "none", "to", "from", "both". */
const char *contact_subscription(const struct contact *contact);
/* The user's name for him, else his real name; may be empty. */
struct str contact_name(const struct contact *contact);
/* Whether the directory has put him into this group. */
bool contact_has_department(const struct contact *contact, struct str group);
/* The same, or the user himself has. */
bool contact_has_group(const struct contact *contact, struct str group);
/* His groups, the user's own first, none twice; returns how many. */
size_t contact_groups(const struct contact *contact,
                      struct str groups[CONTACT_MAX_GROUPS]);

typedef void contact_visit(void *ctx, const struct contact *contact);
/* Each contact once: own items, listed or not, and those of the directory; also
 * people who have the user in their roster without being in his. */
void contact_each(const struct account *account, contact_visit *visit,
                  void *ctx);
/* An upper bound of what contact_each visits. */
size_t contact_count(const struct account *account);

/* A new directory takes the place of the old one: whose contacts changed gets
 * one push for each, and presence of and to those who came or went. Takes
 * ownership. */
void contacts_take_directory(struct sm *sm, struct directory *directory);
/* A session of before a restart, with the hashes of its contacts and watchers
 * of then: what may have changed meanwhile is told. Who is no contact any more
 * is not known; such an item stays in the client's list until it asks again. */
void contacts_restored(const struct session *session, uint64_t contacts,
                       uint64_t watchers);
/* What waited for the account's rows: told, or given up. */
void contacts_push_stale(struct account *account);
/* Gives up what waited: the account goes. */
void contacts_forget_stale(struct account *account);

/* The one rule of visibility: whether `from` may know that the account exists.
 * Who may not is answered as if it did not. The directory decides about users
 * of ours, and about those of other servers as about people of no department;
 * whom the user has put into his own roster may know too, or whom he has sent
 * his presence. */
bool contact_may_know(const struct account *account, const struct jid *from);

#endif

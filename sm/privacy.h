/* Privacy lists (XEP-0016) and blocking (XEP-0191) on one store. XEP-0191's
 * block list is the list named PRIVACY_BLOCKED with deny items of type jid; it
 * is consulted before any other list. */
#ifndef POSTHOUSE_SM_PRIVACY_H
#define POSTHOUSE_SM_PRIVACY_H

#include "common/jid/jid.h"
#include "common/stanza/stanza.h"

struct account;
struct session;
struct roster_item;

#define PRIVACY_BLOCKED STR("urn:xmpp:blocking")

enum privacy_match {
    PRIVACY_ANY,
    PRIVACY_JID,
    PRIVACY_GROUP,
    PRIVACY_SUBSCRIPTION
};
enum privacy_kind {
    PRIVACY_MESSAGE = 1,
    PRIVACY_IQ = 2,
    PRIVACY_PRESENCE_IN = 4,
    PRIVACY_PRESENCE_OUT = 8,
    PRIVACY_ALL = 15
};

struct privacy_item {
    enum privacy_match match;
    struct str value; /* JID, group or subscription; heap */
    bool allow;
    uint32_t order;
    unsigned kinds; /* PRIVACY_ALL when no child was given */
};

struct privacy_list {
    struct privacy_list *next;
    struct str name; /* heap */
    bool is_default;
    struct privacy_item *items; /* ascending order */
    size_t count;
};

struct privacy {
    struct privacy_list *lists;
};

/* The list with this name; NULL: none. */
struct privacy_list *privacy_find(const struct privacy *privacy,
                                  struct str name);
/* Adds or replaces a list from its stored form, the <list/> element's bytes
 * (XEP-0016 §2.5): the store's rows go in here. False when they are no list. */
MUST_CHECK bool privacy_load(struct privacy *privacy, struct arena *arena,
                             struct str name, bool is_default,
                             struct str items);
/* Adds or replaces a list from its <item/> elements. False, and nothing is
 * changed, when one of them is wrong (XEP-0016 §2.5). */
MUST_CHECK bool privacy_set(struct privacy *privacy, struct arena *arena,
                            struct str name, const struct xml *element);
/* Adds a list's items to an element. */
void privacy_write(const struct privacy_list *list, struct xml *into);
/* Takes a list out and frees it. */
void privacy_remove(struct privacy *privacy, struct privacy_list *list);
void privacy_clear(struct privacy *privacy);

/* Whether a stanza between the account and `other` may pass; `session` (may be
 * NULL) has the active list. item: the contact's roster item or NULL. */
MUST_CHECK bool privacy_allows(const struct account *account,
                               const struct session *session,
                               const struct jid *other, enum privacy_kind kind);
/* Whether `other` is on the account's block list (XEP-0191). */
bool privacy_is_blocked(const struct account *account, const struct jid *other);

#endif

/* Privacy lists (XEP-0016) and blocking (XEP-0191) on one store. The block list
 * is what the default list denies wholly by address (XEP-0191 §5); whoever
 * blocks before he has a default list gets one of the name PRIVACY_BLOCKED. */
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
    /* What only rules for all kinds speak of: messages and queries of the user,
     * subscriptions, probes (XEP-0016 §2.12). */
    PRIVACY_OTHER = 16,
    PRIVACY_ALL = 31
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
/* Adds one item. */
void privacy_write_item(const struct privacy_item *item, struct xml *into);
/* Takes a list out and frees it. */
void privacy_remove(struct privacy *privacy, struct privacy_list *list);
/* Frees all lists. */
void privacy_clear(struct privacy *privacy);

/* The default list (XEP-0016 §2.5); NULL: none. */
struct privacy_list *privacy_default(const struct privacy *privacy);
/* Makes it the default list; NULL: there is none any more. */
void privacy_set_default(struct privacy *privacy,
                         const struct privacy_list *list);
/* Whether the item is one of the block list: all stanzas of an address denied.
 */
bool privacy_item_blocks(const struct privacy_item *item);

/* Whether a stanza of this kind between the account and `other` may pass;
 * `session` (may be NULL) is the one that it is from or for. A user's own
 * resources and his server always may. */
MUST_CHECK bool privacy_allows(const struct account *account,
                               const struct session *session,
                               const struct jid *other, enum privacy_kind kind);
/* Whether it is by the block list that `other` may not be spoken to. */
bool privacy_is_blocked(const struct account *account,
                        const struct session *session, const struct jid *other);

#endif

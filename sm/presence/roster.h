/* One user's contacts: plain data, no stanzas (RFC 6121 §2). */
#ifndef POSTHOUSE_SM_ROSTER_H
#define POSTHOUSE_SM_ROSTER_H

#include "common/mem/hash.h"

#include "common/mem/mem.h"

/* The nine states of RFC 6121 appendix A.1. */
enum subscription_state {
    SUB_NONE,
    SUB_NONE_OUT,
    SUB_NONE_IN,
    SUB_NONE_OUT_IN,
    SUB_TO,
    SUB_TO_IN,
    SUB_FROM,
    SUB_FROM_OUT,
    SUB_BOTH
};

/* A contact. An item that exists only because of a request of his (pending in)
 * is not shown to clients: is_listed is false. */
struct roster_item {
    struct str jid; /* bare or full, prepared; heap, as the others are */
    struct str name;
    struct str *groups;
    size_t group_count;
    enum subscription_state state;
    bool approved; /* pre-approval, RFC 6121 §3.4 */
    bool is_listed;
    struct str request; /* the <presence type='subscribe'/> that waits */
    UT_hash_handle hh;
};

struct roster {
    struct roster_item *items; /* by JID */
    size_t listed;
};

/* NULL when there is none. */
struct roster_item *roster_find(const struct roster *roster, struct str jid);
/* The item, made when it is not there (state none, not listed). */
struct roster_item *roster_get(struct roster *roster, struct str jid);
/* Copies name and groups into the item and lists it. */
void roster_set(struct roster *roster, struct roster_item *item,
                struct str name, const struct str *groups, size_t group_count);
/* Takes the item out and frees it. */
void roster_remove(struct roster *roster, struct roster_item *item);
/* Frees all items. */
void roster_clear(struct roster *roster);

/* The contact sees the user's presence ("from", "both"). */
bool roster_item_sees(const struct roster_item *item);
/* The user sees the contact's. */
bool roster_item_is_seen(const struct roster_item *item);
bool roster_item_asks(const struct roster_item *item);     /* pending out */
bool roster_item_is_asked(const struct roster_item *item); /* pending in */
/* "none", "to", "from", "both". */
const char *roster_item_subscription(const struct roster_item *item);
/* The state of these parts. */
enum subscription_state roster_state(struct str subscription, bool asks,
                                     bool is_asked);

#endif

/* What subscriptions change in a roster. The duty is discharged when the change
 * is committed; when the database refuses it, memory stays ahead of the rows.
 */
#ifndef POSTHOUSE_SM_SUBSCRIPTION_CHANGE_H
#define POSTHOUSE_SM_SUBSCRIPTION_CHANGE_H

#include "sm/session/session.h"

/* Brings an item to a new state, in memory and in the database; tells the
 * clients what they can see of it. An item that nothing is left of is freed. */
void subscription_set(struct account *account, struct duty *duty,
                      struct roster_item *item, enum subscription_state next);
/* The item with a place in the user's list; NULL when the roster is full
 * (sm.roster-max-items, property of the account). */
struct roster_item *subscription_list(struct account *account, struct str jid);

/* Whether a request may be kept. It waits until the user answers, however long
 * that takes: strangers must not fill his memory with them
 * (sm.roster-max-requests). */
MUST_CHECK bool request_has_room(const struct account *account,
                                 const struct xml *presence);
/* Keeps the request with the item until the user answers, in place of an
 * earlier one. */
void request_keep(struct account *account, struct duty *duty,
                  struct roster_item *item, struct xml *presence);
/* The item's request does not wait any more, if it has one. */
void request_forget(struct account *account, struct duty *duty,
                    struct roster_item *item);

#endif

/* What older protocols keep elsewhere and newer ones in personal eventing is
 * one thing to clients of both kinds. */
#ifndef POSTHOUSE_SM_PEP_CONVERT_H
#define POSTHOUSE_SM_PEP_CONVERT_H

#include "sm/query/iq.h"

/* Bookmarks (XEP-0402 §7). The items of urn:xmpp:bookmarks:1 are the bookmarks
 * of rooms; private storage keeps what is no room, and shows them. */

/* Whether an element is the <storage/> of XEP-0048. */
bool convert_is_bookmarks(const struct xml *element);
/* Answers a kept request for bookmarks in private storage; `storage` is what
 * that has, or empty, and part of request->result, which is complete but for
 * the rooms. */
void convert_answer_bookmarks(struct iq_request *request, struct xml *storage);
/* Bookmarks have been stored in private storage by a kept request: publishes
 * what is new, retracts what is gone, and answers. */
void convert_take_bookmarks(struct iq_request *request,
                            const struct xml *storage);

/* There is no node of bookmarks yet: makes one of what private storage has had
 * from before, and calls `done` in any case. */
void convert_old_bookmarks(struct iq_request *request,
                           void (*done)(struct iq_request *request));

/* Avatars (XEP-0398). The avatar of XEP-0084 that everybody may see is the
 * photo of the vCard, and its hash stands in presence (XEP-0153). */

/* Stores the vCard of a kept request; its photo, when it is a new one, becomes
 * the avatar. Answers. */
void convert_card(struct iq_request *request);
/* A kept request has published to a node: when that was an avatar, the vCard
 * follows, and then `done` is called. False: there is nothing to be done, and
 * `done` is not called. */
struct pep_node;
MUST_CHECK bool convert_avatar(struct iq_request *request,
                               const struct pep_node *node,
                               const struct xml *payload,
                               void (*done)(struct iq_request *request));
/* Puts the hash into an available presence of the account's, unless its client
 * has told one, or that it shows none (§4). */
void convert_stamp(const struct account *account, struct xml *presence);

#endif

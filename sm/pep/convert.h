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

#endif

/* Where a stanza goes (RFC 6120 §10, RFC 6121 §8). */
#ifndef POSTHOUSE_SM_ROUTE_H
#define POSTHOUSE_SM_ROUTE_H

#include "sm/session/session.h"

/* Sends a stanza with valid `from` and `to` on its way: to a user here or in
 * another shard, to a component, to another server, or to the server itself.
 * The duty is held as long as it takes. Errors are answered to `from`. */
void route(struct sm *sm, struct duty *duty, struct xml *stanza);
/* Routes an error answer, when the stanza may be answered by one. */
void route_error(struct sm *sm, struct duty *duty, const struct xml *stanza,
                 enum stanza_error condition, const char *text);
/* A stanza of this session's client; `from` is set here. */
void client_stanza(struct session *session, struct duty *duty,
                   struct xml *stanza);

/* For a user of a shard of ours; `account` is READY or ABSENT. */
void deliver_stanza(struct account *account, struct duty *duty,
                    struct channel *channel, const struct frame *frame,
                    struct xml *stanza);
/* A message for a user: message.c. */
void message_arrived(struct account *account, struct duty *duty,
                     struct xml *message, const struct jid *from,
                     struct str resource);
struct kept;
/* To a bare JID, by the rules of RFC 6121 §8.5.2: message.c. kept: the row that
 * it becomes; NULL when it has been archived before. */
void message_to_account(struct account *account, struct duty *duty,
                        struct xml *message, struct str resource,
                        struct kept *kept);

/* Keeps a message for later (XEP-0160), or refuses it: offline.c. kept: as above;
 * it is written together with the fact that it waits. */
void offline_store(struct account *account, struct duty *duty,
                   struct xml *message, int64_t stamp_ms, struct kept *kept);
/* Whether a message is of any use later (XEP-0160 §3, XEP-0334). */
bool offline_is_worth_keeping(const struct xml *message);
/* What was held for a session (absent: for any) is offline from now on:
 * offline_held.c. */
void offline_release(struct account *account, struct str holder);
/* A row of the account is being written, or changed, from now on. */
void offline_write_begin(struct account *account);
/* One of account->offline_writes is committed. has_more: it may have made
 * messages that a session of the account can take at once. */
void offline_write_done(struct account *account, bool has_more);
/* After a restart: what a delivery to a restored session has left undone. */
void offline_go_on(struct session *session);
/* What waits has changed behind the account's back: it is counted anew. */
void offline_recount(struct account *account);
/* Sends what was kept to a session that has just become available: at first as
 * much as its queue should hold. */
void offline_deliver(struct session *session);
/* More of it, when there is more and the client has read what he was sent. */
void offline_next_part(struct account *account);
/* The session was sent this, and some of what waits may come to it later. When this was
 * sent again for sm's death, the one that died may have stored it: that row is not for
 * it. Of an account that has rows (offline_empty is false). */
void offline_expect_row(struct session *session, struct str origin);
/* Whether a message to the account (session NULL) or to this session has to be
 * kept behind those that still wait in the database. */
bool offline_must_queue(const struct account *account,
                        const struct session *session,
                        const struct xml *message);

#endif

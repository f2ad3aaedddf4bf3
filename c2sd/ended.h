/* Streams whose sessions are over while origins of what they got are still
 * remembered (recent.h): a session manager that comes back without memory is
 * told whose they were. */
#ifndef POSTHOUSE_C2SD_ENDED_H
#define POSTHOUSE_C2SD_ENDED_H

#include "client.h"
#include "recent.h"

struct ended; /* one stream */

/* The client's session is over. Does nothing when no origin mentions it. */
void ended_note(const struct client *client);
/* NULL: none of this number, or nothing is remembered of it. */
const struct ended *ended_find(const struct ended *list, uint64_t sid);
/* Whose it was (a full JID), and the grant of the stream; the list's own. */
struct str ended_jid(const struct ended *ended);
/* The grant of its stream; the list's own, too. */
struct str ended_grant(const struct ended *ended);
/* Forgets those that ended before the oldest origin that is left. */
void ended_expire(struct ended **list, const struct recent *recents);
/* Forgets all. */
void ended_clear(struct ended **list);

#endif

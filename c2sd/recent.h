/* Origins of stanzas that sm handed over of one shard and whose discharge by
 * sm towards their sender is not certain yet. An sm that comes back without
 * memory gets them, so that what their senders send again is not delivered
 * twice. */
#ifndef POSTHOUSE_C2SD_RECENT_H
#define POSTHOUSE_C2SD_RECENT_H

#include "common/link/link.h"

struct recent; /* one origin */

/* Takes note of a stanza's frame, and forgets those below frame->low that are
 * older than RECENT_MS: sm may owe its sender longer than us, until the stanza is
 * archived. */
#define RECENT_MS 10000
void recent_note(struct recent **list, const struct frame *frame,
                 int64_t now_ms);
/* The same for a frame that goes to several streams. */
void recent_note_many(struct recent **list, const struct frame *frame,
                      const uint64_t *sids, size_t count, int64_t now_ms);
/* The peer has restarted: its numbers begin anew; what is known now is kept
 * until `until_ms`, when whoever lacked an answer has asked again. */
void recent_keep(struct recent **list, int64_t until_ms);
/* Forgets what was kept until now. */
void recent_expire(struct recent **list, int64_t now_ms);
/* Whether one is that was noted at `ms` or before. */
MUST_CHECK bool recent_reaches(const struct recent *list, int64_t ms);
/* Shows each origin that is remembered, oldest first. */
void recent_each(struct recent **list,
                 void (*visit)(void *ctx, uint64_t sid, struct str origin),
                 void *ctx);
/* Forgets all. */
void recent_clear(struct recent **list);

#endif

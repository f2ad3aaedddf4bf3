/* What sm has answered, as status and JSON. Pure. */
#ifndef POSTHOUSE_WEBD_API_REPLY_H
#define POSTHOUSE_WEBD_API_REPLY_H

#include "plan.h"

struct api_reply {
    unsigned status;
    struct str body; /* in the arena */
    bool is_error, is_forbidden;
    unsigned retry_s; /* 0: no Retry-After */
};

/* Of an error stanza, or of a result of the plan's last step. */
void api_reply_make(struct arena *arena, const struct api_plan *plan,
                    const struct xml *iq, struct api_reply *reply);
/* An error of our own; `text` as it is said. */
void api_reply_fault(struct arena *arena, unsigned status,
                     const char *condition, const char *text,
                     struct api_reply *reply);

#endif

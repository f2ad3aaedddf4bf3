/* The socket on which daemons tell that they serve (sd_notify's protocol). */
#ifndef POSTHOUSE_SUPERVISE_NOTIFY_H
#define POSTHOUSE_SUPERVISE_NOTIFY_H

#include <sys/types.h>
#include <uv.h>
#include "../common/mem/mem.h"

struct notify {
    int fd;
    uv_poll_t poll;
    /* `pid` is the kernel's word, not the sender's. */
    void (*on_ready)(void *ctx, pid_t pid);
    void *ctx;
};

/* Daemons of other users write to it; run/ keeps strangers away. */
MUST_CHECK bool notify_open(struct notify *notify, uv_loop_t *loop,
                            const char *path, struct error *error);
/* The loop frees the rest. */
void notify_close(struct notify *notify);

#endif

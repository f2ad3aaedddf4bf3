/* What is done once a day: `posthousectl daily`, as a process of its own that
 * may do what the daemons may not (sql/roles.sql). When it was last begun is
 * told by the file STATE/daily, so that a restart does nothing twice. */
#ifndef POSTHOUSE_SUPERVISE_CHORES_H
#define POSTHOUSE_SUPERVISE_CHORES_H

#include <stdint.h>
#include <sys/types.h>
#include "layout.h"

struct chores {
    pid_t pid;        /* 0: it does not run */
    uint64_t look_ms; /* monotonic; when to look again */
};

/* Begins them when they are due. */
void chores_step(struct chores *chores, const struct layout *layout,
                 uint64_t now_ms);
/* Looks whether they have ended, and tells when they failed. */
void chores_reap(struct chores *chores);

#endif

/* Lock files with the pid of their holder. A lock ends with its process, so a
 * pid in one that is held is the holder's, never a stranger's. */
#ifndef POSTHOUSE_SUPERVISE_LOCK_H
#define POSTHOUSE_SUPERVISE_LOCK_H

#include "../common/mem/mem.h"

/* Takes the lock and writes the own pid; `inherit` keeps it over exec. The
 * descriptor, or -1 when another process holds it. */
MUST_CHECK int lock_take(const char *path, bool inherit, struct error *error);
/* Whether a process holds the lock. */
bool lock_is_held(const char *path);
/* Signals the holder; 0 sends nothing. False when there is none. `pidfd`, when
 * not NULL, is set to a descriptor that becomes readable when it ended; the
 * caller closes it. */
MUST_CHECK bool lock_signal_holder(const char *path, int number, int *pidfd);

#endif

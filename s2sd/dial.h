/* Finding and connecting the server of a domain: places by DNS or
 * configuration, addresses of each, attempts side by side (RFC 8305). */
#ifndef POSTHOUSE_S2SD_DIAL_H
#define POSTHOUSE_S2SD_DIAL_H

#include "shell.h"

/* s2sd_effects.dial and .give_up; ctx is the shell. */
void dial_start(void *ctx, struct stream *stream);
void dial_give_up(void *ctx, struct stream *stream);
/* Gives up whatever is being dialled. */
void dials_give_up(struct shell *shell);

#endif

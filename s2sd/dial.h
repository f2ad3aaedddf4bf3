/* Finding and connecting the server of a domain: places by DNS or
 * configuration, addresses of each, attempts side by side (RFC 8305). */
#ifndef POSTHOUSE_S2SD_DIAL_H
#define POSTHOUSE_S2SD_DIAL_H

#include "shell.h"

struct dial;

/* The connection that it made was of no use: goes on behind the address and the
 * place that it was to (RFC 6120 §3.2.1). False: s2sd ends. */
MUST_CHECK bool dial_go_on(struct dial *dial);
/* The connection that it made is of use. */
void dial_done(struct dial *dial);
/* s2sd_effects.dial and .give_up; ctx is the shell. */
void dial_start(void *ctx, struct stream *stream);
/* The stream needs no connection any more. */
void dial_give_up(void *ctx, struct stream *stream);
/* Gives up whatever is being dialled. */
void dials_give_up(struct shell *shell);

#endif

/* What components send to rooms waits for mucd while it is started again, for
 * compd.room-timeout and no longer: then it goes back to its component. All
 * domains of rooms are bound by one process: they are there or away together.
 */
#ifndef POSTHOUSE_COMPD_ROOMS_H
#define POSTHOUSE_COMPD_ROOMS_H

#include "common/channel/channel.h"
#include "common/config/config.h"
#include "common/stanza/stanza.h"

struct rooms {
    struct channels *channels; /* borrowed */
    /* Takes an error for a component, by its domain; both are borrowed. */
    void (*give_back)(void *ctx, struct str domain, struct str error);
    void *ctx;
    int64_t now_ms;  /* a clock that nobody sets, of the last tick */
    int64_t down_ms; /* since when mucd is away; 0: it is there */
    struct xml_parser *parser;
    struct arena arena;
    struct buf scratch;
};

/* Makes one out of zeroes and its first three fields. */
void rooms_init(struct rooms *rooms);
/* Frees what it holds. */
void rooms_clear(struct rooms *rooms);
/* Whether this prepared domain is one of rooms whose process may come back:
 * what is sent there waits. */
MUST_CHECK bool rooms_are_awaited(const struct rooms *rooms,
                                  const struct config *config,
                                  struct str domain);
/* Once per second: looks whether mucd is there, and returns what has waited too
 * long with remote-server-timeout; it may have arrived. Who leaves a room is
 * remembered all the same. */
void rooms_tick(struct rooms *rooms, const struct config *config,
                int64_t now_ms);

#endif

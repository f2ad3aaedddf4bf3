/* A resolver as c-ares has it, for resolver.c and resolver_loop.c. */
#ifndef POSTHOUSE_S2SD_RESOLVER_LOOP_H
#define POSTHOUSE_S2SD_RESOLVER_LOOP_H

#include <ares.h>

#include "resolver.h"

#define MAX_SOCKETS 64

struct watch; /* one of c-ares' sockets */

struct resolver {
    uv_loop_t *loop;
    ares_channel channel;
    uv_timer_t timer;
    struct watch *watches[MAX_SOCKETS];
    bool is_closing;
};

#endif

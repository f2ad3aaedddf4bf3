/* Listening sockets of compd. */
#ifndef POSTHOUSE_LISTENER_H
#define POSTHOUSE_LISTENER_H

#include "shell.h"

struct listener {
    struct compd *compd;
    uv_poll_t poll;
    int fd;
};

#endif

/* webd: HTTP for the suite: the file upload service (XEP-0363), the counters of
 * all daemons for Prometheus, and administration for programs (docs/api.md). */
#ifndef POSTHOUSE_WEBD_H
#define POSTHOUSE_WEBD_H

#include "api/api.h"
#include "common/daemon/daemon.h"
#include "common/node/node.h"
#include "files.h"
#include "metrics.h"
#include "server.h"
#include "service.h"

struct webd {
    struct daemon daemon;
    struct node *node;
    struct http_server server;
    struct files files;
    struct service service;
    struct metrics metrics;
    struct api api;
    uv_timer_t tick; /* each second */
    unsigned seconds;
    uint64_t drain_until_ms; /* 0: it is not asked to stop */
    struct counter counters[24];
};

#endif

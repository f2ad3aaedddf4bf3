/* maild's shell: the link, and the commands that it runs. */
#ifndef POSTHOUSE_MAILD_SHELL_H
#define POSTHOUSE_MAILD_SHELL_H

#include "common/daemon/daemon.h"
#include "common/node/node.h"
#include "common/xml/xml.h"

struct job;

struct maild {
    struct daemon daemon;
    struct node *node;
    struct xml_parser *parser;
    struct job *waiting; /* in the order of their coming */
    struct job *running;
    size_t waiting_count, running_count;
    struct counter counters[3];
    uint64_t sent, failed, dropped;
};

/* Whether the configuration names a command that can be run. */
MUST_CHECK bool shell_check(const struct config *config, struct error *error);
/* Connects to the router, binds mail/INSTANCE. */
void shell_start(struct maild *maild);
/* Ends what runs; letters that wait are authd's still. */
void shell_stop(struct maild *maild);

#endif

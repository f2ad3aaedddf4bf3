/* A PostgreSQL cluster of a test's own, in a private folder on a Unix socket.
 */
#ifndef POSTHOUSE_TEST_CLUSTER_H
#define POSTHOUSE_TEST_CLUSTER_H

#include <stdbool.h>

struct cluster {
    char folder[64];
    char bin[256];      /* PostgreSQL's programs */
    char conninfo[128]; /* of the superuser "test" */
};

/* Makes it and starts it. False when it cannot be. */
bool cluster_open(struct cluster *cluster);
/* Starts it again after cluster_kill. */
bool cluster_start(struct cluster *cluster);
/* Kills its first process with SIGKILL, as a crash would. */
bool cluster_kill(struct cluster *cluster);
/* Runs a statement, which contains no double quotes, as the superuser; whether
 * it worked. */
bool cluster_run(struct cluster *cluster, const char *sql);
/* Stops it and removes its folder. */
void cluster_close(struct cluster *cluster);

#endif

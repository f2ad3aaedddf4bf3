/* What lies where in the folder of a suite, and whose it is. */
#ifndef POSTHOUSE_SUPERVISE_LAYOUT_H
#define POSTHOUSE_SUPERVISE_LAYOUT_H

#include "../common/mem/mem.h"

#define LAYOUT_PATH 128u

struct layout {
    char state[LAYOUT_PATH];       /* absolute, without symbolic links */
    char conf[LAYOUT_PATH];        /* for all daemons */
    char conf_secret[LAYOUT_PATH]; /* for compd: with secrets of components */
    char env[LAYOUT_PATH];
    char run[LAYOUT_PATH];
    char pid_file[LAYOUT_PATH];
    char status[LAYOUT_PATH];
    char notify[LAYOUT_PATH];    /* socket: daemons tell that they serve */
    char command[LAYOUT_PATH];   /* socket: restarts are asked for */
    char pg_socket[LAYOUT_PATH]; /* folder of PostgreSQL's socket */
    char pg_data[LAYOUT_PATH];
    char pg_bin[LAYOUT_PATH]; /* PostgreSQL's programs; "" at first */
    char pg_hba[LAYOUT_PATH];
    char pg_ident[LAYOUT_PATH];
    char certificate[LAYOUT_PATH];
    char tls_key[LAYOUT_PATH];
    char grant_key[LAYOUT_PATH];
    char dialback_key[LAYOUT_PATH];
    char log[LAYOUT_PATH];
    char bin[256]; /* folder of the programs */
    bool is_root;  /* one system user for each daemon */
};

/* Finds the folder, which must exist unless `create`, and checks that socket
 * paths fit and that the daemons' users can enter it. */
MUST_CHECK bool layout_init(struct layout *layout, const char *state,
                            bool create, struct error *error);
/* Makes the folders inside, each with its owner and mode. */
MUST_CHECK bool layout_make(const struct layout *layout, struct error *error);
/* log/PROGRAM.INSTANCE.log and run/PROGRAM.INSTANCE.pid of one daemon. */
void layout_log_path(const struct layout *layout, const char *program,
                     unsigned instance, char path[LAYOUT_PATH]);
/* The lock file holds the pid, and is locked as long as the process lives. */
void layout_lock_path(const struct layout *layout, const char *program,
                      unsigned instance, char path[LAYOUT_PATH]);

#endif

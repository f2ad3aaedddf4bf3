/* Passwords that another directory knows (LDAP). authd itself may open no
 * network socket, and nothing may wait on its loop: processes of their own ask,
 * each one question at a time. They are children of a keeper, which is made before
 * privileges are dropped and makes another one for one that ends; they hold
 * neither the grant key nor the database. */
#ifndef POSTHOUSE_AUTHD_LDAP_WORKERS_H
#define POSTHOUSE_AUTHD_LDAP_WORKERS_H

#include <uv.h>

#include "common/daemon/daemon.h"
#include "common/ldap/ldap.h"

#define LDAP_MAX_WORKERS 64

struct ldap_question;
struct ldap_worker {
    struct ldap_workers *workers;
    uv_pipe_t pipe;
    bool is_open; /* the pipe is not closed yet */
    bool is_alive;
    struct ldap_question *question; /* that it is asked now */
};

struct ldap_workers {
    struct ldap_worker worker[LDAP_MAX_WORKERS];
    int control; /* to the keeper, before the loop has it; -1: there is none */
    uv_pipe_t keeper; /* sends authd's ends of pairs of sockets */
    bool is_kept;     /* the keeper is there */
    struct ldap_question *waiting; /* oldest first */
    size_t waiting_count;
    void (*answered)(void *of, enum ldap_verdict verdict);
};

/* Starts the keeper, when ldap.uri names a directory (ldap_keeper.c). */
MUST_CHECK bool ldap_workers_fork(struct ldap_workers *workers,
                                  struct daemon *daemon, struct error *error);
/* Hands them to the loop; `answered` is told of each question. */
void ldap_workers_start(struct ldap_workers *workers, uv_loop_t *loop,
                        void (*answered)(void *of, enum ldap_verdict verdict));
/* Asks whether the password is the user's; `of` comes back with the answer,
 * later. False: too many wait already, or no process is left. */
MUST_CHECK bool ldap_workers_ask(struct ldap_workers *workers,
                                 struct str username, struct str password,
                                 void *of);
/* Ends the processes; nobody is told. */
void ldap_workers_stop(struct ldap_workers *workers);

/* What a process does: answers questions from `fd` until it is closed. */
void ldap_worker_serve(int fd, const struct config *config);

#endif

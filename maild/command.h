/* One letter on its way through the configured command. Used inside of maild.
 */
#ifndef POSTHOUSE_MAILD_COMMAND_H
#define POSTHOUSE_MAILD_COMMAND_H

#include "letter.h"
#include "shell.h"

#define MAX_ARGUMENTS 32u

struct job {
    struct job *prev, *next;
    struct maild *maild;
    struct arena arena;
    struct letter letter;
    struct channel *channel; /* whose frame it is */
    uint64_t seq;            /* 0: its sender has forgotten it */
    struct buf text;
    char *argv[MAX_ARGUMENTS + 1];
    uv_process_t process;
    uv_pipe_t input;
    uv_write_t write;
    uv_timer_t timer;
    unsigned open_handles;
    const char *fault; /* NULL: it has run to its end and said 0 */
    void (*ended)(struct job *job);
};

/* Starts the command, without a shell, in a process group of its own, with the
 * letter as its standard input and next to no environment; kills it after
 * maild.timeout. `ended` is called once, later, with job->fault filled in. */
void command_start(struct job *job, void (*ended)(struct job *job));
/* Kills it; `ended` follows. */
void command_kill(struct job *job, const char *fault);

#endif

/* What a suite tells to scripts: posthouse.env and run/status. */
#ifndef POSTHOUSE_SUPERVISE_REPORT_H
#define POSTHOUSE_SUPERVISE_REPORT_H

#include "../common/config/config.h"
#include "child.h"

/* Shell assignments: where the suite is, and the pids of what runs. `pg_socket`
 * NULL: the database is not the suite's own. */
void report_env(struct buf *out, const struct config *config,
                const char *pg_socket, const struct child *children,
                size_t count);
/* A line for each process: program, instance, pid (0: it does not run), unix
 * time of its start, restarts. */
void report_status(struct buf *out, const struct child *children, size_t count);

/* A line of it, read again. */
struct report_line {
    char program[16];
    unsigned instance;
    int pid;
    long long since;
    unsigned restarts;
};
/* Reads one line of report_status; false when it is none. */
MUST_CHECK bool report_parse_line(struct report_line *line, const char *text);

#endif

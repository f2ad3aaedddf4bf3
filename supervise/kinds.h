/* The kinds of processes of a suite, and how each is started. */
#ifndef POSTHOUSE_SUPERVISE_KINDS_H
#define POSTHOUSE_SUPERVISE_KINDS_H

#include "layout.h"

/* In the order of their start; they stop the other way round. */
enum kind {
    KIND_POSTGRES,
    KIND_ROUTERD,
    KIND_MAILD,
    KIND_AUTHD,
    KIND_SM,
    KIND_MUCD,
    KIND_C2SD,
    KIND_COMPD,
    KIND_S2SD,
    KIND_PROXY65D,
    KIND_WEBD,
    KIND_COUNT
};

struct kind_row {
    const char *program;
    const char *user; /* when root started the suite */
    const char *pids; /* its variable in posthouse.env */
    int stop_signal;
    int kill_signal; /* when that did not help */
};
extern const struct kind_row kind_rows[KIND_COUNT];

/* Arguments of one process, with the memory that they point to. */
struct command_line {
    char program[320];
    char instance[12];
    char of[12];
    char hba[LAYOUT_PATH + 16];
    char ident[LAYOUT_PATH + 16];
    char *argv[24];
};
/* Borrows from layout and log_path. */
void kinds_command(struct command_line *command, const struct layout *layout,
                   enum kind kind, unsigned instance, unsigned of,
                   const char *log_path);
/* Whether the program is there. */
bool kinds_is_installed(const struct layout *layout, enum kind kind);

#endif

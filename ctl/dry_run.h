/* --dry-run: what a command would do, and to how many people. Whatever it
 * changes through ctl->connection is taken back. */
#ifndef POSTHOUSE_CTL_DRY_RUN_H
#define POSTHOUSE_CTL_DRY_RUN_H

#include "ctl.h"

/* Runs the command and takes back what it did; prints how many people are
 * concerned, what the command itself counts, how many rows of each table it has
 * touched, and for how many people each decision becomes another one. A
 * connection is made where the command has none. Returns what the command
 * returns, or EXIT_REFUSED. */
int ctl_dry_run(struct ctl *ctl, ctl_command *command);

/* In a dry run, adds a line to the report; else does nothing. `what` is
 * borrowed for the call. */
void dry_run_count(struct ctl *ctl, const char *what, unsigned long count);

/* In a dry run, counts these people as concerned, though nothing of theirs
 * changes that could be compared (a notice that they will see, a password):
 * those of the domain, of those in and below the department (a path), of those
 * who have the bare address; STR_NONE: of all. Each is counted once. False
 * after a message. */
MUST_CHECK bool dry_run_concerns(struct ctl *ctl, struct str domain,
                                 struct str department, struct str jid);

#endif

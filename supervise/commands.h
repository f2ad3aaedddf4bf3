/* The commands of posthouse; each returns its exit status. */
#ifndef POSTHOUSE_SUPERVISE_COMMANDS_H
#define POSTHOUSE_SUPERVISE_COMMANDS_H

#include "options.h"

/* Starts the suite and watches it until it is told to stop; with --detach
 * returns when all serve. */
int command_up(const struct options *options);
/* Stops the suite in order and waits until all has ended. */
int command_down(const struct options *options);
/* Prints what runs; 0 when the supervisor does. */
int command_status(const struct options *options);

#endif

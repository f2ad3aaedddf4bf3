/* The commands of posthouse; each returns its exit status. */
#ifndef POSTHOUSE_SUPERVISE_COMMANDS_H
#define POSTHOUSE_SUPERVISE_COMMANDS_H

#include "options.h"

int command_up(const struct options *options);
int command_down(const struct options *options);
int command_status(const struct options *options);

#endif

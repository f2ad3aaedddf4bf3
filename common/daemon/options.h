/* The command line that all daemons share. Used inside of this library. */
#ifndef POSTHOUSE_DAEMON_OPTIONS_H
#define POSTHOUSE_DAEMON_OPTIONS_H

#include "daemon.h"

#define POSTHOUSE_VERSION "0.1"

/* Fills in the options; what they point to is argv's, the array of overrides is
 * the caller's to free. False, with the exit status, after --help, --version
 * or a mistake, which it has told on standard error. */
MUST_CHECK bool options_parse(struct daemon_options *options,
                              const char *program, int argc, char **argv,
                              int *status);

#endif

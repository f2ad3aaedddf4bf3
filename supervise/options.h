/* The command line of posthouse. */
#ifndef POSTHOUSE_SUPERVISE_OPTIONS_H
#define POSTHOUSE_SUPERVISE_OPTIONS_H

#include "../common/mem/mem.h"

#define MAX_PROCESSES 64 /* of one kind: as many as there are shards */
#define MAX_PROXIES   16
#define MAX_S2S       16 /* as many as federation has addresses */

enum command { COMMAND_UP, COMMAND_DOWN, COMMAND_STATUS };

/* Values of an option that may be given several times. */
struct values {
    const char **items; /* argv's own texts */
    size_t count;
};

struct options {
    enum command command;
    const char *state;        /* folder of the suite */
    struct values domains;    /* at least one */
    struct values components; /* NAME=SECRET */
    struct values settings;   /* section.key=value */
    const char *listen;       /* address of the client ports */
    unsigned base_port;
    unsigned c2s, sm, muc, s2s, proxies; /* processes of each kind */
    bool detach;
    bool json;
};

/* False, with the exit status, after --help, --version or a mistake, which it
 * has told on standard error. options_clear() in either case. */
MUST_CHECK bool options_read(struct options *options, int argc, char **argv,
                             int *status);
/* Frees what options_read has made. */
void options_clear(struct options *options);

#endif

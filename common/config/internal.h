/* Inside of common/config alone. */
#ifndef POSTHOUSE_CONFIG_INTERNAL_H
#define POSTHOUSE_CONFIG_INTERNAL_H

#include <confuse.h>

#include "config.h"

#define MAX_SECTIONS 32u

struct config {
    cfg_t *root;
    cfg_opt_t *options;                /* of the top level */
    cfg_opt_t *sections[MAX_SECTIONS]; /* options inside of each section */
    size_t section_count;
    struct named_option *index; /* by name, when all is read */
    const char *where;          /* what is being read */
    struct error error;         /* the first, as libConfuse tells it */
};

/* values.c: finds every option by its name from now on. */
void index_make(struct config *config);
/* Frees what index_make has made. */
void index_clear(struct config *config);

#endif

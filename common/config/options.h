/* The table of all options: the one place where a key, its default, its range
 * and its documentation stand. */
#ifndef POSTHOUSE_OPTIONS_H
#define POSTHOUSE_OPTIONS_H

#include "../mem/mem.h"

enum option_type { OPTION_INT, OPTION_BOOL, OPTION_STR, OPTION_LIST };

/* What a text must look like, or each item of a list. */
typedef bool option_check(struct str value);

struct option_row {
    const char *section; /* "" for the top level; "component" and
                          * "certificate" are titled */
    const char *key;
    enum option_type type;
    const char *fallback;   /* default as it would stand in the file */
    int64_t min, max;       /* OPTION_INT */
    const char *unit;       /* "seconds", "bytes", "" … */
    const char *choices;    /* "a|b|c" of a text or list; NULL: any */
    const char *doc;        /* one or two sentences */
    option_check *check;    /* NULL: any text */
    const char *expected;   /* of `check`, for the error */
};
extern const struct option_row option_rows[];
extern const size_t option_row_count;

#endif

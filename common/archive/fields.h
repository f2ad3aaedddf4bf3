/* The fields of a question, for the one who reads and the one who offers them.
 */
#ifndef POSTHOUSE_ARCHIVE_FIELDS_H
#define POSTHOUSE_ARCHIVE_FIELDS_H

#include "archive.h"

struct archive_field {
    const char *var;
    const char *type;
    enum archive_reading (*read)(struct archive_query *query,
                                 struct arena *arena, const struct xml *field);
    bool is_search;
};
extern const struct archive_field archive_fields[];
extern const size_t archive_field_count;

#endif

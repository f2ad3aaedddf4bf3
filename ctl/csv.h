/* Comma-separated values (RFC 4180): quoted fields, CRLF or LF. */
#ifndef POSTHOUSE_CTL_CSV_H
#define POSTHOUSE_CTL_CSV_H

#include "common/mem/mem.h"

#define CSV_MAX_FIELDS 32

enum csv_result { CSV_ROW, CSV_END, CSV_BAD };
/* Reads one record from the front of *text; empty lines are skipped. Fields live
 * in the arena. *line counts the lines that were read. CSV_BAD: a quote that is
 * not closed, or too many fields. */
enum csv_result csv_read(struct str *text, struct arena *arena,
                         struct str fields[CSV_MAX_FIELDS], size_t *count,
                         unsigned *line);

#endif

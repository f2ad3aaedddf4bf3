/* Accounts written many at once: a handful of statements for a whole batch. */
#ifndef POSTHOUSE_CTL_IMPORT_ROWS_H
#define POSTHOUSE_CTL_IMPORT_ROWS_H

#include "verifiers.h"

/* A row of a file. */
struct import_row {
    unsigned line;
    struct jid jid;
    struct str name, email, department;
    struct verifiers verifiers;
    const char *refusal; /* why it was not taken; NULL: it was */
    bool is_there;       /* the account exists, and is updated */
};

/* Fills in the refusals of those that have none and cannot be taken: one of an
 * account that exists, unless `updates`, or of a department that is not clear.
 * In the transaction that is open; false after a message. */
MUST_CHECK bool import_rows_judge(struct ctl *ctl, struct import_row *rows,
                                  size_t count, bool updates);
/* Writes those that have been judged and not refused, with their verifiers. In
 * the same transaction; false after a message when the database refuses it as a
 * whole. */
MUST_CHECK bool import_rows_write(struct ctl *ctl,
                                  const struct import_row *rows, size_t count);

/* Says how many accounts an import has added, changed and refused. */
void import_tell(struct ctl *ctl, unsigned long added, unsigned long updated,
                 unsigned long refused);

#endif

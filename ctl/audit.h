/* What the commands of the audit journal share. */
#ifndef POSTHOUSE_CTL_AUDIT_H
#define POSTHOUSE_CTL_AUDIT_H

#include "common/audit/audit.h"
#include "ctl.h"

/* Which lines: what stands behind a command as options. Absent: any. */
struct audit_filter {
    struct str person; /* bare JID of one side */
    struct str domain, department;
    struct str from, until; /* times as PostgreSQL reads them */
    struct str word;        /* pattern for content */
};
#define AUDIT_FILTER_WORDS                                                     \
    "[--person JID] [--department DEPARTMENT] [--domain DOMAIN] [--from TIME] "      \
    "[--until TIME] [--word TEXT] "
/* Takes the options out of the words. False after a message. */
MUST_CHECK bool audit_filter_read(struct ctl *ctl, struct audit_filter *filter);
/* Who runs the command, by the kernel's word as far as it has one: the login,
 * else who called sudo, else the user. In the arena. */
struct str audit_administrator(struct ctl *ctl);
/* The option --reason; absent after a message. */
struct str audit_reason(struct ctl *ctl);
/* Writes into the journal that the administrator did `what` ("query") with
 * these lines and why. False after a message: then nothing may be shown. */
MUST_CHECK bool audit_note(struct ctl *ctl, const char *what,
                           const struct audit_filter *filter,
                           struct str reason);

/* What is read, and why. */
struct audit_reading {
    struct audit_filter filter;
    struct str reason;
};
/* Before anything is shown: takes filter and reason out of the words, or with
 * --request those of a request of one's own that another administrator has
 * approved within a day, which sm.audit-two-administrators demands; writes it
 * into the journal as `what`. person: who alone it may be about; absent: whom the
 * filter names. False after a message. */
MUST_CHECK bool audit_reading_begin(struct ctl *ctl, const char *what,
                                    struct str person,
                                    struct audit_reading *reading);

/* Runs a statement of the generated table and visits each row as it comes: the
 * result is never whole in memory. False after a message. */
typedef void ctl_visit(void *ctx, const PGresult *row);
MUST_CHECK bool ctl_each(struct ctl *ctl, size_t index,
                         const struct str *params, ctl_visit *visit, void *ctx);
/* Columns of AUDIT_QUERY and AUDIT_CHAIN, in their order: a line. */
struct audit_line audit_line_of(const PGresult *row, int first);
#define AUDIT_LINE_COLUMNS 10
/* A column as text; absent for NULL. */
struct str ctl_column(const PGresult *row, int column);

#endif

#include "import_rows.h"

#include <stdlib.h>
#include <string.h>
#include "common/mem/hash.h"

#include "ctl_statements.h"
#include "dry_run.h"

#define END_OF_COLUMN '\x1f'
#define END_OF_ROW    '\x1e'

/* Control characters would end a column. */
static void add_column(struct buf *out, struct str text, char end)
{
    for (size_t i = 0; i < text.len; i++)
        buf_add_char(out, (unsigned char)text.p[i] < ' ' ? ' ' : text.p[i]);
    buf_add_char(out, end);
}

static void add_row(struct buf *out, size_t index, const struct import_row *row)
{
    const struct str *params = row->verifiers.params;

    buf_add_u64(out, index);
    buf_add_char(out, END_OF_COLUMN);
    add_column(out, row->jid.domain, END_OF_COLUMN);
    add_column(out, row->jid.local, END_OF_COLUMN);
    add_column(out, row->name, END_OF_COLUMN);
    add_column(out, row->email, END_OF_COLUMN);
    add_column(out, row->department, END_OF_COLUMN);
    for (size_t i = 0; i < VERIFIER_PARAMS; i++)
        add_column(out, params[i],
                   i + 1 < VERIFIER_PARAMS ? END_OF_COLUMN : END_OF_ROW);
}

enum which { ALL, NEW, KNOWN };

/* The rows that have not been refused. */
static struct str join(struct buf *out, const struct import_row *rows,
                       size_t count, enum which which)
{
    buf_reset(out);
    for (size_t i = 0; i < count; i++)
        if (!rows[i].refusal &&
            (which == ALL || rows[i].is_there == (which == KNOWN)))
            add_row(out, i, &rows[i]);
    /* Without the end of the last row: what follows would be a row. */
    return buf_len(out) ? (struct str){buf_view(out).p, buf_len(out) - 1}
                        : STR("");
}

/* --- what can be taken ---------------------------------------------------- */

/* One account stands once in a batch. */
struct known {
    const struct import_row *row;
    UT_hash_handle hh;
};

static void refuse_repeated(struct import_row *rows, size_t count, bool updates)
{
    struct known *all = mem_zalloc((count + 1) * sizeof(*all)), *seen = NULL;

    for (size_t i = count; i-- > 0;) {
        struct known *found, *one = &all[i];
        struct str jid = rows[i].jid.bare;

        if (rows[i].refusal)
            continue;
        HASH_FIND(hh, seen, jid.p, jid.len, found);
        if (!found) {
            one->row = &rows[i];
            HASH_ADD_KEYPTR(hh, seen, jid.p, jid.len, one);
        } else if (updates) {
            rows[i].refusal = "a later line is about the same account";
        } else {
            /* The first one stands, as if each had been written by itself. */
            ((struct import_row *)(uintptr_t)found->row)->refusal =
                "the account exists";
            found->row = &rows[i];
        }
    }
    HASH_CLEAR(hh, seen);
    free(all);
}

/* Columns: index, whether the account is there, how many departments are meant.
 */
static void judge(const PGresult *result, struct import_row *rows, bool updates)
{
    for (int i = 0; i < PQntuples(result); i++) {
        struct import_row *row =
            &rows[strtoul(PQgetvalue(result, i, 0), NULL, 10)];
        unsigned long departments = strtoul(PQgetvalue(result, i, 2), NULL, 10);

        row->is_there = *PQgetvalue(result, i, 1) == 't';
        if (row->is_there && !updates)
            row->refusal = "the account exists";
        else if (row->department.len && departments == 0)
            row->refusal = "there is no such department";
        else if (departments > 1)
            row->refusal = "several departments have this name; give the path";
    }
}

/* --- writing -------------------------------------------------------------- */

static bool change(struct ctl *ctl, size_t statement, struct str rows)
{
    return !rows.len || ctl_change(ctl, statement, &rows) >= 0;
}

bool import_rows_judge(struct ctl *ctl, struct import_row *rows, size_t count,
                       bool updates)
{
    struct buf out = {0};
    struct str all;
    PGresult *found = NULL;
    bool ok;

    refuse_repeated(rows, count, updates);
    all = join(&out, rows, count, ALL);
    if (all.len)
        found = ctl_run(ctl, CTL_IMPORT_FIND, &all);
    ok = !all.len || found;
    if (found)
        judge(found, rows, updates);
    PQclear(found);
    buf_clear(&out);
    return ok;
}

bool import_rows_write(struct ctl *ctl, const struct import_row *rows,
                       size_t count)
{
    struct buf out = {0};
    bool ok = change(ctl, CTL_IMPORT_ADD, join(&out, rows, count, NEW)) &&
              change(ctl, CTL_IMPORT_CHANGE, join(&out, rows, count, KNOWN)) &&
              change(ctl, CTL_IMPORT_VERIFY, join(&out, rows, count, KNOWN)) &&
              change(ctl, CTL_IMPORT_VERIFIERS, join(&out, rows, count, ALL)) &&
              change(ctl, CTL_IMPORT_MEMBERS, join(&out, rows, count, ALL));

    buf_clear(&out);
    return ok;
}

void import_tell(struct ctl *ctl, unsigned long added, unsigned long updated,
                 unsigned long refused)
{
    dry_run_count(ctl, "accounts added", added);
    dry_run_count(ctl, "accounts changed", updated);
    dry_run_count(ctl, "accounts refused", refused);
    if (!ctl->dry)
        printf(ctl->json
                   ? "{\"added\": %lu, \"updated\": %lu, \"refused\": %lu}\n"
                   : "%lu added, %lu updated, %lu refused\n",
               added, updated, refused);
}

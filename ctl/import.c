/* Accounts from a CSV file, in one transaction: a fault of the file or of the
 * database leaves nothing half done, and those who keep the directory in memory
 * see one change. Verifiers are derived on all cores; a batch of rows is in
 * memory at a time. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/xml/xml.h"
#include "csv.h"
#include "file.h"
#include "import_rows.h"

#define BATCH       4096
#define MAX_THREADS 64

enum column { JID, PASSWORD, NAME, EMAIL, DEPARTMENT, COLUMNS };
static const char *const column_names[] = {"jid", "password", "name", "email",
                                           "department"};

struct import {
    struct ctl *ctl;
    struct str text;
    unsigned line;
    bool updates;
    int where[COLUMNS]; /* field of each column; -1: not there */
    struct arena arena; /* of the batch */
    struct import_row rows[BATCH];
    size_t count, next;
    pthread_mutex_t lock;
    unsigned long added, updated, refused;
};

/* --- reading -------------------------------------------------------------- */

/* Before anything is done: whether all of it can be read. */
static bool check_syntax(const struct import *import, const char *path)
{
    struct str text = import->text, fields[CSV_MAX_FIELDS];
    unsigned line = import->line, first;
    struct arena arena = {0};
    enum csv_result result;
    size_t count;

    do {
        arena_reset(&arena);
        first = line;
        result = csv_read(&text, &arena, fields, &count, &line);
    } while (result == CSV_ROW);
    arena_clear(&arena);
    if (result == CSV_BAD)
        ctl_refuse(
            "%s: line %u: a quote is not closed, or too many fields; nothing "
            "was done",
            path, first + 1);
    return result == CSV_END;
}

static bool read_header(struct import *import, const char *path)
{
    struct str fields[CSV_MAX_FIELDS];
    size_t count;

    for (int c = 0; c < COLUMNS; c++)
        import->where[c] = -1;
    if (csv_read(&import->text, &import->ctl->arena, fields, &count,
                 &import->line) != CSV_ROW) {
        ctl_refuse("%s: line 1: expected a header such as \"jid,password\"",
                   path);
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        int c = 0;

        while (c < COLUMNS && !str_is(fields[i], column_names[c]))
            c++;
        if (c == COLUMNS) {
            ctl_refuse("%s: line 1: unknown column \"%.*s\"; expected jid, "
                       "password, name, email, department",
                       path, STR_ARG(fields[i]));
            return false;
        }
        import->where[c] = (int)i;
    }
    if (import->where[JID] < 0 || import->where[PASSWORD] < 0) {
        ctl_refuse("%s: line 1: the columns jid and password are needed", path);
        return false;
    }
    return true;
}

static struct str field(const struct import *import, const struct str *fields,
                        size_t count, enum column column)
{
    int where = import->where[column];

    return where >= 0 && (size_t)where < count ? fields[where] : STR("");
}

static void refuse_row(struct import *import, unsigned line, const char *why)
{
    fprintf(stderr, "posthousectl: line %u: %s\n", line, why);
    import->refused++;
}

/* Takes one record into the batch. */
static void take_row(struct import *import, const struct str *fields,
                     size_t count)
{
    struct ctl *ctl = import->ctl;
    struct import_row *row = &import->rows[import->count];
    struct str text = field(import, fields, count, JID);

    memset(row, 0, sizeof(*row));
    row->line = import->line;
    if (!ctl_account(ctl, arena_dup(&import->arena, text).p, &row->jid)) {
        refuse_row(import, row->line, "the address was refused");
        return;
    }
    for (size_t i = 0; i < count; i++)
        if (!xml_utf8_valid(fields[i])) {
            refuse_row(import, row->line, "the text is not in UTF-8");
            return;
        }
    row->name = field(import, fields, count, NAME);
    row->email = field(import, fields, count, EMAIL);
    row->department = field(import, fields, count, DEPARTMENT);
    verifiers_init(&row->verifiers, ctl->config, &row->jid,
                   field(import, fields, count, PASSWORD));
    import->count++;
}

/* --- deriving ------------------------------------------------------------- */

static void *work(void *ctx)
{
    struct import *import = ctx;
    size_t i;

    for (;;) {
        pthread_mutex_lock(&import->lock);
        i = import->next++;
        pthread_mutex_unlock(&import->lock);
        if (i >= import->count)
            return NULL;
        if (!import->rows[i].refusal)
            verifiers_derive(&import->rows[i].verifiers);
    }
}

static void derive_all(struct import *import)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    pthread_t threads[MAX_THREADS];
    long started = 0;

    import->next = 0;
    while (started + 1 < cores && started < MAX_THREADS &&
           pthread_create(&threads[started], NULL, work, import) == 0)
        started++;
    work(import);
    for (long i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
}

/* --- writing -------------------------------------------------------------- */

static void tell(struct import *import, const struct import_row *row)
{
    if (row->refusal) {
        refuse_row(import, row->line, row->refusal);
        return;
    }
    ++*(row->is_there ? &import->updated : &import->added);
}

/* What is refused anyway, and a dry run, cost no verifiers. */
static bool write_batch(struct import *import)
{
    for (size_t i = 0; i < import->count; i++) {
        struct import_row *row = &import->rows[i];

        verifiers_pretend(&row->verifiers);
        row->refusal = verifiers_fault(&row->verifiers);
    }
    if (!import_rows_judge(import->ctl, import->rows, import->count,
                           import->updates))
        return false;
    if (!import->ctl->dry)
        derive_all(import);
    return import_rows_write(import->ctl, import->rows, import->count);
}

static bool flush(struct import *import)
{
    bool ok;

    if (import->count == 0)
        return true;
    ok = write_batch(import);
    for (size_t i = 0; i < import->count; i++) {
        if (ok)
            tell(import, &import->rows[i]);
        arena_clear(&import->rows[i].verifiers.arena);
    }
    arena_reset(&import->arena);
    import->count = 0;
    return ok;
}

static bool read_all(struct import *import)
{
    struct str fields[CSV_MAX_FIELDS];
    size_t count;

    while (csv_read(&import->text, &import->arena, fields, &count,
                    &import->line) == CSV_ROW) {
        take_row(import, fields, count);
        if (import->count == BATCH && !flush(import))
            return false;
    }
    return flush(import);
}

static bool run(struct import *import, const char *path)
{
    struct ctl *ctl = import->ctl;

    if (!read_header(import, path) || !check_syntax(import, path) ||
        !ctl_begin(ctl))
        return false;
    if (read_all(import) && ctl_commit(ctl))
        return true;
    ctl_rollback(ctl);
    return false;
}

static int import_csv(struct ctl *ctl)
{
    struct import *import = NEW(struct import);
    struct buf text = {0};
    const char *path = ctl->argv[0];
    bool ok;

    import->ctl = ctl;
    import->line = 1;
    import->updates = ctl_flag(ctl, "--update");
    pthread_mutex_init(&import->lock, NULL);
    ok = file_read(path, &text);
    import->text = ok ? buf_view(&text) : STR_NONE;
    ok = ok && run(import, path);
    if (ok)
        import_tell(ctl, import->added, import->updated, import->refused);
    ok = ok && import->refused == 0;
    pthread_mutex_destroy(&import->lock);
    arena_clear(&import->arena);
    buf_clear(&text);
    free(import);
    return ok ? EXIT_SUCCESS : EXIT_REFUSED;
}

static bool is_named(const char *path, const char *end)
{
    size_t length = strlen(path), of_end = strlen(end);

    return length > of_end && strcmp(path + length - of_end, end) == 0;
}

int user_import(struct ctl *ctl)
{
    return is_named(ctl->argv[0], ".xml") ? xep0227_import(ctl, ctl->argv[0])
                                          : import_csv(ctl);
}

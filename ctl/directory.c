#include "directory.h"

#include <stdlib.h>

#include "ctl_statements.h"
#include "dry_run.h"

/* Of PostgreSQL. */
#define OID_TEXT 25
#define OID_INT8 20

static struct str cell(const PGresult *result, int row, int column)
{
    return PQgetisnull(result, row, column)
               ? STR_NONE
               : (struct str){PQgetvalue(result, row, column),
                              (size_t)PQgetlength(result, row, column)};
}

struct directory *ctl_directory(struct ctl *ctl)
{
    PGresult *result = ctl_run(ctl, CTL_DIRECTORY_LOAD, NULL);
    struct directory *directory;

    if (!result)
        return NULL;
    directory = directory_new();
    for (int row = 0; row < PQntuples(result); row++)
        directory_add(directory, &(struct directory_row){
                                     .kind = cell(result, row, 0),
                                     .domain = cell(result, row, 1),
                                     .name = cell(result, row, 2),
                                     .key = cell(result, row, 3),
                                     .value = cell(result, row, 4),
                                     .flags = cell(result, row, 5)});
    PQclear(result);
    directory_finish(directory, ctl->config);
    return directory;
}

static bool is_number(struct str cell)
{
    int64_t ignored;

    return str_to_i64(cell, &ignored);
}

/* The type of a column: a number when every cell is one. */
static Oid type_of(const struct str *cells, unsigned columns, unsigned column,
                   size_t count)
{
    for (size_t row = 0; row < count; row++)
        if (!is_number(cells[row * columns + column]))
            return OID_TEXT;
    return OID_INT8;
}

void ctl_print_cells(const struct ctl *ctl, const char *const *names,
                     unsigned columns, const struct str *cells, size_t count)
{
    PGresult *table = PQmakeEmptyPGresult(ctl->connection, PGRES_TUPLES_OK);
    PGresAttDesc *described = mem_zalloc(columns * sizeof(*described));

    for (unsigned i = 0; i < columns; i++)
        described[i] =
            (PGresAttDesc){.name = (char *)names[i],
                           .typid = type_of(cells, columns, i, count)};
    PQsetResultAttrs(table, (int)columns, described);
    for (size_t i = 0; i < count * columns; i++) {
        char *text = str_dup_heap(cells[i]);

        PQsetvalue(table, (int)(i / columns), (int)(i % columns), text,
                   (int)cells[i].len);
        free(text);
    }
    ctl_print(ctl, table);
    PQclear(table);
    free(described);
}

void ctl_print_counts(struct ctl *ctl, const struct str *pairs, size_t count)
{
    static const char *const columns[] = {"what", "count"};

    for (size_t i = 0; i < count; i++)
        dry_run_count(ctl, pairs[2 * i].p, strtoul(pairs[2 * i + 1].p, NULL, 10));
    ctl_print_cells(ctl, columns, 2, pairs, count);
}

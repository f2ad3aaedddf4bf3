/* Results too large for memory: row by row. */
#include "audit.h"
#include "ctl_statements.h"

struct str ctl_column(const PGresult *row, int column)
{
    if (PQgetisnull(row, 0, column))
        return STR_NONE;
    return (struct str){PQgetvalue(row, 0, column),
                        (size_t)PQgetlength(row, 0, column)};
}

static int64_t number_of(const PGresult *row, int column)
{
    int64_t value = 0;

    return str_to_i64(ctl_column(row, column), &value) ? value : 0;
}

struct audit_line audit_line_of(const PGresult *row, int first)
{
    return (struct audit_line){
        .id = number_of(row, first),
        .writer = number_of(row, first + 1),
        .kind = ctl_column(row, first + 2),
        .verdict = ctl_column(row, first + 3),
        .sender = ctl_column(row, first + 4),
        .recipient = ctl_column(row, first + 5),
        .stanza_id = ctl_column(row, first + 6),
        .content = ctl_column(row, first + 7),
        .salt = ctl_column(row, first + 8),
        .content_hash = ctl_column(row, first + 9),
    };
}

bool ctl_each(struct ctl *ctl, size_t index, const struct str *params,
              ctl_visit *visit, void *ctx)
{
    const struct db_statement *statement = &ctl_statements[index];
    const char *values[DB_MAX_PARAMS] = {NULL};
    bool is_fine = true;
    PGresult *result;

    for (unsigned i = 0; i < statement->params; i++)
        if (params[i].p)
            values[i] = arena_dup(&ctl->arena, params[i]).p;
    if (!PQsendQueryParams(ctl->connection, statement->sql,
                           (int)statement->params, NULL, values, NULL, NULL,
                           0) ||
        !PQsetSingleRowMode(ctl->connection)) {
        ctl_refuse("%s", PQerrorMessage(ctl->connection));
        return false;
    }
    while ((result = PQgetResult(ctl->connection)) != NULL) {
        if (PQresultStatus(result) == PGRES_SINGLE_TUPLE) {
            visit(ctx, result);
        } else if (PQresultStatus(result) != PGRES_TUPLES_OK) {
            ctl_refuse("%s", PQresultErrorMessage(result));
            is_fine = false;
        }
        PQclear(result);
    }
    return is_fine;
}

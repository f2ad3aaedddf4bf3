#include "db.h"

#include <assert.h>
#include <stdlib.h>

#include "../log/log.h"
#include "internal.h"

static void init_connection(struct db *db, struct connection *c, bool is_writer)
{
    c->db = db;
    c->is_writer = is_writer;
    c->events = is_writer ? &writer_events : &reader_events;
    c->group_limit = LARGEST_GROUP;
    connection_open(c);
}

struct db *db_open(uv_loop_t *loop, const struct db_options *options)
{
    struct db *db = NEW(struct db);

    db->loop = loop;
    db->options = *options;
    db->conninfo = str_dup_heap(str_of(options->conninfo));
    db->readers = mem_zalloc((db_reader_count(db) + 1) * sizeof *db->readers);
    patience_begin(db);
    init_connection(db, &db->writer, true);
    for (unsigned i = 0; i < db_reader_count(db); i++) {
        db->readers[i].is_searcher = i >= options->readers;
        init_connection(db, &db->readers[i], false);
    }
    return db;
}

static void close_all(struct db *db, struct request_queue *queue)
{
    struct request *request;

    while ((request = request_pop(queue)) != NULL) {
        PGresult *rows = request->rows;

        request->rows = NULL;
        PQclear(rows);
        db_finish(db, request, DB_CLOSED, NULL);
    }
}

static void on_patience_closed(uv_handle_t *handle)
{
    connection_timer_closed(handle->data);
}

void db_close(struct db *db)
{
    uv_close((uv_handle_t *)&db->patience, on_patience_closed);
    connection_close(&db->writer);
    close_all(db, &db->writer.sent);
    for (unsigned i = 0; i < db_reader_count(db); i++) {
        connection_close(&db->readers[i]);
        close_all(db, &db->readers[i].sent);
    }
    close_all(db, &db->writes);
    close_all(db, &db->behind);
    close_all(db, &db->reads);
    close_all(db, &db->searches);
}

static struct request *admit(struct db *db, size_t index,
                             const struct str *params, db_callback *callback,
                             void *ctx)
{
    struct request *request;

    assert(index < db->options.statement_count);
    request = request_new(&db->options.statements[index], index, params,
                          callback, ctx);
    db->queued_bytes += request->bytes;
    return request;
}

static void push_read(struct db *db, struct request *request)
{
    bool is_search = db->options.statements[request->index].kind == DB_SEARCH;

    request_push(is_search ? &db->searches : &db->reads, request);
}

void db_read(struct db *db, size_t index, const struct str *params,
             db_callback *callback, void *ctx)
{
    push_read(db, admit(db, index, params, callback, ctx));
    readers_go_on(db);
}

/* Writes are finished in their order, or a few out of it when one is refused:
 * in the end all are. */
static void release_reads(struct db *db)
{
    bool is_any = false;

    while (db->behind.first && db->behind.first->behind <= db->finished) {
        push_read(db, request_pop(&db->behind));
        is_any = true;
    }
    if (is_any)
        readers_go_on(db);
}

void db_read_behind(struct db *db, size_t index, const struct str *params,
                    db_callback *callback, void *ctx)
{
    struct request *request = admit(db, index, params, callback, ctx);

    request->behind = db->admitted;
    request_push(&db->behind, request);
    release_reads(db);
}

void db_write(struct db *db, size_t index, const struct str *params,
              db_callback *callback, void *ctx)
{
    struct request *request = admit(db, index, params, callback, ctx);

    request->is_write = true;
    db->admitted++;
    request_push(&db->writes, request);
    writer_go_on(db);
}

void db_finish(struct db *db, struct request *request, enum db_status status,
               PGresult *rows)
{
    bool is_write = request->is_write;

    db->queued_bytes -= request->bytes;
    if (is_write)
        db->finished++;
    request_finish(request, status, rows);
    if (is_write && status != DB_CLOSED)
        release_reads(db);
}

void db_refuse(struct db *db, struct request *request, enum failure failure,
               const PGresult *result)
{
    if (failure == FAILURE_CONFLICT) {
        db_finish(db, request, DB_CONFLICT, NULL);
        return;
    }
    if (failure == FAILURE_TOO_LONG) {
        log_event(
            LOG_LEVEL_WARN, "search-given-up",
            LOG_TEXT("statement", db->options.statements[request->index].name),
            LOG_INT("ms", db->options.search_ms));
        db_finish(db, request, DB_TOO_LONG, NULL);
        return;
    }
    /* The primary message names the constraint, not the row. */
    log_event(
        LOG_LEVEL_ERROR, "statement-refused",
        LOG_TEXT("statement", db->options.statements[request->index].name),
        LOG_TEXT("sqlstate", PQresultErrorField(result, PG_DIAG_SQLSTATE)));
    db_finish(db, request, DB_REFUSED, NULL);
}

bool db_is_full(const struct db *db)
{
    return db->queued_bytes > db->options.max_queued_bytes;
}

size_t db_rows(const struct db_result *result)
{
    return (size_t)PQntuples(result->rows);
}

struct str db_text(const struct db_result *result, size_t row, unsigned column)
{
    if (PQgetisnull(result->rows, (int)row, (int)column))
        return STR_NONE;
    return (struct str){
        PQgetvalue(result->rows, (int)row, (int)column),
        (size_t)PQgetlength(result->rows, (int)row, (int)column)};
}

int64_t db_int(const struct db_result *result, size_t row, unsigned column)
{
    int64_t value = 0;

    /* NULL is 0. */
    return str_to_i64(db_text(result, row, column), &value) ? value : 0;
}

bool db_bool(const struct db_result *result, size_t row, unsigned column)
{
    return str_is(db_text(result, row, column), "t");
}

/* Writes: the statements between two syncs are one transaction, which the
 * server commits at the sync. While one is under way the next gathers. */
#include "internal.h"

static enum db_kind kind_of(const struct connection *c,
                            const struct request *request)
{
    return c->db->options.statements[request->index].kind;
}

/* What is lost on the way shows at the connection's next turn. */
static void send_group(struct connection *c)
{
    struct request *request;

    for (request = c->sent.first; request; request = request->next) {
        if (kind_of(c, request) == DB_BATCH ||
            kind_of(c, request) == DB_BATCH_LAST)
            request = connection_send_batch(c, request);
        else
            (void)connection_send(c, request);
    }
}

static void gather_group(struct connection *c)
{
    struct request_queue last = {0};
    struct request *request;

    while (c->db->writes.first && c->sent.count + last.count < c->group_limit) {
        request = request_pop(&c->db->writes);
        request_push(kind_of(c, request) == DB_BATCH_LAST ? &last : &c->sent,
                     request);
    }
    request_unpop(&last, &c->sent);
    c->sent = last;
}

void writer_go_on(struct db *db)
{
    struct connection *c = &db->writer;

    if (c->state != CONNECTION_READY || c->sent.count > 0 || !db->writes.first)
        return;
    c->answered = 0;
    c->is_failed = false;
    gather_group(c);
    send_group(c);
    c->next_answer = c->sent.first;
    connection_sync(c);
}

static void forget_rows(struct request_queue *queue)
{
    for (struct request *r = queue->first; r; r = r->next) {
        PQclear(r->rows);
        r->rows = NULL;
        r->is_joined = false;
    }
}

/* Counts the writes of the statement that begins here and goes behind it. */
static size_t pass_statement(struct request **request)
{
    size_t count = 0;

    do {
        *request = (*request)->next;
        count++;
    } while (*request && (*request)->is_joined);
    return count;
}

/* Everything before the failed statement is tried again without it; when it
 * comes first it is tried alone, and then fails alone: one of many writes after
 * more and more of them were tried as halves. An error of the commit names no
 * statement: halves. */
static void shrink(struct connection *c, size_t failed_at)
{
    struct request *failed = c->next_answer;
    size_t limit = failed_at;

    if (failed_at >= c->sent.count)
        limit = c->sent.count / 2;
    else if (failed_at == 0)
        limit = pass_statement(&failed) / 2;
    c->group_limit = limit > 0 ? limit : 1;
}

static void take_failure(struct connection *c, PGresult **result)
{
    struct request *alone = c->sent.first;

    c->is_failed = true;
    c->failure = failure_of(*result);
    if (c->failure == FAILURE_PASSING) {
        patience_refused(c, *result);
        return;
    }
    if (c->sent.count > 1) {
        shrink(c, c->answered);
        return;
    }
    PQclear(alone->rows);
    alone->rows = *result;
    *result = NULL;
}

static void take_answer(struct connection *c, PGresult **result)
{
    ExecStatusType status = PQresultStatus(*result);
    struct request *request = c->next_answer;

    if (status == PGRES_PIPELINE_ABORTED || c->is_failed)
        return;
    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) {
        take_failure(c, result);
    } else if (request) {
        request->rows = *result;
        *result = NULL;
        c->answered += pass_statement(&c->next_answer);
    }
}

static void commit(struct connection *c)
{
    struct request_queue done = c->sent;
    struct request *request;

    c->sent = (struct request_queue){0};
    c->group_limit = LARGEST_GROUP;
    /* The next group is under way while this one is told. */
    writer_go_on(c->db);
    while ((request = request_pop(&done)) != NULL)
        db_finish(c->db, request, DB_OK, request->rows);
}

static void repeat(struct connection *c)
{
    forget_rows(&c->sent);
    request_unpop(&c->db->writes, &c->sent);
}

static void end_group(struct connection *c)
{
    if (!c->is_failed) {
        commit(c);
        return;
    }
    if (c->failure == FAILURE_PASSING) {
        repeat(c);
        connection_pause(c);
    } else if (c->sent.count > 1) {
        repeat(c);
    } else {
        struct request *request = request_pop(&c->sent);
        PGresult *result = request->rows;

        c->group_limit = LARGEST_GROUP;
        request->rows = NULL;
        db_refuse(c->db, request, c->failure, result);
        PQclear(result);
    }
    writer_go_on(c->db);
}

static void on_result(struct connection *c, PGresult **result)
{
    bool is_end = PQresultStatus(*result) == PGRES_PIPELINE_SYNC;

    patience_answered(c, is_end && !c->is_failed);
    if (is_end)
        end_group(c);
    else
        take_answer(c, result);
}

static void on_ready(struct connection *c)
{
    writer_go_on(c->db);
}

static void on_lost(struct connection *c)
{
    repeat(c);
}

const struct connection_events writer_events = {on_ready, on_result, on_lost};

/* Reads: each with its own sync, so that each fails alone. */
#include "internal.h"

#define MAX_UNDER_WAY 256u

/* A search keeps what would stand behind it waiting. */
static size_t most_under_way(const struct connection *c)
{
    return c->is_searcher ? 1 : MAX_UNDER_WAY;
}

static struct connection *idlest(struct db *db, bool is_searcher)
{
    struct connection *best = NULL;

    for (unsigned i = 0; i < db_reader_count(db); i++) {
        struct connection *c = &db->readers[i];

        if (c->is_searcher == is_searcher && c->state == CONNECTION_READY &&
            c->sent.count < most_under_way(c) &&
            (!best || c->sent.count < best->sent.count))
            best = c;
    }
    return best;
}

static struct request_queue *queue_of(struct connection *c)
{
    return c->is_searcher ? &c->db->searches : &c->db->reads;
}

static void send_waiting(struct db *db, struct request_queue *queue,
                         bool is_searcher)
{
    struct connection *c;

    while (queue->first && (c = idlest(db, is_searcher)) != NULL) {
        struct request *request = request_pop(queue);

        request_push(&c->sent, request);
        (void)connection_send(c, request); /* lost shows at its next turn */
        connection_sync(c);
    }
}

void readers_go_on(struct db *db)
{
    send_waiting(db, &db->reads, false);
    send_waiting(db, &db->searches, true);
}

static void on_ready(struct connection *c)
{
    readers_go_on(c->db);
}

static void on_result(struct connection *c, PGresult **result)
{
    struct db *db = c->db;
    ExecStatusType status = PQresultStatus(*result);
    struct request *request;
    PGresult *rows = *result;

    patience_answered(c, status == PGRES_TUPLES_OK);
    if (status == PGRES_PIPELINE_SYNC) {
        readers_go_on(db);
        return;
    }
    request = request_pop(&c->sent);
    if (!request)
        return;
    if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK) {
        *result = NULL;
        db_finish(db, request, DB_OK, rows);
    } else if (failure_of(rows) == FAILURE_PASSING) {
        patience_refused(c, rows);
        request_push(queue_of(c), request);
        connection_pause(c);
    } else {
        db_refuse(db, request, failure_of(rows), rows);
    }
}

static void on_lost(struct connection *c)
{
    request_unpop(queue_of(c), &c->sent);
    readers_go_on(c->db);
}

const struct connection_events reader_events = {on_ready, on_result, on_lost};

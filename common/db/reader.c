/* Reads: each with its own sync, so that each fails alone. */
#include "internal.h"

#define MAX_UNDER_WAY 256u

static struct connection *idlest(struct db *db)
{
    struct connection *best = NULL;

    for (unsigned i = 0; i < db->options.readers; i++) {
        struct connection *c = &db->readers[i];

        if (c->state == CONNECTION_READY && c->sent.count < MAX_UNDER_WAY &&
            (!best || c->sent.count < best->sent.count))
            best = c;
    }
    return best;
}

void readers_go_on(struct db *db)
{
    struct connection *c;

    while (db->reads.first && (c = idlest(db)) != NULL) {
        struct request *request = request_pop(&db->reads);

        request_push(&c->sent, request);
        (void)connection_send(c, request); /* lost shows at its next turn */
        connection_sync(c);
    }
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
        request_push(&db->reads, request);
        connection_pause(c);
    } else {
        db_refuse(db, request, failure_of(rows), rows);
    }
}

static void on_lost(struct connection *c)
{
    request_unpop(&c->db->reads, &c->sent);
    readers_go_on(c->db);
}

const struct connection_events reader_events = {on_ready, on_result, on_lost};

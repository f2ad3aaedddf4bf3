/* Says in the log what the database keeps waiting, once for each time: a server
 * that refuses for now (a full disk, read-only), and one that is silent. */
#include "../log/log.h"
#include "internal.h"

#define LOOK_MS   1000u
#define SILENT_MS 3000u

void patience_refused(struct connection *c, const PGresult *result)
{
    if (!c->is_refusal_told)
        log_event(
            LOG_LEVEL_ERROR, "database-refuses",
            LOG_TEXT("role", connection_role(c)),
            LOG_TEXT("sqlstate", PQresultErrorField(result, PG_DIAG_SQLSTATE)),
            LOG_TEXT("reason",
                     PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY)));
    c->is_refusal_told = true;
}

void patience_answered(struct connection *c, bool is_fine)
{
    c->heard_ms = uv_now(c->db->loop);
    if (c->is_silence_told)
        log_event(LOG_LEVEL_INFO, "database-answers",
                  LOG_TEXT("role", connection_role(c)));
    c->is_silence_told = false;
    if (!is_fine || !c->is_refusal_told)
        return;
    log_event(LOG_LEVEL_INFO, "database-accepts",
              LOG_TEXT("role", connection_role(c)));
    c->is_refusal_told = false;
}

/* A search may take long; it has its own limit. */
static void look_at(struct connection *c)
{
    uint64_t now_ms = uv_now(c->db->loop);

    if (c->state != CONNECTION_READY || c->is_searcher || c->is_silence_told ||
        c->sent.count == 0 || now_ms - c->heard_ms < SILENT_MS)
        return;
    c->is_silence_told = true;
    log_event(LOG_LEVEL_WARN, "database-silent",
              LOG_TEXT("role", connection_role(c)),
              LOG_INT("ms", now_ms - c->heard_ms),
              LOG_INT("waiting", c->sent.count + c->db->writes.count +
                                     c->db->reads.count));
}

static void on_look(uv_timer_t *timer)
{
    struct db *db = timer->data;

    look_at(&db->writer);
    for (unsigned i = 0; i < db_reader_count(db); i++)
        look_at(&db->readers[i]);
}

void patience_begin(struct db *db)
{
    uv_timer_init(db->loop, &db->patience);
    db->patience.data = db;
    db->open_timers++;
    uv_timer_start(&db->patience, on_look, LOOK_MS, LOOK_MS);
}

/* What the files of common/db share: requests, their queues, connections. */
#ifndef POSTHOUSE_DB_INTERNAL_H
#define POSTHOUSE_DB_INTERNAL_H

#include <libpq-fe.h>
#include "db.h"

struct db_result {
    PGresult *rows;
};

/* One statement with its parameters, all in one block of memory. */
struct request {
    struct request *next;
    size_t index;
    size_t bytes;
    db_callback *callback;
    void *ctx;
    PGresult *rows; /* of a write, until its group is committed */
    bool is_joined; /* it is part of the statement of the one before */
    bool is_write;
    uint64_t behind; /* of a read: goes when so many writes are finished */
    const char *values[DB_MAX_PARAMS];
};
struct request_queue {
    struct request *first;
    struct request *last;
    size_t count;
};
/* A request with copies of its parameters; it ends in request_finish. */
struct request *request_new(const struct db_statement *statement, size_t index,
                            const struct str *params, db_callback *callback,
                            void *ctx);
/* Tells the callback and frees. */
void request_finish(struct request *request, enum db_status status,
                    PGresult *rows);
/* Puts it at the end; the queue owns it. */
void request_push(struct request_queue *queue, struct request *request);
/* NULL when empty. */
struct request *request_pop(struct request_queue *queue);
/* Puts everything of `front` before what waits in `queue`. */
void request_unpop(struct request_queue *queue, struct request_queue *front);

/* What an error means for its statement. */
enum failure {
    FAILURE_CONFLICT,
    FAILURE_REFUSED,
    FAILURE_TOO_LONG,
    FAILURE_PASSING
};
/* FAILURE_PASSING: a full disk, a shutdown, a deadlock: try again later. */
enum failure failure_of(const PGresult *result);

/* Writes in one transaction at most. */
#define LARGEST_GROUP 1024u
/* Parameters of one statement over many writes, unless it is of one alone. */
#define LARGEST_BATCH_BYTES (4u << 20)

enum connection_state {
    CONNECTION_WAITING,
    CONNECTION_CONNECTING,
    CONNECTION_PREPARING,
    CONNECTION_READY,
    CONNECTION_PAUSED, /* connected, after a passing failure */
    CONNECTION_CLOSED
};

struct connection;
struct connection_events {
    /* May send. Comes after connecting and after a pause. */
    void (*on_ready)(struct connection *connection);
    /* One per statement and one PGRES_PIPELINE_SYNC per sync, in order;
     * borrowed unless taken by setting *result to NULL. */
    void (*on_result)(struct connection *connection, PGresult **result);
    /* What was sent and not answered is unknown. */
    void (*on_lost)(struct connection *connection);
};

struct connection {
    struct db *db;
    const struct connection_events *events;
    PGconn *pg;
    uv_poll_t *poll; /* on the heap: outlives its connection while closing */
    int watched;     /* events that it is polled for; 0: none */
    uv_timer_t timer;
    enum connection_state state;
    unsigned backoff_ms;
    size_t expected; /* results under way */
    bool is_writer;
    bool is_searcher;
    bool is_down_told, is_away_told, is_refusal_told, is_silence_told;
    uint64_t heard_ms; /* when it answered last, or was asked after a rest */
    struct request_queue sent;
    /* of the writer: */
    size_t answered; /* of those in `sent` */
    struct request *next_answer;
    size_t group_limit;
    enum failure failure;
    bool is_failed;
    struct buf arrays[DB_MAX_PARAMS]; /* scratch */
};

struct db {
    uv_loop_t *loop;
    struct db_options options;
    char *conninfo;
    struct request_queue reads;
    struct request_queue searches;
    struct request_queue writes;
    struct request_queue behind; /* reads that wait for writes, in order */
    uint64_t admitted, finished; /* writes so far */
    size_t queued_bytes;
    unsigned open_timers;
    uv_timer_t patience;
    struct connection writer;
    struct connection *readers; /* behind them the searchers */
};

static inline unsigned db_reader_count(const struct db *db)
{
    return db->options.readers + db->options.searchers;
}

/* Starts to connect, and again after each failure until it is closed. */
void connection_open(struct connection *connection);
/* Ends it for good; requests under way stay with their queue. */
void connection_close(struct connection *connection);
/* False when the connection broke; it is then lost at its next turn. */
bool connection_send(struct connection *connection,
                     const struct request *request);
/* Sends what was queued; the server answers all of it before what follows. */
void connection_sync(struct connection *connection);
/* Sends the writes from `first` on that are of the same batch statement as one,
 * and marks them as joined. Returns the last of them. */
struct request *connection_send_batch(struct connection *connection,
                                      struct request *first);
/* Sends nothing for a while, then on_ready. */
void connection_pause(struct connection *connection);

/* "writer" or "reader", for the log. */
const char *connection_role(const struct connection *connection);
/* A timer is closed; with the last one db_close is complete. */
void connection_timer_closed(struct db *db);

/* Looks once per second whether the server still answers (patience.c). */
void patience_begin(struct db *db);
/* A passing failure, which is tried again. */
void patience_refused(struct connection *connection, const PGresult *result);
/* An answer has come; is_fine: it is no failure. */
void patience_answered(struct connection *connection, bool is_fine);

extern const struct connection_events reader_events;
extern const struct connection_events writer_events;
/* Sends what waits as far as it may. */
void readers_go_on(struct db *db);
/* The same for the writer: the next group, when the last has been committed. */
void writer_go_on(struct db *db);
/* Takes a request out of the account, tells it and frees it. */
void db_finish(struct db *db, struct request *request, enum db_status status,
               PGresult *rows);
/* The failure of a statement for good: log, tell, free. */
void db_refuse(struct db *db, struct request *request, enum failure failure,
               const PGresult *result);

#endif

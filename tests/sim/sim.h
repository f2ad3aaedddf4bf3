/* The real cores of c2sd, routerd and sm in one process, with a clock, links, a
 * database and clients that one seed decides. */
#ifndef POSTHOUSE_TESTS_SIM_H
#define POSTHOUSE_TESTS_SIM_H

#include "c2sd/client.h"
#include "routerd/router.h"
#include "sm/store/store.h"

#define ACCOUNTS  3u
#define PEOPLE    4u /* clients: the last is another of the first account */
#define QUESTIONS 6u
#define ZOMBIES   8u
#define MESSAGES  24u
#define PROCESSES 5u
#define MAX_CALLS 4096u
#define MAX_ROWS  512u

struct world;

enum process_kind { PROCESS_C2SD, PROCESS_SM, PROCESS_AUTHD };

/* A call of the store that waits for its commit. */
struct call {
    enum call_kind {
        CALL_LOAD,
        CALL_ADD,
        CALL_REFER,
        CALL_KEEP,
        CALL_TAKEN,
        CALL_RELEASE,
        CALL_FETCHED,
        CALL_REMOVE,
        CALL_OFFLINE,
        CALL_WRITE,
        CALL_READ
    } kind;
    struct account *account;
    store_done *done;
    store_rows *rows;
    store_found *found; /* in place of rows */
    void *ctx;
    char user[16], origin[128], holder[80], stanza[1024];
    unsigned ordinal;
    int64_t created_ms, id;
    bool has_holder, is_passing;
    int64_t sender, recipient; /* numbers; 0: not in that archive */
};

/* What waits; its `id` is its place. */
struct row {
    struct call as;
    bool fetched;
    int64_t message;
};

/* A message of the store. */
struct stored {
    int64_t id, sender, recipient;
    unsigned ordinal;
    bool is_passing;
    char origin[128], stanza[1024];
};

struct store {
    struct world *world;
    struct call calls[MAX_CALLS];
    size_t first, count;
};

struct process {
    struct world *world;
    enum process_kind kind;
    unsigned instance;
    uint64_t epoch;
    bool is_alive, is_draining;
    int64_t back_ms, stalled_ms, tick_ms, settle_ms, hit_ms;
    struct channels *channels;
    struct buf out, in, up, down; /* core's, core's, towards and from routerd */
    struct router_peer *peer;     /* NULL: no link */
    struct buf at_router;
    struct c2sd c2sd;
    struct sm sm;
    struct store store;
};

struct message {
    bool is_sent, is_acked, is_bounced;
    int64_t sent_ms;
    int delivered; /* or taken by the kernel, for one without XEP-0198 */
    unsigned got[PEOPLE]; /* generation of the session that got it last */
    unsigned copied[PEOPLE]; /* the same as a carbon copy */
};

/* An IQ to a full JID. */
struct question {
    bool is_acked, is_void; /* void: who was asked left, or never answered */
    unsigned answers, generation;
};

struct person {
    struct world *world;
    unsigned index, at; /* which c2sd */
    struct client *client;
    struct buf in, out, got;
    enum {
        AWAY,
        HEADER_SENT,
        AUTH_SENT,
        AGAIN,
        BINDING,
        ENABLING,
        RESUMING,
        ONLINE
    } state;
    bool is_plain; /* has no XEP-0198 */
    bool is_leaving;
    int64_t again_ms;
    char resume_id[64];
    unsigned generation;
    int64_t begun_ms; /* this generation */
    uint32_t h_in, h_acked, h_sent;     /* counts of XEP-0198 */
    int outstanding[MESSAGES * 4 + 128]; /* by h: what was said (talk.c) */
    unsigned last_seq[PEOPLE][2];        /* to the bare and the full JID */
    unsigned asked;
    struct {
        unsigned from, number;
    } unacked[MESSAGES * PEOPLE * 2]; /* came, and was not acknowledged */
    unsigned unacked_count;
};

/* A connection whose client is gone, which its c2sd does not know yet. */
struct zombie {
    struct client *client; /* NULL: none */
    unsigned at;
    int64_t end_ms;
};

struct world {
    uint64_t random;
    int64_t now_ms;   /* of a clock that nobody sets */
    int64_t unix_ms;  /* how far the wall clock is before it */
    uint64_t setting; /* decides when the wall clock is set, and how */
    bool is_traced;
    struct router *router; /* NULL: dead */
    int64_t router_ms;
    struct process processes[PROCESSES];
    struct person people[PEOPLE];
    struct message messages[PEOPLE][MESSAGES];
    struct question questions[PEOPLE][QUESTIONS];
    struct zombie zombies[ZOMBIES];
    bool says_full, asks, wants_carbons, leaves;
    int priority_of_second;
    unsigned said[PEOPLE];
    struct row rows[MAX_ROWS];
    size_t row_count;
    struct stored stored[MAX_ROWS];
    size_t stored_count;
    int64_t last_row;
    bool is_double; /* two processes were hit shortly after one another */
    unsigned excused;
    unsigned overtaken; /* what a session before had, by what was stored since */
    char failure[512];
};

/* A number below `below`, the same for the same seed. */
unsigned pick(struct world *world, unsigned below);
/* Tells what happens, when the seed is run alone. */
void trace(const struct world *world, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Something does not hold: the schedule has failed; the first reason counts. */
void broken(struct world *world, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* The same of what is promised only while one process dies at a time. */
void broken_by_one(struct world *world, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* The configuration that all simulated processes share. */
const struct config *sim_config(void);

/* It looks at the clocks. */
void process_tell_time(struct process *process);
/* Starts it with nothing but what its store knows. */
void process_start(struct process *process);
/* kill -9; it is back a while later. */
void process_crash(struct process *process);
/* A c2sd is asked to stop; it ends when it has drained. */
void process_drain(struct process *process);
/* The connection to the router breaks; both live. */
void process_cut(struct process *process);
/* One step: frames that have come, timers, its restart. */
void process_step(struct process *process);
/* The end of its turn: acknowledgements are due. */
void process_turn(struct process *process);
/* All links break; what was in them is lost. */
void router_crash(struct world *world);
/* Some of what was written is committed, and told. */
void store_step(struct store *store);
/* What was not committed is forgotten. */
void store_crash(struct store *store);
/* One step of a client: connects, talks when it may, reads, acknowledges. */
void person_step(struct person *person, bool may_talk);
/* Its connection is gone, and c2sd notices later. */
void person_vanish(struct person *person);
/* c2sds notice. */
void zombies_step(struct world *world);
/* This c2sd has died. */
void zombies_forget(struct world *world, unsigned at);
/* Its connection breaks; `is_known`: c2sd notices at once. */
void person_drop(struct person *person, bool is_known);
/* talk.c: what clients say and take, and their books. */
void say(struct person *person, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* What traces call it. */
const char *person_name(unsigned index);
/* The account of a client, and for which one its message of that number is. */
unsigned account_of(unsigned index);
unsigned receiver_of(unsigned from, unsigned number);
/* Presence, and what goes before it. */
void say_hello(struct person *person);
/* One message or question, if any is left. */
void talk(struct person *person);
/* What was not acknowledged, after a resumption. */
void say_again(struct person *person);
/* Whether something asked for by <r/> is not acknowledged: a presence does not
 * count. */
bool is_owed(const struct person *person);
/* The server has so many. */
void take_h(struct person *person, uint32_t h);
void take_message(struct person *person, const char *text);
void take_iq(struct person *person, const char *text);
/* Tells how many came. */
void acknowledge(struct person *person);
/* Ends the stream without acknowledging. */
void leave(struct person *person);
/* A new session: the counts begin anew. */
void forget_session(struct person *person);
/* checks.c: what holds at any time, and what in the end. */
void check_bounds(struct world *world);
/* Everything acknowledged has arrived, once and in order. */
void check_end(struct world *world);

#endif

/* A load generator for XMPP servers: pairs of clients that log in, idle and
 * chat, and what that costs. */
#ifndef POSTHOUSE_LOAD_H
#define POSTHOUSE_LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/mem/mem.h"
#include "process.h"
#include "tests/client/client.h"

struct load_options {
    const char *host;
    unsigned port;
    const char *domain;
    const char *password;
    const char *mechanism; /* PLAIN, SCRAM-SHA-1, SCRAM-SHA-256 */
    enum client_tls tls;
    unsigned connections;
    unsigned parallel; /* logins under way at once */
    unsigned pairs;
    unsigned window;      /* messages of one pair under way at once */
    unsigned rate;        /* messages per second in the paced run */
    const char *room;     /* all join this one instead of talking in pairs */
    unsigned messages;    /* said in the room */
    unsigned seconds;     /* of each run */
    unsigned contacts;    /* of each person, in the run of presence */
    bool befriended;      /* they are contacts already */
    const char *env_path; /* posthouse.env, for the pids of daemons */
    const char *parts; /* names with commas between them; NULL: all */
    const char *pids[16]; /* NAME=PID,PID… of other servers */
    unsigned pids_count;
};

struct load;
struct processes;
struct process_sample;

struct speaker {
    struct client client; /* first: callbacks get its address */
    struct load *load;
    unsigned number; /* user load<number> */
    bool is_online;
    uint64_t sent, received; /* of its pair: the sender's, the receiver's */
    uint8_t *seen;           /* bits of the occupants whose presence came */
};

struct latencies {
    uint32_t *microseconds;
    size_t count, cap;
};

struct load {
    struct load_options options;
    struct client_wire wire;
    struct speaker *speakers;
    unsigned started, online, failed;
    void (*receive)(struct speaker *speaker); /* of the run at hand */
    uint64_t heard_ns;                        /* in the run of presence */
    bool refill; /* saturated run: answer each message by the next */
    uint64_t delivered, presences, joined;
    uint64_t again; /* presences that had come before */
    bool is_room_open;
    uint64_t wrong; /* lost, doubled or out of order */
    struct latencies latencies;
};

/* options.c: false after telling what is wrong. */
MUST_CHECK bool load_options_parse(struct load_options *options, int argc,
                                   char **argv);

/* speaker.c: from the start of a connection to presence. */
void speaker_start(struct load *load, unsigned number);
/* The callbacks of a client_wire. */
void speaker_on_ready(struct client *client);
/* on_input. */
void speaker_on_input(struct client *client);
/* on_failed. */
void speaker_on_failed(struct client *client, enum client_state state,
                       const char *why);

/* traffic.c: messages between pairs. */
void traffic_send(struct speaker *sender);
/* Counts and checks the messages that have come in. */
void traffic_receive(struct speaker *speaker);

/* room.c: takes what has come in of a room. */
void room_receive(struct speaker *speaker);
/* All join one room, then one of them speaks to the others. */
bool run_room(struct load *load, const struct processes *processes);

/* contacts.c: takes what has come in of contacts. */
void contacts_receive(struct speaker *speaker);
/* Presence is told to contacts. False when some was lost. */
bool contacts_run(struct load *load, const struct processes *processes);

/* offline.c: messages to people who are away. False when some were lost. */
bool offline_run(struct load *load, const struct processes *processes);

/* runs.c: what `make bench` prints. */
bool run_all(struct load *load);
/* Waits until the server has nothing left to do, and samples it. */
void load_settle(struct load *load, const struct processes *processes,
                 struct process_sample *sample);
/* What each group of processes used between two samples, per unit of work. */
void print_shares(const struct processes *processes,
                  const struct process_sample *before,
                  const struct process_sample *after, uint64_t per,
                  const char *unit);

#endif

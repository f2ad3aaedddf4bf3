/* c2sd: client streams. What all clients of the process share. */
#ifndef POSTHOUSE_C2SD_H
#define POSTHOUSE_C2SD_H

#include "common/channel/channel.h"
#include "common/config/config.h"
#include "common/jid/jid.h"
#include "common/stanza/stanza.h"
#include "spare.h"

struct client;
struct ended;
struct recent;

/* What the core asks of the shell about a connection. */
struct c2sd_effects {
    /* Channel binding bytes by type (tls.h); absent when there are none. */
    struct str (*binding)(void *connection, struct arena *arena,
                          struct str type);
    /* Verified addresses of the client's certificate; absent when none. */
    struct str (*certificate)(void *connection, struct arena *arena);
    /* There is something to write, or to read again. */
    void (*wake)(void *connection);
    /* Whether there are channel binding bytes of that type. */
    bool (*has_binding)(void *connection, struct str type);
};

struct c2sd {
    const struct config *config;
    struct channels *channels;
    const struct c2sd_effects *effects;
    struct str address;     /* "c2s/0" */
    int64_t now_ms;         /* of a clock that nobody sets; told by the shell */
    struct client *clients; /* by sid */
    uint64_t last_sid;      /* fits in 32 bits; see c2sd_first_sid */
    struct recent *recents[JID_SHARDS];
    struct ended *ended[JID_SHARDS];
    char caps[29]; /* hash of the server's features (XEP-0115); "": unknown */
    unsigned next_auth; /* authds take turns */
    bool is_draining;   /* it stops: nobody is read any more */
    int64_t drain_until_ms;
    struct xml_parser *parser; /* for what other daemons say */
    struct arena arena;        /* of the element at hand */
    struct buf scratch;
    struct spare spare; /* memory for clients' output */

    /* counters for <stats/> */
    uint64_t connections, sessions, stanzas_in, stanzas_out, logins, refused;
};

/* Where a process begins to count its streams: behind those of the process
 * before it, to which sm may still say something. 31 bits of milliseconds. */
uint64_t c2sd_first_sid(int64_t now_ms);
/* Readies a struct whose config, channels, effects and address are set. */
void c2sd_init(struct c2sd *c2sd);
/* Frees everything but the channels. */
void c2sd_clear(struct c2sd *c2sd);
/* The client of a stream; NULL: none. */
struct client *c2sd_client(const struct c2sd *c2sd, uint64_t sid);
/* The next authd in turn; NULL when none is there. */
struct channel *c2sd_choose_auth(struct c2sd *c2sd);
/* Whether a prepared domain is one of ours. */
bool c2sd_serves(const struct c2sd *c2sd, struct str domain);
/* Events of the channels. */
void c2sd_on_frame(struct c2sd *c2sd, struct channel *channel,
                   const struct frame *frame);
/* What was sent with this cookie is final: a stanza, or a session's end. */
void c2sd_on_discharged(struct c2sd *c2sd, struct channel *channel,
                        void *cookie);
/* A full channel takes frames again: clients that waited are read on. */
void c2sd_on_writable(struct c2sd *c2sd, struct channel *channel);
/* An sm or authd has forgotten all: sm asks for its sessions by a datagram,
 * logins under way fail. */
void c2sd_on_peer_restarted(struct c2sd *c2sd, struct channel *channel);
/* An address is gone; logins that its authd judges fail. */
void c2sd_on_down(struct c2sd *c2sd, struct str address);
/* <restore/> of an sm that has come back; all else is passed over. */
void c2sd_on_datagram(struct c2sd *c2sd, const struct frame *frame);
/* Once per second. */
void c2sd_tick(struct c2sd *c2sd);
/* drain.c: the daemon was asked to stop. From now on no client is read. */
void c2sd_drain_begin(struct c2sd *c2sd);
/* Ends the stream of each client whose stanzas are all discharged, and of all
 * when c2sd.drain-timeout has passed. True when nothing is left to be said or
 * waited for; call it again and again until then. */
bool c2sd_drain(struct c2sd *c2sd);
/* restore.c: answers an sm that has come back without memory. */
void c2sd_restore(struct c2sd *c2sd, struct str to, const struct xml *ask);

#endif

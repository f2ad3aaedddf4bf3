/* The rooms of multi-user chat (XEP-0045). A core without I/O: frames come in
 * from channels, rows from the store (store.h), the time is told; frames leave
 * through the channels, writes through the store.
 *
 * A room lives in the process that owns the shard of its bare JID, at the
 * address "muc/SHARD". Instance 0 also binds the rooms' domains themselves and
 * passes on what comes there. */
#ifndef POSTHOUSE_MUCD_H
#define POSTHOUSE_MUCD_H

#include "common/channel/channel.h"
#include "common/config/config.h"
#include "common/jid/jid.h"
#include "common/stanza/stanza.h"

struct duty;
struct reserved;
struct room;
struct seat;
struct store;

#define MUCD_BUCKETS 4096u

/* What a user may do only so often (rate.h). */
enum rate_kind { RATE_JOIN, RATE_QUERY, RATE_INVITE, RATE_REQUEST, RATE_COUNT };

struct mucd {
    const struct config *config;
    struct channels *channels;
    struct store *store;
    int64_t now_ms;    /* Unix time, told by the shell at each event */
    int64_t steady_ms; /* a clock that nobody sets, for durations; likewise */
    unsigned instance, of; /* owns the shards with shard % of == instance */

    struct xml_parser *parser;
    struct arena arena;        /* of the event at hand; reset before the next */
    struct duty *duty;         /* of the frame at hand; NULL: none */
    struct buf out;            /* scratch for one stanza's bytes */
    struct buf frame;          /* scratch for a frame around it */
    struct room *rooms;        /* by bare JID */
    struct reserved *reserved; /* by bare JID (department.h) */
    /* Receivers of the fan-out at hand, by the sm address that gets them. */
    struct buf receivers[JID_SHARDS];
    unsigned receiver_counts[JID_SHARDS];
    struct seat *foreign; /* those whose users are not ours */
    /* By the user: when the next is in time. */
    int64_t rates[RATE_COUNT][MUCD_BUCKETS];
    /* An sm process takes what is for its users at one address: the lowest
     * shard that it has bound. */
    uint8_t lead[JID_SHARDS];
    char *shard_nodes[JID_SHARDS];

    unsigned archive_queries; /* under way */
    size_t held_bytes;        /* in all rooms (held.h) */

    /* counters for <stats/> */
    uint64_t room_count, occupant_count, messages, deliveries, refused_frames;
};

/* The parser and the shards as they are before the router has spoken. config,
 * channels, store, instance and of are set before. */
void mucd_init(struct mucd *mucd);
/* Frees everything; nothing is sent and nothing written. */
void mucd_clear(struct mucd *mucd);

/* --- events, called by the shell ------------------------------------------ */

/* A frame for one of our addresses. It is discharged when its effects are
 * committed and handed on; one that a peer must not send is dropped with a log
 * line. */
void mucd_on_frame(struct mucd *mucd, struct channel *channel,
                   const struct frame *frame);
/* The next process has a frame of ours; cookie is the duty that waited. */
void mucd_on_discharged(struct mucd *mucd, void *cookie);
/* An address was bound: which process has which shard of sm. */
void mucd_on_up(struct mucd *mucd, struct str address, struct str node);
/* Once per second. */
void mucd_tick(struct mucd *mucd);

/* --- small questions ------------------------------------------------------ */

/* Whether a prepared domain is one of the service's. */
bool mucd_serves(const struct mucd *mucd, struct str domain);
/* Whether the users of this domain are ours. */
bool mucd_serves_users(const struct mucd *mucd, struct str domain);
/* Whether the room at this bare JID lives in this process. */
bool mucd_owns(const struct mucd *mucd, struct str bare_jid);
/* Whether a bare JID is an administrator's (posthouse.conf). */
bool mucd_is_admin(const struct mucd *mucd, struct str bare_jid);

#endif

/* s2sd's core, without I/O: streams from and to other servers, what waits for
 * them, and the link to the suite. Bytes, frames and the time come in; effects
 * leave through a table. */
#ifndef POSTHOUSE_S2SD_H
#define POSTHOUSE_S2SD_H

#include "common/config/config.h"
#include "common/jid/jid.h"
#include "common/log/log.h"
#include "parcel.h"

struct stream;
struct target;
struct caller;
struct repeats;

/* What the core makes happen outside of itself. */
struct s2sd_effects {
    /* Finds and connects the server of stream->remote; answers once by
     * stream_connected or stream_not_connected, never from inside of this call.
     */
    void (*dial)(void *ctx, struct stream *stream);
    /* The stream that is being dialled is given up: no answer any more, and no
     * other place is tried when it has been connected in vain. */
    void (*give_up)(void *ctx, struct stream *stream);
    /* The stream has something to write, or wants to be read again. */
    void (*wake)(void *connection);
    /* Whether the peer's certificate is valid for this domain, or why not. */
    bool (*peer_is)(void *connection, struct str domain, struct error *why);
};

struct s2sd {
    const struct config *config;
    struct channels *channels;
    const struct s2sd_effects *effects;
    void *ctx;          /* of dial and give_up */
    struct str secret;  /* of dialback; borrowed */
    struct str address; /* "s2s/INSTANCE": all that comes in is sent from it */
    unsigned instance, of;
    int64_t now_ms;
    struct stream *streams; /* list of all */
    struct target *targets; /* by domain */
    struct target *failed;  /* those that failed last, the oldest first */
    struct caller *callers; /* by network */
    struct xml_parser *parser;
    struct arena arena; /* of one frame, or one tick */
    struct buf scratch;
    bool is_draining, is_stopping;
    int64_t drain_until_ms;
    struct repeats *repeats; /* of the suite, that may come again */
    struct log_limit log_limit; /* for what strangers may cause at will */
    uint64_t streams_in, streams_out, stanzas_in, stanzas_out, bounced, refused;
};

/* To be called once the caller has set what is his. */
void s2sd_init(struct s2sd *s2sd);
/* The streams have been lost (stream_lost) by then. */
void s2sd_clear(struct s2sd *s2sd);
/* Begins nothing new from here on, connects nowhere, and reads no stream but for
 * its acknowledgements. */
void s2sd_drain_begin(struct s2sd *s2sd);
/* Whether all that was under way is at its end, or s2sd.drain-timeout is over. */
MUST_CHECK bool s2sd_drain(const struct s2sd *s2sd);
/* Ends all streams. What waits, or is not known to have arrived, is neither
 * returned nor discharged any more: its senders keep it for the next s2sd. */
void s2sd_stop(struct s2sd *s2sd);

/* Events of the link (common/channel/channel.h). */
void s2sd_on_frame(struct s2sd *s2sd, struct channel *channel,
                   const struct frame *frame);
/* What was sent with this cookie is final. */
void s2sd_on_discharged(struct s2sd *s2sd, void *cookie);
/* The channel has room again: streams that waited for it are read. */
void s2sd_on_writable(struct s2sd *s2sd, const struct channel *channel);
/* Once per second: timeouts. */
void s2sd_tick(struct s2sd *s2sd);

/* Whether the suite answers for this prepared domain: a served one, a
 * service's, a component's. */
bool s2sd_is_ours(const struct s2sd *s2sd, struct str domain);
/* Sends a stanza into the suite; errand (may be NULL) is done when its receiver
 * has discharged it. NULL when nobody answers at that domain now, else the
 * channel. */
struct channel *s2sd_deliver(struct s2sd *s2sd, const struct xml *stanza,
                             const struct jid *to, struct str origin,
                             struct errand *errand);
/* Returns a parcel to its sender with an error, when it may be answered by one,
 * and takes it over. */
void s2sd_bounce(struct s2sd *s2sd, struct parcel *parcel,
                 enum stanza_error condition, const char *text);

#endif

/* s2sd's core between a suite and servers that the tests play. */
#ifndef POSTHOUSE_S2SD_WORLD_H
#define POSTHOUSE_S2SD_WORLD_H

#include <stdlib.h>
#include <string.h>

#include "common/service/service.h"
#include "s2sd/dialback.h"
#include "s2sd/stream.h"
#include "s2sd/target.h"

#define SECRET "0123456789abcdef0123456789abcdef"

struct world {
    struct s2sd s2sd;
    struct config *config;
    struct channels *others; /* all of sm, and mucd */
    struct buf out, others_out;
    struct stream *dialled;  /* the last that was asked for; NULL: none */
    const char *certificate; /* the domain for which a peer's is valid */
    struct buf arrived;      /* bodies that the suite was given */
    bool holds;              /* the suite discharges nothing */
    struct channel *held_on; /* what it holds: the last frame then */
    uint64_t held_seq;
    unsigned discharged;     /* frames of the suite */
};

/* --- the link ------------------------------------------------------------- */

static void on_other_frame(void *ctx, struct channel *channel,
                           const struct frame *frame)
{
    struct world *w = ctx;

    buf_add(&w->arrived, frame->body);
    if (!w->holds) {
        channel_discharge(channel, frame->seq);
        return;
    }
    w->held_on = channel;
    w->held_seq = frame->seq;
}
static void on_other_discharged(void *ctx, struct channel *channel,
                                uint64_t seq, void *cookie)
{
    (void)channel, (void)seq, (void)cookie;
    ((struct world *)ctx)->discharged++;
}
static void on_frame(void *ctx, struct channel *channel,
                     const struct frame *frame)
{
    s2sd_on_frame(&((struct world *)ctx)->s2sd, channel, frame);
}
static void on_discharged(void *ctx, struct channel *channel, uint64_t seq,
                          void *cookie)
{
    (void)channel, (void)seq;
    s2sd_on_discharged(&((struct world *)ctx)->s2sd, cookie);
}

static void tell(struct channels *channels, enum link_verb verb,
                 struct str address)
{
    const struct link_item item = {
        .verb = verb, .address = address, .node = STR("other.0")};

    channels_receive(channels, &item);
}

static void pass(struct world *w, struct channels *from,
                 const struct link_item *item)
{
    if (item->verb == LINK_BIND) {
        tell(from, LINK_BOUND, item->address);
        tell(w->s2sd.channels, LINK_UP, item->address);
        tell(w->others, LINK_UP, item->address);
    } else if (item->verb == LINK_ROUTE) {
        channels_receive(address_parse(item->frame.to, NULL) == ADDRESS_S2S
                             ? w->s2sd.channels
                             : w->others,
                         item);
    }
}

static bool pump_one(struct world *w, struct buf *out, struct channels *from)
{
    struct buf bytes = *out;
    struct str rest = buf_view(&bytes);
    struct link_item item;
    size_t used;

    *out = (struct buf){0};
    if (rest.len == 0)
        return false;
    while (rest.len > 0 && link_scan(rest, &item, &used) == LINK_ITEM) {
        pass(w, from, &item);
        rest.p += used;
        rest.len -= used;
    }
    buf_clear(&bytes);
    return true;
}

/* All that is under way on the link arrives. */
static inline void settle(struct world *w)
{
    bool has_moved = true;

    while (has_moved) {
        channels_flush_acks(w->s2sd.channels);
        channels_flush_acks(w->others);
        has_moved = pump_one(w, &w->out, w->s2sd.channels);
        has_moved |= pump_one(w, &w->others_out, w->others);
    }
}

/* --- effects -------------------------------------------------------------- */

static void on_dial(void *ctx, struct stream *stream)
{
    ((struct world *)ctx)->dialled = stream;
}
static void on_give_up(void *ctx, struct stream *stream)
{
    (void)stream;
    ((struct world *)ctx)->dialled = NULL;
}
static void on_wake(void *connection)
{
    (void)connection;
}
static bool on_peer_is(void *connection, struct str domain, struct error *why)
{
    const struct world *w = connection;

    return (w->certificate && str_is(domain, w->certificate)) ||
           error_set(why, "self-signed certificate");
}

/* --- the world ------------------------------------------------------------ */

static inline struct world *world_new(const char *settings)
{
    static const struct channel_events events = {
        .on_frame = on_frame, .on_discharged = on_discharged};
    static const struct channel_events other_events = {
        .on_frame = on_other_frame, .on_discharged = on_other_discharged};
    static const struct s2sd_effects effects = {on_dial, on_give_up, on_wake,
                                                on_peer_is};
    struct world *w = NEW(struct world);
    struct buf text = {0};
    struct error error;
    char address[32];

    buf_printf(&text, "domains = {\"our.example\", \"second.example\"}\n%s\n",
               settings);
    buf_add_char(&text, '\0');
    w->config = config_parse(buf_view(&text).p, &error);
    if (!w->config)
        abort(); /* the test's own mistake */
    buf_clear(&text);
    w->s2sd = (struct s2sd){.config = w->config,
                            .effects = &effects,
                            .ctx = w,
                            .secret = STR(SECRET),
                            .address = STR("s2s/0"),
                            .of = 1,
                            .now_ms = 1000000};
    w->s2sd.channels = channels_new(&events, w, &w->out, 1u << 20);
    w->others = channels_new(&other_events, w, &w->others_out, 1u << 20);
    channels_link_up(w->s2sd.channels, STR("s2sd.0"));
    channels_link_up(w->others, STR("other.0"));
    for (unsigned i = 0; i < FEDERATION_ADDRESSES; i++)
        channels_bind(w->s2sd.channels, address_write(address, ADDRESS_S2S, i),
                      7);
    for (unsigned i = 0; i < JID_SHARDS; i++)
        channels_bind(w->others, address_write(address, ADDRESS_SM, i), 9);
    s2sd_init(&w->s2sd);
    settle(w);
    return w;
}

static inline void world_free(struct world *w)
{
    struct stream *stream, *next;

    w->s2sd.is_stopping = true;
    for (stream = w->s2sd.streams; stream; stream = next) {
        next = stream->next;
        if (stream->state != STREAM_SUSPENDED)
            stream_lost(stream, "the test ends");
    }
    if (w->held_on) { /* nothing stays owed: every cookie comes back */
        channel_discharge(w->held_on, w->held_seq);
        settle(w);
    }
    s2sd_clear(&w->s2sd);
    channels_free(w->s2sd.channels);
    channels_free(w->others);
    buf_clear(&w->out);
    buf_clear(&w->others_out);
    buf_clear(&w->arrived);
    config_free(w->config);
    free(w);
}

/* Another server says something. */
static inline void hears(struct stream *stream, const char *text)
{
    stream_receive(stream, str_of(text));
}

/* What it has been told since, as a heap string; the kernel has it now. */
static inline char *told(struct stream *stream)
{
    char *text;
    size_t count;

    stream_before_write(stream);
    text = str_dup_heap(buf_view(&stream->out));
    count = buf_len(&stream->out);
    buf_consume(&stream->out, count);
    stream_written(stream, count);
    return text;
}

/* A user of ours sends a stanza. */
static inline void sends(struct world *w, const char *stanza)
{
    char to[32];
    const struct frame frame = {.body = str_of(stanza)};

    channel_send(channels_get(w->others, STR("sm/3"),
                              federation_address(to, STR("their.example"))),
                 &frame, NULL);
    settle(w);
}

static inline void passes(struct world *w, unsigned seconds)
{
    w->s2sd.now_ms += (int64_t)seconds * 1000;
    s2sd_tick(&w->s2sd);
    settle(w);
}

/* A connection of theirs that has its TLS. */
static inline struct stream *comes_in(struct world *w)
{
    struct stream *stream = stream_new_incoming(&w->s2sd, w, "192.0.2.1", true);

    stream_secured(stream);
    hears(stream, "<stream:stream xmlns='jabber:server' "
                  "xmlns:db='jabber:server:dialback' "
                  "xmlns:stream='http://etherx.jabber.org/streams' "
                  "from='their.example' to='our.example' version='1.0'>");
    return stream;
}

/* The dialled server answers, as far as dialback. */
static inline struct stream *answers(struct world *w, const char *features)
{
    struct stream *stream = w->dialled;

    w->dialled = NULL;
    stream_connected(stream, w, "192.0.2.2", true);
    stream_secured(stream);
    hears(stream, "<stream:stream xmlns='jabber:server' "
                  "xmlns:db='jabber:server:dialback' "
                  "xmlns:stream='http://etherx.jabber.org/streams' "
                  "id='theirs' from='their.example' to='our.example' "
                  "version='1.0'>");
    hears(stream, features);
    return stream;
}

#endif

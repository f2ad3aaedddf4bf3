/* One client's stream between bytes and frames. authd and sm are played by the
 * test at the far end of the channels. */
#ifndef POSTHOUSE_TESTS_C2SD_FIXTURE_H
#define POSTHOUSE_TESTS_C2SD_FIXTURE_H

#include "tests/unit/test.h"

#include <stdio.h>

#include "c2sd/client.h"
#include "tests/unit/link.h"

#define HEADER                                                                 \
    "<stream:stream to='example.com' version='1.0' xmlns='jabber:client' "     \
    "xmlns:stream='http://etherx.jabber.org/streams'>"
#define AUTH                                                                   \
    "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' "                          \
    "mechanism='PLAIN'>AGEAYg==</auth>"
#define BIND                                                                   \
    "<iq type='set' id='b1'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>"   \
    "<resource>orchard</resource></bind></iq>"
#define LINK_NS "xmlns='urn:posthouse:link:1'"

struct got {
    uint64_t sid, n, seq;
    struct channel *channel;
    char body[2048];
};

struct fixture {
    struct c2sd c2sd;
    struct client *client;
    struct channels *others; /* auth/0 and all of sm */
    struct buf c2s_out, others_out;
    struct got got[700];
    unsigned wakes;
    size_t got_count;
    bool keeps;
    char said[16384];
    char told[8192]; /* to an sm that has come back */
};

/* --- the link ------------------------------------------------------------- */

static inline void on_other_frame(void *ctx, struct channel *channel,
                                  const struct frame *frame)
{
    struct fixture *t = ctx;
    struct got *got = &t->got[t->got_count++];

    assert_true(t->got_count <= COUNT_OF(t->got));
    *got = (struct got){frame->sid, frame->n, frame->seq, channel, ""};
    snprintf(got->body, sizeof(got->body), "%.*s", STR_ARG(frame->body));
    if (!t->keeps || !frame->n)
        channel_discharge(channel, frame->seq);
}
static inline void on_other_datagram(void *ctx, const struct frame *frame)
{
    struct fixture *t = ctx;
    size_t used = strlen(t->told);

    snprintf(t->told + used, sizeof(t->told) - used, "%.*s",
             STR_ARG(frame->body));
}
static inline void on_datagram(void *ctx, const struct frame *frame)
{
    c2sd_on_datagram(&((struct fixture *)ctx)->c2sd, frame);
}
static inline void on_frame(void *ctx, struct channel *channel,
                            const struct frame *frame)
{
    c2sd_on_frame(&((struct fixture *)ctx)->c2sd, channel, frame);
}
static inline void on_discharged(void *ctx, struct channel *channel,
                                 uint64_t seq, void *cookie)
{
    (void)seq;
    c2sd_on_discharged(&((struct fixture *)ctx)->c2sd, channel, cookie);
}

static inline void settle(struct fixture *t)
{
    const struct link_ends ends = {t->c2sd.channels, "c2s/", t->others};
    bool busy = true;

    while (busy) {
        channels_flush_acks(t->c2sd.channels);
        channels_flush_acks(t->others);
        busy = link_carry(&ends, t->c2sd.channels, &t->c2s_out);
        busy |= link_carry(&ends, t->others, &t->others_out);
    }
}

/* --- life ----------------------------------------------------------------- */

static inline struct str no_binding(void *connection, struct arena *arena,
                                    struct str type)
{
    (void)connection, (void)arena, (void)type;
    return STR_NONE;
}
static inline bool has_no_binding(void *connection, struct str type)
{
    (void)connection, (void)type;
    return false;
}
static inline struct str no_certificate(void *connection, struct arena *arena)
{
    (void)connection, (void)arena;
    return STR_NONE;
}
static inline void count_wake(void *connection)
{
    ((struct fixture *)connection)->wakes++;
}

static inline int setup_with(void **state, const char *settings)
{
    static const struct c2sd_effects effects = {no_binding, no_certificate,
                                                count_wake, has_no_binding};
    static const struct channel_events events = {.on_frame = on_frame,
                                                 .on_discharged = on_discharged,
                                                 .on_datagram = on_datagram};
    static const struct channel_events other_events = {
        .on_frame = on_other_frame, .on_datagram = on_other_datagram};
    struct fixture *t = NEW(struct fixture);
    struct error error;
    char text[512], address[32];

    snprintf(text, sizeof(text), "domains = {\"example.com\"}\n%s", settings);
    t->c2sd.config = config_parse(text, &error);
    assert_non_null(t->c2sd.config);
    t->c2sd.effects = &effects;
    t->c2sd.address = STR("c2s/0");
    t->c2sd.now_ms = 1000000;
    t->c2sd.channels = channels_new(&events, t, &t->c2s_out, 1 << 20);
    t->others = channels_new(&other_events, t, &t->others_out, 1 << 20);
    c2sd_init(&t->c2sd);
    channels_bind(t->c2sd.channels, STR("c2s/0"), 1);
    channels_bind(t->others, STR("auth/0"), 1);
    for (unsigned i = 0; i < JID_SHARDS; i++)
        channels_bind(t->others, address_write(address, ADDRESS_SM, i), 1);
    channels_link_up(t->c2sd.channels, STR("c2sd.0"));
    channels_link_up(t->others, STR("sm.0"));
    settle(t);
    t->client = client_new(&t->c2sd, t, "192.0.2.1", true);
    *state = t;
    return 0;
}
static inline int setup(void **state)
{
    return setup_with(state, "");
}

static inline int teardown(void **state)
{
    struct fixture *t = *state;

    client_free(t->client);
    c2sd_clear(&t->c2sd);
    channels_free(t->c2sd.channels);
    channels_free(t->others);
    buf_clear(&t->c2s_out);
    buf_clear(&t->others_out);
    config_free((struct config *)t->c2sd.config);
    free(t);
    return 0;
}

/* --- a conversation ------------------------------------------------------- */

static inline void hears(struct fixture *t, const char *bytes)
{
    client_receive(t->client, str_of(bytes));
    settle(t);
    client_continue(t->client);
    settle(t);
}

/* What was written to the client since the last call; the kernel takes it. */
static inline const char *said(struct fixture *t)
{
    struct str view = buf_view(&t->client->out);

    snprintf(t->said, sizeof(t->said), "%.*s", STR_ARG(view));
    buf_consume(&t->client->out, view.len);
    client_written(t->client, view.len);
    settle(t);
    return t->said;
}

static inline const struct got *last(const struct fixture *t)
{
    static const struct got nothing;

    return t->got_count ? &t->got[t->got_count - 1] : &nothing;
}

/* Sends to the client's stream from whoever sent the last frame's answer. */
static inline void answers(struct fixture *t, const char *remote, uint64_t n,
                           const char *body)
{
    const struct frame frame = {
        .sid = t->client->sid, .n = n, .body = str_of(body)};

    channel_send(channels_get(t->others, str_of(remote), STR("c2s/0")), &frame,
                 NULL);
    settle(t);
    if (t->c2sd.clients)
        client_continue(t->client);
    settle(t);
}

static inline const char *shard(const struct fixture *t)
{
    static char address[32];

    snprintf(address, sizeof(address), "%.*s",
             STR_ARG(channel_remote(t->client->sm)));
    return address;
}

static inline void authenticates(struct fixture *t)
{
    hears(t, HEADER);
    hears(t, AUTH);
    answers(t, "auth/0", 0,
            "<auth-success " LINK_NS " jid='romeo@example.com' grant='g'/>");
}

static inline void logs_in(struct fixture *t)
{
    authenticates(t);
    hears(t, HEADER);
    hears(t, BIND);
    answers(t, shard(t), 0,
            "<session-opened " LINK_NS " jid='romeo@example.com/orchard'/>");
    said(t);
}

#define assert_contains(text, part)                                            \
    do {                                                                       \
        const char *text_ = (text);                                            \
        if (!strstr(text_, part))                                              \
            fail_msg("no %s in %s", part, text_);                              \
    } while (0)

static inline void asks(struct fixture *t)
{
    const struct frame frame = {
        .body = STR("<restore " LINK_NS " instance='0' of='1'/>")};

    t->told[0] = '\0';
    channels_send_datagram(t->others, STR("sm/0"), STR("c2s/0"), &frame);
    settle(t);
}

static inline void enables(struct fixture *t)
{
    logs_in(t);
    hears(t, "<enable xmlns='urn:xmpp:sm:3' resume='true'/>");
    answers(t, shard(t), 0,
            "<session-enabled " LINK_NS " id='abc' max='300'/>");
    assert_contains(said(t), "resume='true'");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

#endif

/* What single steps of a stanza's way cost, in nanoseconds of CPU: a table of
 * steps, each run until half a second has passed, five times; the fastest of
 * them counts. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "common/channel/channel.h"
#include "common/jid/jid.h"
#include "common/link/link.h"
#include "common/xml/xml.h"
#include "routerd/router.h"

#define ROUND_NS 100000000u
#define ROUNDS   5
#define BATCH    64u /* between two looks at the clock */
#define USER_ID  1000u
#define STANZA                                                                 \
    "<message xmlns='jabber:client' from='romeo@example.com/orchard' "         \
    "to='juliet@example.com' type='chat' id='m17'><body>It is the east, and "  \
    "Juliet is the sun. Arise, fair sun, and kill the envious moon, who is "   \
    "already sick and pale with grief.</body><request "                        \
    "xmlns='urn:xmpp:receipts'/></message>"

struct bench {
    struct arena arena;
    struct buf out;
    struct str wire; /* a frame as it travels */
    struct xml_stream *stream;
    struct xml_parser *parser;
    struct xml *stanza;
    struct channels *sender, *receiver;
    struct channel *channel;
    struct buf sent, answered;
    struct router *router;
    struct router_peer *from, *to;
    uint64_t checks; /* keeps results alive */
};

static struct frame a_frame(void)
{
    return (struct frame){
        .to = STR("sm/17"),
        .from = STR("c2s/1"),
        .sid = 0x4f2a,
        .seq = 901,
        .ack = 877,
        .low = 890,
        .n = 12,
        .origin = STR("c2s/1:1700000000000000:sm/17:901"),
        .body = STR(STANZA),
    };
}

static void fail(const char *what)
{
    fprintf(stderr, "micro_bench: %s\n", what);
    exit(EXIT_FAILURE);
}

/* --- steps ---------------------------------------------------------------- */

static void scan_frame(struct bench *bench)
{
    struct link_item item;
    size_t used;

    if (link_scan(bench->wire, &item, &used) != LINK_ITEM)
        fail("a frame of our own is none");
    bench->checks += used;
}

static void write_frame(struct bench *bench)
{
    const struct frame frame = a_frame();

    buf_reset(&bench->out);
    link_write_frame(&bench->out, &frame);
}

static void parse_client(struct bench *bench)
{
    struct str bytes = STR(STANZA);
    struct xml *out = NULL;

    arena_reset(&bench->arena);
    if (xml_stream_feed(bench->stream, &bench->arena, &bytes, &out) !=
        XML_STANZA)
        fail("the stanza is none");
}

static void parse_body(struct bench *bench)
{
    arena_reset(&bench->arena);
    if (!xml_parse(bench->parser, &bench->arena, STR(STANZA)))
        fail("the stanza is none");
}

static void write_stanza(struct bench *bench)
{
    buf_reset(&bench->out);
    xml_write(&bench->out, bench->stanza, STR("jabber:client"));
}

static void parse_jid(struct bench *bench, struct str text)
{
    struct jid jid;

    arena_reset(&bench->arena);
    if (!jid_parse(&jid, &bench->arena, text))
        fail("the address is none");
    bench->checks += jid.full.len;
}

static void parse_plain_jid(struct bench *bench)
{
    parse_jid(bench, STR("romeo@example.com/orchard"));
}

static void parse_other_jid(struct bench *bench)
{
    parse_jid(bench, STR("Юлия@example.com/балкон"));
}

static void find_shard(struct bench *bench)
{
    bench->checks += jid_shard(STR("romeo@example.com"));
}

/* All that waits at one end goes to the other. */
static void carry(struct buf *from, struct channels *to)
{
    struct str bytes = buf_view(from);
    struct link_item item;
    size_t used;

    while (bytes.len > 0 && link_scan(bytes, &item, &used) == LINK_ITEM) {
        channels_receive(to, &item);
        bytes.p += used;
        bytes.len -= used;
    }
    buf_reset(from);
}

/* Sent, received, discharged and acknowledged. */
static void send_on_channel(struct bench *bench)
{
    const struct frame frame = {.sid = 1, .n = 1, .body = STR(STANZA)};

    channel_send(bench->channel, &frame, NULL);
    carry(&bench->sent, bench->receiver);
    channels_flush_acks(bench->receiver);
    carry(&bench->answered, bench->sender);
}

static void route_frame(struct bench *bench)
{
    if (router_receive(bench->router, bench->from, bench->wire) !=
        bench->wire.len)
        fail("the router does not take the frame");
    buf_reset(router_output(bench->to));
    router_written(bench->router, bench->to);
}

struct step {
    const char *name;
    void (*run)(struct bench *bench);
};

static const struct step steps[] = {
    {"link: scan a frame", scan_frame},
    {"link: write a frame", write_frame},
    {"xml: parse a stanza of a client", parse_client},
    {"xml: parse a frame's content", parse_body},
    {"xml: write a stanza", write_stanza},
    {"jid: parse, ASCII", parse_plain_jid},
    {"jid: parse, Cyrillic", parse_other_jid},
    {"jid: shard", find_shard},
    {"channel: send, discharge, acknowledge", send_on_channel},
    {"routerd: forward a frame", route_frame},
};

/* --- what the steps need -------------------------------------------------- */

static void on_frame(void *ctx, struct channel *channel,
                     const struct frame *frame)
{
    (void)ctx;
    channel_discharge(channel, frame->seq);
}

static void tell(struct channels *channels, enum link_verb verb,
                 const char *address)
{
    const struct link_item item = {
        .verb = verb, .address = str_of(address), .node = STR("other.0")};

    channels_receive(channels, &item);
}

static void make_channel(struct bench *bench)
{
    static const struct channel_events none = {0},
                                       events = {.on_frame = on_frame};

    bench->sender = channels_new(&none, bench, &bench->sent, 1 << 20);
    bench->receiver = channels_new(&events, bench, &bench->answered, 1 << 20);
    channels_bind(bench->sender, STR("c2s/1"), 1);
    channels_bind(bench->receiver, STR("sm/17"), 1);
    channels_link_up(bench->sender, STR("c2sd.1"));
    channels_link_up(bench->receiver, STR("sm.0"));
    tell(bench->sender, LINK_BOUND, "c2s/1");
    tell(bench->receiver, LINK_BOUND, "sm/17");
    tell(bench->sender, LINK_UP, "sm/17");
    tell(bench->receiver, LINK_UP, "c2s/1");
    bench->channel = channels_get(bench->sender, STR("c2s/1"), STR("sm/17"));
    /* Both say hello, whoever begins. */
    for (int i = 0; i < 3; i++) {
        carry(&bench->sent, bench->receiver);
        carry(&bench->answered, bench->sender);
    }
}

static struct router_peer *join(struct router *router, const char *address)
{
    const char *refusal;
    struct router_peer *peer = router_add_peer(router, USER_ID, &refusal);
    char text[128];

    if (!peer)
        fail(refusal);
    snprintf(text, sizeof(text),
             "<stream xmlns='urn:posthouse:link:1' node='some.0'>"
             "<bind address='%s'/>",
             address);
    (void)router_receive(router, peer, str_of(text));
    return peer;
}

static void make_router(struct bench *bench)
{
    struct router_options options = {.users.developer = USER_ID,
                                     .max_peer_buffer = 1 << 20,
                                     .max_peers = 2,
                                     .max_peers_per_user = 2};

    for (int kind = 0; kind < ADDRESS_INVALID; kind++)
        options.users.of_kind[kind] = NO_USER;
    bench->router = router_new(&options, 0);
    bench->from = join(bench->router, "c2s/1");
    bench->to = join(bench->router, "sm/17");
    buf_reset(router_output(bench->to));
}

static void make(struct bench *bench)
{
    static const struct xml_limits limits = {
        .max_stanza = 65536, .max_depth = 64, .max_attrs = 64};
    const struct frame frame = a_frame();
    struct str header = STR("<stream:stream to='example.com' version='1.0' "
                            "xmlns='jabber:client' xmlns:stream="
                            "'http://etherx.jabber.org/streams'>");
    struct xml *out;

    link_write_frame(&bench->out, &frame);
    bench->wire = str_dup(buf_view(&bench->out));
    bench->stream = xml_stream_new(&limits, STR("jabber:client"));
    if (xml_stream_feed(bench->stream, &bench->arena, &header, &out) !=
        XML_STREAM_OPEN)
        fail("the header is none");
    bench->parser = xml_parser_new(&limits);
    bench->stanza = xml_parse(bench->parser, NEW(struct arena), STR(STANZA));
    make_channel(bench);
    make_router(bench);
}

/* --- measuring ------------------------------------------------------------ */

static uint64_t cpu_ns(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static double measure(struct bench *bench, const struct step *step)
{
    uint64_t begin = cpu_ns(), now = begin, count = 0;

    while (now - begin < ROUND_NS) {
        for (unsigned i = 0; i < BATCH; i++)
            step->run(bench);
        count += BATCH;
        now = cpu_ns();
    }
    return (double)(now - begin) / (double)count;
}

int main(void)
{
    struct bench bench = {0};

    make(&bench);
    printf("%-40s %10s\n", "step", "ns");
    for (size_t i = 0; i < COUNT_OF(steps); i++) {
        double best = measure(&bench, &steps[i]);

        for (int round = 1; round < ROUNDS; round++) {
            double again = measure(&bench, &steps[i]);

            best = again < best ? again : best;
        }
        printf("%-40s %10.0f\n", steps[i].name, best);
    }
    return bench.checks > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* Rooms between an sm and a store, both played by the test. One process owns
 * all shards; users live at example.com, rooms at conference.example.com.
 * Included by each test program once. */
#ifndef POSTHOUSE_TEST_MUCD_FIXTURE_H
#define POSTHOUSE_TEST_MUCD_FIXTURE_H

#include "tests/unit/test.h"

#include <stdio.h>

#include "common/link/control.h"
#include "mucd/mucd.h"
#include "mucd/room.h"
#include "mucd/store.h"
#include "tests/unit/link.h"

#define MAX_SENT    4096
#define MAX_WAITING 65536
#define MAX_READS   1024
#define START_MS    1700000000000
#define STEADY_MS   5000000
#define SERVICE     "conference.example.com"
#define ROOM        "hall@" SERVICE

struct store {
    struct duty *waiting[MAX_WAITING]; /* writes that are not committed */
    size_t waiting_count;
    struct {
        store_rows *rows;
        void *ctx;
    } reads[MAX_READS]; /* to be answered: nothing is found */
    size_t read_count;
    bool is_stalled;
    bool refuses; /* every row */
    unsigned messages, seats_put, seats_removed, rooms_removed;
};

struct fixture {
    struct mucd mucd;
    struct store store;
    struct channels *sm; /* and everybody else */
    struct buf mucd_out, sm_out;
    char *sent[MAX_SENT]; /* frames that came from mucd */
    size_t sent_count;
    unsigned acknowledged;
    bool keeps; /* sm discharges nothing before the end */
    struct {
        struct channel *channel;
        uint64_t seq;
    } kept[MAX_SENT];
    size_t kept_count;
};

/* --- the store ------------------------------------------------------------ */

static inline void fake_write(struct store *store, struct duty *duty)
{
    assert_true(store->waiting_count < MAX_WAITING);
    duty_writing(duty);
    store->waiting[store->waiting_count++] = duty;
}

static inline void fake_read(struct store *store, store_rows *rows, void *ctx)
{
    assert_true(store->read_count < MAX_READS);
    store->reads[store->read_count].rows = rows;
    store->reads[store->read_count++].ctx = ctx;
}

void store_room_put(struct store *store, const struct room *room,
                    struct duty *duty)
{
    (void)room;
    fake_write(store, duty);
}
void store_room_remove(struct store *store, const struct room *room,
                       struct duty *duty)
{
    (void)room;
    store->rooms_removed++;
    fake_write(store, duty);
}
void store_member_put(struct store *store, const struct room *room,
                      const struct member *member, struct duty *duty)
{
    (void)room, (void)member;
    fake_write(store, duty);
}
void store_member_remove(struct store *store, const struct room *room,
                         struct str bare, struct duty *duty)
{
    (void)room, (void)bare;
    fake_write(store, duty);
}
void store_seat_put(struct store *store, const struct seat *seat,
                    struct duty *duty)
{
    (void)seat;
    store->seats_put++;
    fake_write(store, duty);
}
void store_seat_remove(struct store *store, const struct room *room,
                       struct str full, struct duty *duty)
{
    (void)room, (void)full;
    store->seats_removed++;
    fake_write(store, duty);
}
void store_message_add(struct store *store, const struct room *room,
                       const struct entry *entry, struct str sender,
                       struct duty *duty)
{
    (void)room, (void)entry, (void)sender;
    store->messages++;
    fake_write(store, duty);
}
void store_message_replace(struct store *store, const struct room *room,
                           struct str stanza_id, struct str stanza,
                           struct duty *duty)
{
    (void)room, (void)stanza_id, (void)stanza;
    fake_write(store, duty);
}
void store_archive_read(struct store *store, const struct room *room,
                        const struct store_page *page, store_rows *rows,
                        void *ctx)
{
    (void)room, (void)page;
    fake_read(store, rows, ctx);
}
void store_archive_count(struct store *store, const struct room *room,
                         const struct store_page *page, store_rows *rows,
                         void *ctx)
{
    (void)room, (void)page;
    fake_read(store, rows, ctx);
}
void store_archive_named(struct store *store, const struct room *room,
                         struct str ids, store_rows *rows, void *ctx)
{
    (void)room, (void)ids;
    fake_read(store, rows, ctx);
}
void store_archive_ends(struct store *store, const struct room *room,
                        store_rows *rows, void *ctx)
{
    (void)room;
    fake_read(store, rows, ctx);
}
void store_rooms_list(struct store *store, struct str domain, struct str after,
                      struct str asker, unsigned max, store_rows *rows,
                      void *ctx)
{
    (void)domain, (void)after, (void)asker, (void)max;
    fake_read(store, rows, ctx);
}

/* --- the link ------------------------------------------------------------- */

static inline void settle(struct fixture *t)
{
    const struct link_ends ends = {t->mucd.channels, "muc/", t->sm};
    bool busy = true;

    while (busy) {
        busy = false;
        channels_flush_acks(t->sm);
        channels_flush_acks(t->mucd.channels);
        busy |= link_carry(&ends, t->mucd.channels, &t->mucd_out);
        busy |= link_carry(&ends, t->sm, &t->sm_out);
        while (!t->store.is_stalled && t->store.read_count > 0) {
            t->store.read_count--;
            t->store.reads[t->store.read_count].rows(
                t->store.reads[t->store.read_count].ctx, NULL, true);
            busy = true;
        }
        while (!t->store.is_stalled && t->store.waiting_count > 0) {
            duty_written(t->store.waiting[--t->store.waiting_count],
                         !t->store.refuses);
            busy = true;
        }
    }
}

static void mucd_frame(void *ctx, struct channel *channel,
                       const struct frame *frame)
{
    mucd_on_frame(&((struct fixture *)ctx)->mucd, channel, frame);
}
static void mucd_discharged(void *ctx, struct channel *channel, uint64_t seq,
                            void *cookie)
{
    (void)channel, (void)seq;
    mucd_on_discharged(&((struct fixture *)ctx)->mucd, cookie);
}
static void mucd_up(void *ctx, struct str address, struct str node)
{
    mucd_on_up(&((struct fixture *)ctx)->mucd, address, node);
}
static void sm_frame(void *ctx, struct channel *channel,
                     const struct frame *frame)
{
    struct fixture *t = ctx;

    assert_true(t->sent_count < MAX_SENT);
    t->sent[t->sent_count++] = str_dup_heap(frame->body);
    if (!t->keeps) {
        channel_discharge(channel, frame->seq);
        return;
    }
    t->kept[t->kept_count].channel = channel;
    t->kept[t->kept_count++].seq = frame->seq;
}
static void sm_discharged(void *ctx, struct channel *channel, uint64_t seq,
                          void *cookie)
{
    (void)channel, (void)seq, (void)cookie;
    ((struct fixture *)ctx)->acknowledged++;
}

static inline void start_ends(struct fixture *t)
{
    static const struct channel_events mucd_events = {
        .on_frame = mucd_frame,
        .on_discharged = mucd_discharged,
        .on_up = mucd_up,
    };
    static const struct channel_events sm_events = {
        .on_frame = sm_frame,
        .on_discharged = sm_discharged,
    };
    char address[32];

    t->mucd.channels = channels_new(&mucd_events, t, &t->mucd_out, 1 << 20);
    t->sm = channels_new(&sm_events, t, &t->sm_out, 1 << 20);
    for (unsigned i = 0; i < JID_SHARDS; i++) {
        channels_bind(t->mucd.channels, address_write(address, ADDRESS_MUC, i),
                      1);
        channels_bind(t->sm, address_write(address, ADDRESS_SM, i), 1);
    }
    channels_bind(t->sm, STR("gateway.example.net"), 1);
    channels_bind(t->sm, STR("example.com"), 1);
    channels_link_up(t->mucd.channels, STR("mucd.0"));
    channels_link_up(t->sm, STR("sm.0"));
    settle(t);
}

static inline void time_passes(struct fixture *t, int64_t ms)
{
    t->mucd.now_ms += ms;
    t->mucd.steady_ms += ms;
}

static int setup_with(void **state, const char *settings)
{
    struct fixture *t = NEW(struct fixture);
    struct error error;
    char text[1024];

    snprintf(text, sizeof(text), "domains = {\"example.com\"}\n%s", settings);
    t->mucd.config = config_parse(text, &error);
    assert_non_null(t->mucd.config);
    t->mucd.store = &t->store;
    t->mucd.of = 1;
    t->mucd.now_ms = START_MS;
    t->mucd.steady_ms = STEADY_MS;
    mucd_init(&t->mucd);
    start_ends(t);
    *state = t;
    return 0;
}

static inline int setup(void **state)
{
    return setup_with(state, "");
}

static inline void forget(struct fixture *t)
{
    while (t->sent_count > 0)
        free(t->sent[--t->sent_count]);
}

static inline int teardown(void **state)
{
    struct fixture *t = *state;

    t->store.is_stalled = false;
    while (t->kept_count > 0) {
        t->kept_count--;
        channel_discharge(t->kept[t->kept_count].channel,
                          t->kept[t->kept_count].seq);
    }
    settle(t);
    forget(t);
    mucd_clear(&t->mucd);
    channels_free(t->mucd.channels);
    channels_free(t->sm);
    buf_clear(&t->mucd_out);
    buf_clear(&t->sm_out);
    config_free((struct config *)t->mucd.config);
    free(t);
    return 0;
}

/* --- what an sm does ------------------------------------------------------ */

static inline void send_from(struct fixture *t, const char *remote,
                             const char *origin, const char *body)
{
    const struct frame frame = {.origin = str_of(origin), .body = str_of(body)};
    char address[32];

    channel_send(
        channels_get(t->sm, str_of(remote),
                     address_write(address, ADDRESS_MUC, jid_shard(STR(ROOM)))),
        &frame, NULL);
    settle(t);
}

static inline void send(struct fixture *t, const char *body)
{
    send_from(t, "sm/0", NULL, body);
}

static inline void join(struct fixture *t, const char *user, const char *nick)
{
    char body[1024];

    snprintf(body, sizeof(body),
             "<presence from='%s@example.com/r' to='" ROOM "/%s'>"
             "<x xmlns='http://jabber.org/protocol/muc'/></presence>",
             user, nick);
    send(t, body);
}

/* The owner's room, unlocked. */
static inline void create(struct fixture *t)
{
    join(t, "owner", "owner");
    send(t, "<iq type='set' id='1' from='owner@example.com/r' to='" ROOM "'>"
            "<query xmlns='http://jabber.org/protocol/muc#owner'>"
            "<x xmlns='jabber:x:data' type='submit'/></query></iq>");
    forget(t);
}

static inline void say(struct fixture *t, const char *user, const char *origin,
                       const char *text)
{
    struct buf body = {0};

    buf_printf(&body,
               "<message from='%s@example.com/r' to='" ROOM
               "' type='groupchat'><body>%s</body></message>%c",
               user, text, '\0');
    send_from(t, "sm/0", origin, buf_view(&body).p);
    buf_clear(&body);
}

/* How many frames contain this. */
static inline unsigned count(const struct fixture *t, const char *part)
{
    unsigned found = 0;

    for (size_t i = 0; i < t->sent_count; i++)
        found += strstr(t->sent[i], part) != NULL;
    return found;
}

static inline struct room *the_room(const struct fixture *t)
{
    return room_find(&t->mucd, STR(ROOM));
}

#endif

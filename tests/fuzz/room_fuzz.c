/* What any user may send to rooms, one thing after the other, so that every
 * state is reached: each line of the input is a stanza. Its first letter
 * chooses what it is, the second who sends it, the third where to; the rest is
 * what stands in it. A line of another beginning is a frame as it is.
 *
 * After each: everybody in a room has a seat, the counts are right, and every
 * frame is discharged. */
#include "common/log/log.h"
#include "tests/unit/mucd/fixture.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct {
    char letter;
    const char *element, *attributes;
} kinds[] = {
    {'P', "presence", ""},
    {'U', "presence", " type='unavailable'"},
    {'E', "presence", " type='error'"},
    {'G', "message", " type='groupchat'"},
    {'C', "message", " type='chat'"},
    {'M', "message", ""},
    {'B', "message", " type='error'"},
    {'g', "iq", " type='get' id='1'"},
    {'s', "iq", " type='set' id='1'"},
    {'r', "iq", " type='result' id='1'"},
    {'e', "iq", " type='error' id='1'"},
};

static const char *const senders[] = {
    "owner@example.com/r", "juliet@example.com/r", "juliet@example.com/two",
    "root@example.com/r", "bot@gateway.example.net/x"};
static const char *const targets[] = {ROOM, ROOM "/owner", ROOM "/juliet",
                                      ROOM "/x", SERVICE};

static void must(bool condition)
{
    if (!condition)
        abort();
}

static void check(const struct fixture *t)
{
    uint64_t rooms = 0, seats = 0;

    for (const struct room *r = t->mucd.rooms; r; r = r->hh.next) {
        unsigned seated = 0;

        rooms++;
        for (const struct occupant *o = r->occupants; o; o = o->hh.next) {
            must(o->room == r && o->seats && o->role != ROLE_NONE);
            for (const struct seat *s = o->seats; s; s = s->next) {
                must(s->occupant == o);
                seated++;
            }
        }
        must(seated == HASH_COUNT(r->seats));
        must(r->seats || r->settings.is_persistent);
        must(r->kept_count <= REMEMBERED);
        must(r->entry_count <= 2 * REMEMBERED);
        seats += seated;
    }
    must(rooms == t->mucd.room_count && seats == t->mucd.occupant_count);
    must(t->store.waiting_count == 0 && t->store.read_count == 0);
}

static void give(struct fixture *t, struct str line, unsigned number)
{
    struct buf body = {0};
    char origin[32];
    size_t kind = 0;
    unsigned before = t->acknowledged;
    const char *sender;

    while (kind < COUNT_OF(kinds) && line.p[0] != kinds[kind].letter)
        kind++;
    if (kind == COUNT_OF(kinds) || line.len < 3) {
        buf_add(&body, line);
        sender = "";
    } else {
        sender = senders[(unsigned char)line.p[1] % COUNT_OF(senders)];
        buf_printf(&body, "<%s from='%s' to='%s'%s>", kinds[kind].element,
                   sender,
                   targets[(unsigned char)line.p[2] % COUNT_OF(targets)],
                   kinds[kind].attributes);
        buf_add(&body, (struct str){line.p + 3, line.len - 3});
        buf_printf(&body, "</%s>", kinds[kind].element);
    }
    buf_add_char(&body, '\0');
    snprintf(origin, sizeof(origin), "c2s/0:1:sm/0:%u", number);
    send_from(t, strstr(sender, "gateway") ? "gateway.example.net" : "sm/0",
              origin, buf_view(&body).p);
    buf_clear(&body);
    must(t->acknowledged == before + 1);
    check(t);
    forget(t);
}

/* Made once: what takes a process its time to come up takes the fuzzer nine
 * tenths of its own. */
static struct fixture *open_service(void)
{
    struct error error;
    void *state;

    must(log_open("fuzz", "/dev/null", LOG_LEVEL_ERROR, &error));
    setup_with(&state, "admins = {\"root@example.com\"}\n"
                       "mucd { join-rate = 0 message-rate = 0 query-rate = 0 "
                       "invite-rate = 0 max-hats = 3 max-hat-wearers = 2 "
                       "max-occupants = 8 max-affiliations = 6 "
                       "max-history-size = 8192 max-text-size = 64 "
                       "voice-request-rate = 0 }");
    return state;
}

/* As after setup: no room, no bucket, the first second. */
static void start_again(struct fixture *t)
{
    while (t->mucd.rooms)
        room_free(t->mucd.rooms);
    must(t->mucd.occupant_count == 0 && t->mucd.held_bytes == 0);
    memset(t->mucd.rates, 0, sizeof(t->mucd.rates));
    t->mucd.now_ms = START_MS;
    t->mucd.steady_ms = STEADY_MS;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct fixture *t;
    struct str rest = {(const char *)data, size};
    unsigned number = 0;

    if (!t)
        t = open_service();
    create(t);
    while (rest.p && rest.len > 0) {
        struct str line = str_cut(&rest, '\n');

        if (line.len == 0) { /* time passes */
            time_passes(t, 400000);
            mucd_tick(&t->mucd);
            settle(t);
            forget(t);
            continue;
        }
        give(t, line, ++number);
    }
    start_again(t);
    return 0;
}

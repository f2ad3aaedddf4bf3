/* What a room says to many (control.h: <fanout/>). */
#include "tests/unit/sm/fixture.h"

#define STANZAS(inside)                                                        \
    "<stanzas xmlns='jabber:client'>" inside "</stanzas></fanout>"
#define FANOUT "<fanout xmlns='urn:posthouse:link:1'>"
#define HELLO                                                                  \
    "<message from='hall@conference.example.com/nurse' type='groupchat'>"      \
    "<body>hello</body></message>"

static struct str room_address(char into[32])
{
    return address_write(into, ADDRESS_MUC,
                         jid_shard(STR("hall@conference.example.com")));
}

/* mucd speaks through the same end as the c2sd here. */
static void room_says(struct fixture *t, const char *origin, const char *body)
{
    const struct frame frame = {.origin = str_of(origin), .body = str_of(body)};
    char address[32];

    channel_send(channels_get(t->c2s, room_address(address), STR("sm/0")),
                 &frame, NULL);
    settle(t);
}

static int setup_room(void **state)
{
    struct fixture *t;
    char address[32];

    setup(state);
    t = *state;
    channels_bind(t->c2s, room_address(address), 1);
    settle(t);
    login(t, "romeo", 1, "orchard");
    login(t, "juliet", 2, "balcony");
    return 0;
}

static void one_frame_reaches_every_receiver(void **state)
{
    struct fixture *t = *state;

    room_says(t, NULL,
              FANOUT "<to>romeo@example.com/orchard</to>"
                     "<to>juliet@example.com/balcony</to>" STANZAS(HELLO));

    assert_string_equal(
        received(t, 1),
        "<message to='romeo@example.com/orchard' "
        "from='hall@conference.example.com/nurse' type='groupchat'>"
        "<body>hello</body></message>");
    assert_contains(received(t, 2), "to='juliet@example.com/balcony'");
}

static void many_stanzas_keep_their_order(void **state)
{
    struct fixture *t = *state;

    room_says(t, NULL,
              FANOUT "<to>romeo@example.com/orchard</to>" STANZAS(
                  "<presence from='hall@conference.example.com/a'/>"
                  "<presence from='hall@conference.example.com/b'/>" HELLO));

    assert_contains(received(t, 1), "/a'");
    assert_contains(received(t, 1), "/b'");
    assert_contains(received(t, 1), "hello");
}

static void who_is_gone_bounces(void **state)
{
    struct fixture *t = *state;
    size_t before = t->sent_count;

    room_says(t, NULL, FANOUT "<to>romeo@example.com/gone</to>" STANZAS(HELLO));

    assert_int_equal(waiting(t, 1), 0);
    assert_int_equal(t->sent_count, before + 1);
    assert_contains(t->sent[before].body, "service-unavailable");
    assert_contains(t->sent[before].body,
                    "to='hall@conference.example.com/nurse'");
}

static void the_same_frame_of_a_new_process_is_known(void **state)
{
    struct fixture *t = *state;
    const char *frame =
        FANOUT "<to>romeo@example.com/orchard</to>" STANZAS(HELLO);

    room_says(t, "c2s/0:1:sm/0:7", frame);
    room_says(t, "c2s/0:1:sm/0:7", frame);

    assert_int_equal(waiting(t, 1), 1);
}

static void only_rooms_speak_so(void **state)
{
    static const char *const forged[] = {
        FANOUT "<to>romeo@example.com/orchard</to>" STANZAS(
            "<message from='juliet@example.com/balcony'><body>x</body>"
            "</message>"),
        FANOUT "<to>romeo@example.com/orchard</to>" STANZAS(
            "<message from='hall@conference.example.com' to='x@y'/>"),
        FANOUT "<to>romeo@elsewhere.example/orchard</to>" STANZAS(HELLO),
        FANOUT "<to>romeo@example.com</to>" STANZAS(HELLO),
        FANOUT "<to>romeo@example.com/orchard</to></fanout>",
        FANOUT "<to>romeo@example.com/orchard</to>" STANZAS("<x xmlns='y'/>"),
    };
    struct fixture *t = *state;
    uint64_t before = t->sm.refused_frames;

    for (size_t i = 0; i < COUNT_OF(forged); i++)
        room_says(t, NULL, forged[i]);

    assert_int_equal(t->sm.refused_frames - before, COUNT_OF(forged));
    assert_int_equal(waiting(t, 1), 0);
}

static void a_c2sd_has_no_such_word(void **state)
{
    struct fixture *t = *state;

    send_frame(t, "juliet", 2, 0,
               FANOUT "<to>romeo@example.com/orchard</to>" STANZAS(HELLO));

    assert_int_equal(waiting(t, 1), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup_room, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(one_frame_reaches_every_receiver),
        TEST(many_stanzas_keep_their_order),
        TEST(who_is_gone_bounces),
        TEST(the_same_frame_of_a_new_process_is_known),
        TEST(only_rooms_speak_so),
        TEST(a_c2sd_has_no_such_word),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

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
              FANOUT "<to>romeo@example.com/orchard\n"
                     "juliet@example.com/balcony</to>" STANZAS(HELLO));

    assert_string_equal(received(t, 1), HELLO);
    assert_string_equal(received(t, 2), HELLO);
}

/* Of one user, so that one channel leads to all of them. */
static void streams_of_one_shard_share_a_frame(void **state)
{
    struct fixture *t = *state;

    login(t, "romeo", 3, "garden");
    room_says(t, NULL,
              FANOUT "<to>romeo@example.com/orchard\n"
                     "romeo@example.com/garden</to>" STANZAS(HELLO));

    assert_int_equal(t->sent_count, 2);
    assert_int_equal(t->sent[0].seq, t->sent[1].seq);
    assert_ptr_equal(t->sent[0].channel, t->sent[1].channel);
}

static void who_has_gone_amiss_does_not_disturb_the_order(void **state)
{
    struct fixture *t = *state;
    uint64_t last = 0;

    room_says(t, NULL,
              FANOUT "<to>romeo@example.com/orchard\n"
                     "romeo@example.com/gone\n"
                     "romeo@example.com/orchard\n</to>" STANZAS(HELLO));

    assert_int_equal(waiting(t, 1), 2);
    for (size_t i = 0; i < t->sent_count; i++) {
        if (t->sent[i].sid != 1)
            continue;
        assert_true(t->sent[i].n > last);
        last = t->sent[i].n;
    }
}

static void a_resumed_session_gets_what_it_lacks_with_its_address(void **state)
{
    struct fixture *t = *state;
    char attributes[128];

    send_frame(t, "romeo", 1, 0,
               "<session-enable xmlns='urn:posthouse:link:1' in='1' "
               "resume='1'/>");
    snprintf(
        attributes, sizeof(attributes), "id='%s' h='0'",
        account_find(&t->sm, STR("romeo@example.com"))->sessions->resume_id);
    room_says(t, NULL,
              FANOUT "<to>romeo@example.com/orchard\n</to>" STANZAS(HELLO));
    send_frame(t, "romeo", 1, 0,
               "<session-detach xmlns='urn:posthouse:link:1'/>");
    forget(t);
    control_about(t, CTL_SESSION_RESUME, "romeo", 3, attributes);

    assert_contains(received(t, 3), "session-resumed");
    assert_string_equal(
        received(t, 3),
        "<message to='romeo@example.com/orchard' "
        "from='hall@conference.example.com/nurse' type='groupchat'>"
        "<body>hello</body></message>");
}

static void
a_frame_is_not_discharged_before_its_last_receiver_has_it(void **state)
{
    struct fixture *t = *state;
    unsigned before = t->discharged;

    t->keeps = true;
    room_says(t, NULL,
              FANOUT "<to>romeo@example.com/orchard\n"
                     "juliet@example.com/balcony</to>" STANZAS(HELLO));
    assert_int_equal(t->sent_count, 2);
    assert_int_equal(t->discharged, before);
    channel_discharge(t->sent[0].channel, t->sent[0].seq);
    settle(t);
    assert_int_equal(t->discharged, before);
    channel_discharge(t->sent[1].channel, t->sent[1].seq);
    settle(t);
    assert_int_equal(t->discharged, before + 1);
}

static void many_stanzas_keep_their_order(void **state)
{
    struct fixture *t = *state;

    room_says(t, NULL,
              FANOUT "<to>romeo@example.com/orchard\n</to>" STANZAS(
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
        FANOUT "<to>romeo@example.com/orchard\n</to>" STANZAS(HELLO);

    room_says(t, "c2s/0:1:sm/0:7", frame);
    room_says(t, "c2s/0:1:sm/0:7", frame);

    assert_int_equal(waiting(t, 1), 1);
}

/* What an occupant from elsewhere has put in has passed no client's sm. */
static void what_only_the_server_says_is_taken_out(void **state)
{
    struct fixture *t = *state;

    room_says(
        t, NULL,
        FANOUT "<to>romeo@example.com/orchard\n</to>" STANZAS(
            "<message from='hall@conference.example.com/nurse' "
            "type='groupchat'><body>hello</body><stanza-id "
            "xmlns='urn:xmpp:sid:0' by='ROMEO@example.com' id='1'/><stanza-id "
            "xmlns='urn:xmpp:sid:0' by='hall@conference.example.com' "
            "id='2'/><delay xmlns='urn:xmpp:delay' from='Example.Com' "
            "stamp='1999-01-01T00:00:00Z'/><sent xmlns='urn:xmpp:carbons:2'/>"
            "<result xmlns='urn:xmpp:mam:2'/></message>"));

    assert_string_equal(
        received(t, 1),
        "<message from='hall@conference.example.com/nurse' type='groupchat'>"
        "<body>hello</body><stanza-id xmlns='urn:xmpp:sid:0' "
        "by='hall@conference.example.com' id='2'/></message>");
}

static void only_rooms_speak_so(void **state)
{
    static const char *const forged[] = {
        FANOUT "<to>romeo@example.com/orchard\n</to>" STANZAS(
            "<message from='juliet@example.com/balcony'><body>x</body>"
            "</message>"),
        FANOUT "<to>romeo@example.com/orchard\n</to>" STANZAS(
            "<message from='hall@conference.example.com' to='x@y'/>"),
        FANOUT "<to>romeo@elsewhere.example/orchard\n</to>" STANZAS(HELLO),
        FANOUT "<to>romeo@example.com</to>" STANZAS(HELLO),
        FANOUT "<to>romeo@example.com/orchard\n</to></fanout>",
        FANOUT "<to>romeo@example.com/orchard\n</to>" STANZAS("<x xmlns='y'/>"),
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
               FANOUT "<to>romeo@example.com/orchard\n</to>" STANZAS(HELLO));

    assert_int_equal(waiting(t, 1), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup_room, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(one_frame_reaches_every_receiver),
        TEST(streams_of_one_shard_share_a_frame),
        TEST(who_has_gone_amiss_does_not_disturb_the_order),
        TEST(a_resumed_session_gets_what_it_lacks_with_its_address),
        TEST(a_frame_is_not_discharged_before_its_last_receiver_has_it),
        TEST(many_stanzas_keep_their_order),
        TEST(who_is_gone_bounces),
        TEST(the_same_frame_of_a_new_process_is_known),
        TEST(what_only_the_server_says_is_taken_out),
        TEST(only_rooms_speak_so),
        TEST(a_c2sd_has_no_such_word),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

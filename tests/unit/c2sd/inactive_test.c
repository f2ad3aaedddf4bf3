/* XEP-0352: what waits while nobody looks, and what does not. */
#include "fixture.h"

#define INACTIVE  "<inactive xmlns='urn:xmpp:csi:0'/>"
#define ACTIVE    "<active xmlns='urn:xmpp:csi:0'/>"
#define PRESENCE  "<presence from='a@b/c'/>"
#define CHATSTATE "<composing xmlns='http://jabber.org/protocol/chatstates'/>"
#define EVENT     "<event xmlns='http://jabber.org/protocol/pubsub#event'/>"
#define CARBON(inside)                                                         \
    "<message type='chat'><sent xmlns='urn:xmpp:carbons:2'>"                   \
    "<forwarded xmlns='urn:xmpp:forward:0'>"                                   \
    "<message xmlns='jabber:client' type='chat'>" inside                       \
    "</message></forwarded></sent></message>"

#define QUIET "<session-quiet xmlns='urn:posthouse:link:1' on='1'/>"
#define LOUD  "<session-quiet xmlns='urn:posthouse:link:1'/>"
#define WAKE  "<session-wake xmlns='urn:posthouse:link:1'/>"

static bool goes_out(struct fixture *t, uint64_t n, const char *stanza)
{
    unsigned before = t->wakes;

    answers(t, shard(t), n, stanza);
    return t->wakes > before;
}

static void goes_inactive(struct fixture *t)
{
    hears(t, INACTIVE);
    assert_string_equal(said(t), "");
    assert_int_equal(t->client->state, CLIENT_BOUND);
}

static void what_hardly_matters_waits(void **state)
{
    static const char *const stanzas[] = {
        PRESENCE,
        "<presence from='a@b/c' type='unavailable'/>",
        "<message type='chat'>" CHATSTATE "</message>",
        "<message type='chat'>" CHATSTATE "<thread>t</thread>"
        "<no-store xmlns='urn:xmpp:hints'/>"
        "<stanza-id xmlns='urn:xmpp:sid:0' by='a@b' id='1'/></message>",
        "<message type='headline'>" EVENT "</message>",
        CARBON(CHATSTATE),
    };
    struct fixture *t = *state;
    uint64_t n = 0;

    logs_in(t);
    goes_inactive(t);
    for (size_t i = 0; i < COUNT_OF(stanzas); i++)
        if (goes_out(t, ++n, stanzas[i]))
            fail_msg("not held back: %s", stanzas[i]);
    hears(t, ACTIVE);
    for (size_t i = 0; i < COUNT_OF(stanzas); i++)
        assert_true(goes_out(t, ++n, stanzas[i]));
}

static void what_matters_does_not_wait(void **state)
{
    static const char *const stanzas[] = {
        "<message type='chat'><body>x</body></message>",
        "<message type='chat'>" CHATSTATE "<body>x</body></message>",
        "<message type='groupchat'><subject>x</subject></message>",
        "<message type='headline'><body>x</body></message>",
        "<message type='headline'>" EVENT "<body>x</body></message>",
        "<message type='error'>" CHATSTATE "</message>",
        "<message type='chat'><received xmlns='urn:xmpp:receipts'/></message>",
        "<message/>",
        CARBON("<body>x</body>"),
        "<presence from='a@b' type='subscribe'/>",
        "<presence from='a@b' type='error'/>",
        "<iq type='result' id='1'/>",
    };
    struct fixture *t = *state;

    logs_in(t);
    goes_inactive(t);
    for (size_t i = 0; i < COUNT_OF(stanzas); i++)
        if (!goes_out(t, i + 1, stanzas[i]))
            fail_msg("held back: %s", stanzas[i]);
}

static void what_waited_goes_first(void **state)
{
    struct fixture *t = *state;

    logs_in(t);
    goes_inactive(t);
    answers(t, shard(t), 1, PRESENCE);
    answers(t, shard(t), 2, "<message><body>x</body></message>");
    assert_string_equal(said(t), PRESENCE "<message><body>x</body></message>");
}

static void what_waits_is_bounded(void **state)
{
    struct fixture *t = *state;
    uint64_t n = 0;

    logs_in(t);
    goes_inactive(t);
    while (!goes_out(t, ++n, PRESENCE))
        ;
    assert_int_equal(n, 100 / strlen(PRESENCE) + 1);
}

static void nothing_waits_where_it_is_turned_off(void **state)
{
    struct fixture *t = *state;

    logs_in(t);
    goes_inactive(t);
    assert_true(goes_out(t, 1, PRESENCE));
}

static void in_quiet_hours_messages_wait_too(void **state)
{
    static const char *const stanzas[] = {
        "<message type='chat'><body>x</body></message>",
        "<message type='groupchat'><body>x</body></message>",
        "<message><body>x</body></message>",
        "<presence from='a@b' type='subscribe'/>",
        CARBON("<body>x</body>"),
    };
    struct fixture *t = *state;
    unsigned before;
    uint64_t n = 0;

    logs_in(t);
    goes_inactive(t);
    answers(t, shard(t), 0, QUIET);
    for (size_t i = 0; i < COUNT_OF(stanzas); i++)
        if (goes_out(t, ++n, stanzas[i]))
            fail_msg("not held back: %s", stanzas[i]);
    before = t->wakes;
    answers(t, shard(t), 0, WAKE);
    assert_true(t->wakes > before);
    assert_true(goes_out(t, ++n, "<message type='error'/>"));
    assert_true(goes_out(t, ++n, "<iq type='result' id='1'/>"));
    assert_false(goes_out(t, ++n, stanzas[0]));
    before = t->wakes;
    answers(t, shard(t), 0, LOUD);
    assert_true(t->wakes > before);
    assert_true(goes_out(t, ++n, stanzas[0]));
}

static void a_person_who_looks_has_no_quiet_hours(void **state)
{
    struct fixture *t = *state;

    logs_in(t);
    answers(t, shard(t), 0, QUIET);
    assert_true(goes_out(t, 1, "<message><body>x</body></message>"));
}

static void a_sender_does_not_wait_for_it(void **state)
{
    struct fixture *t = *state;

    logs_in(t);
    goes_inactive(t);
    answers(t, shard(t), 1, PRESENCE);
    assert_contains(last(t)->body, "<session-held ");
    assert_contains(last(t)->body, "n='1'");
}

static void a_session_manager_that_comes_back_is_told_of_it(void **state)
{
    struct fixture *t = *state;

    enables(t);
    goes_inactive(t);
    answers(t, shard(t), 1, PRESENCE);
    asks(t);
    assert_contains(t->told, PRESENCE);
}

static void parts_of_a_parcel_wait_as_well(void **state)
{
    struct fixture *t = *state;
    struct frame frame = {0};
    char parcel[300];
    unsigned before;

    logs_in(t);
    goes_inactive(t);
    snprintf(parcel, sizeof(parcel),
             "<parcel xmlns='urn:posthouse:link:1' to='%llu:1' lens='%zu'>%s"
             "</parcel>",
             (unsigned long long)t->client->sid, strlen(PRESENCE), PRESENCE);
    frame.body = str_of(parcel);
    before = t->wakes;
    channel_send(channels_get(t->others, str_of(shard(t)), STR("c2s/0")),
                 &frame, NULL);
    settle(t);
    assert_int_equal(t->wakes, before);
    assert_contains(said(t), "from='a@b/c'/>");
}

static void before_a_session_it_is_out_of_place(void **state)
{
    struct fixture *t = *state;

    authenticates(t);
    hears(t, HEADER INACTIVE);
    assert_contains(said(t), "<not-authorized");
}

static int setup_small(void **state)
{
    return setup_with(state, "c2sd { inactive-buffer = 100 }");
}

static int setup_off(void **state)
{
    return setup_with(state, "c2sd { inactive-buffer = 0 }");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_hardly_matters_waits),
        TEST(what_matters_does_not_wait),
        TEST(in_quiet_hours_messages_wait_too),
        TEST(a_person_who_looks_has_no_quiet_hours),
        TEST(what_waited_goes_first),
        cmocka_unit_test_setup_teardown(what_waits_is_bounded, setup_small,
                                        teardown),
        cmocka_unit_test_setup_teardown(nothing_waits_where_it_is_turned_off,
                                        setup_off, teardown),
        TEST(a_sender_does_not_wait_for_it),
        TEST(a_session_manager_that_comes_back_is_told_of_it),
        TEST(parts_of_a_parcel_wait_as_well),
        TEST(before_a_session_it_is_out_of_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

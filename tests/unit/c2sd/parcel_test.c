/* Stanzas for several clients in one frame (common/link/parcel.h). */
#include "common/link/parcel.h"
#include "fixture.h"

#define HELLO                                                                  \
    "<message from='hall@c.example.com/n'><body>hello</body></message>"
#define TO_ROMEO                                                               \
    "<message to='romeo@example.com/orchard' from='hall@c.example.com/n'>"     \
    "<body>hello</body></message>"

/* A second stream of the same user, so that it is of the same channel. */
static struct client *second(struct fixture *t)
{
    struct client *first = t->client, *client;

    logs_in(t);
    t->client = client_new(&t->c2sd, t, "192.0.2.2", true);
    logs_in(t);
    client = t->client;
    t->client = first;
    return client;
}

static const char *said_by(struct fixture *t, struct client *client)
{
    struct client *first = t->client;

    t->client = client;
    said(t);
    t->client = first;
    return t->said;
}

static uint64_t parcel_comes(struct fixture *t, const struct client *other,
                             uint64_t n, const char *stanzas)
{
    struct buf to = {0}, lens = {0}, out = {0};
    struct str rest = str_of(stanzas);
    struct frame frame = {.origin = STR("muc/1:1:sm/0:1")};
    struct parcel_text text;
    uint64_t seq;

    parcel_add_receiver(&to, t->client->sid, n);
    if (other)
        parcel_add_receiver(&to, other->sid, n);
    while (rest.p) {
        struct str one = str_cut(&rest, '\n');

        parcel_add_len(&lens, one.len);
        buf_add(&out, one);
    }
    text = (struct parcel_text){buf_view(&to), buf_view(&lens),
                                arena_dup(&t->c2sd.arena, buf_view(&out))};
    buf_reset(&out);
    parcel_write(&out, &text);
    frame.body = buf_view(&out);
    seq = channel_send(channels_get(t->others, str_of(shard(t)), STR("c2s/0")),
                       &frame, NULL);
    settle(t);
    buf_clear(&to);
    buf_clear(&lens);
    buf_clear(&out);
    return seq;
}

static size_t undischarged(struct fixture *t)
{
    return channel_outstanding_frames(
        channels_get(t->others, str_of(shard(t)), STR("c2s/0")));
}

static void each_client_gets_it_with_its_own_address(void **state)
{
    struct fixture *t = *state;
    struct client *other = second(t);

    parcel_comes(t, other, 1, HELLO);

    assert_string_equal(said(t), TO_ROMEO);
    assert_string_equal(said_by(t, other), TO_ROMEO);
}

static void the_last_reader_discharges_the_frame(void **state)
{
    struct fixture *t = *state;
    struct client *other = second(t);

    parcel_comes(t, other, 1, HELLO);
    assert_int_equal(undischarged(t), 1);
    said(t);
    assert_int_equal(undischarged(t), 1);
    said_by(t, other);
    assert_int_equal(undischarged(t), 0);
}

static void for_managed_streams_sm_keeps_it(void **state)
{
    struct fixture *t = *state;

    enables(t);
    parcel_comes(t, NULL, 1, HELLO);

    assert_int_equal(undischarged(t), 0);
    assert_contains(said(t), TO_ROMEO);
    asks(t);
    assert_contains(t->told, TO_ROMEO);
    hears(t, "<a xmlns='urn:xmpp:sm:3' h='1'/>");
    assert_int_equal(t->client->held_count, 0);
}

static void each_stanza_counts(void **state)
{
    struct fixture *t = *state;

    enables(t);
    parcel_comes(t, NULL, 1, HELLO "\n<presence from='a@b'/>");

    assert_int_equal(t->client->out_last, 2);
    assert_contains(said(t), "<presence to='romeo@example.com/orchard' "
                             "from='a@b'/>");
    hears(t, "<a xmlns='urn:xmpp:sm:3' h='1'/>");
    assert_int_equal(t->client->held_count, 1);
}

static void what_came_before_is_passed_over(void **state)
{
    struct fixture *t = *state;

    logs_in(t);
    answers(t, shard(t), 1, "<presence from='a@b'/>");
    said(t);
    parcel_comes(t, NULL, 1, HELLO "\n<presence from='c@d'/>");

    assert_string_equal(
        said(t), "<presence to='romeo@example.com/orchard' from='c@d'/>");
    assert_int_equal(undischarged(t), 0);
}

static void its_origin_is_told_of_every_stream(void **state)
{
    struct fixture *t = *state;
    const char *first;

    second(t);
    parcel_comes(t, NULL, 1, HELLO);
    asks(t);

    first = strstr(t->told, "<seen ");
    assert_non_null(first);
    assert_contains(first, "origin='muc/1:1:sm/0:1'");
}

static void what_an_ended_stream_got_is_told_with_its_grant(void **state)
{
    struct fixture *t = *state;

    logs_in(t);
    parcel_comes(t, NULL, 1, HELLO);
    said(t);
    client_close(t->client);
    settle(t);
    asks(t);

    assert_contains(t->told, "<seen ");
    assert_contains(t->told, "jid='romeo@example.com/orchard' grant='");
}

static void streams_that_ended_hold_nothing(void **state)
{
    struct fixture *t = *state;
    struct client *other = second(t);

    parcel_comes(t, other, 1, HELLO);
    client_lost(other);
    settle(t);
    client_release(other);
    said(t);

    assert_int_equal(undischarged(t), 0);
}

static void what_is_not_whole_is_dropped(void **state)
{
    struct fixture *t = *state;

    logs_in(t);
    answers(
        t, shard(t), 0,
        "<parcel xmlns='urn:posthouse:link:1' to='1:1' lens='7'>x</parcel>");

    assert_string_equal(said(t), "");
    assert_int_equal(undischarged(t), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_client_gets_it_with_its_own_address),
        TEST(the_last_reader_discharges_the_frame),
        TEST(for_managed_streams_sm_keeps_it),
        TEST(each_stanza_counts),
        TEST(what_came_before_is_passed_over),
        TEST(its_origin_is_told_of_every_stream),
        TEST(what_an_ended_stream_got_is_told_with_its_grant),
        TEST(streams_that_ended_hold_nothing),
        TEST(what_is_not_whole_is_dropped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The handshake of RFC 1928 as XEP-0065 profiles it (common/socks/socks.h). */
#include <stdio.h>

#include "common/socks/socks.h"
#include "tests/unit/test.h"

#define KEY "0123456789abcdefABCDEF0123456789abcdef01"
#define LOW "0123456789abcdefabcdef0123456789abcdef01"

struct talk {
    struct socks socks;
    struct buf answer;
    size_t used;
};

/* Says bytes as the shell does: no more at once than are wanted. */
static void say(struct talk *talk, const char *bytes, size_t count,
                size_t piece)
{
    size_t at = 0, wanted;

    while (at < count && (wanted = socks_wants(&talk->socks)) > 0) {
        size_t some = wanted < piece ? wanted : piece;

        if (some > count - at)
            some = count - at;
        socks_take(&talk->socks, (struct str){bytes + at, some}, false,
                   &talk->answer);
        at += some;
    }
    talk->used += at;
}

#define SAY(talk, literal) say(talk, literal, sizeof(literal) - 1, 300)

static void assert_answer(struct talk *talk, const char *bytes, size_t count)
{
    struct str all = buf_view(&talk->answer);

    assert_int_equal(all.len, count);
    assert_memory_equal(all.p, bytes, count);
    buf_clear(&talk->answer);
}
#define ANSWERS(talk, literal) assert_answer(talk, literal, sizeof(literal) - 1)

static void a_request_for_a_key_is_asked(void **state)
{
    struct talk talk = {0};

    (void)state;
    SAY(&talk, "\x05\x02\x02\x00");
    ANSWERS(&talk, "\x05\x00");
    SAY(&talk, "\x05\x01\x00\x03\x28" KEY "\x00\x00");

    assert_int_equal(talk.socks.state, SOCKS_ASKED);
    assert_int_equal(talk.socks.command, SOCKS_CONNECT);
    assert_string_equal(talk.socks.key, LOW);
    assert_int_equal(buf_len(&talk.answer), 0);
    buf_clear(&talk.answer);
}

static void the_reply_repeats_the_address_as_it_was_given(void **state)
{
    struct talk talk = {0};

    (void)state;
    SAY(&talk, "\x05\x01\x00\x05\x01\x00\x03\x28" KEY "\x00\x00");
    buf_reset(&talk.answer);
    socks_reply(&talk.socks, SOCKS_SUCCEEDED, &talk.answer);

    ANSWERS(&talk, "\x05\x00\x00\x03\x28" KEY "\x00\x00");
}

static void bytes_in_any_pieces_mean_the_same(void **state)
{
    static const char all[] = "\x05\x01\x00\x05\x01\x00\x03\x28" KEY "\0\0";

    (void)state;
    for (size_t piece = 1; piece < 12; piece++) {
        struct talk talk = {0};

        say(&talk, all, sizeof(all) - 1, piece);
        assert_int_equal(talk.socks.state, SOCKS_ASKED);
        buf_clear(&talk.answer);
    }
}

static void what_follows_the_request_is_not_taken(void **state)
{
    static const char all[] =
        "\x05\x01\x00\x05\x01\x00\x03\x28" KEY "\0\0the file itself";
    struct talk talk = {0};

    (void)state;
    say(&talk, all, sizeof(all) - 1, 300);

    assert_int_equal(talk.used, sizeof(all) - 1 - strlen("the file itself"));
    buf_clear(&talk.answer);
}

static void other_versions_get_no_answer(void **state)
{
    (void)state;
    struct talk talk = {0};

    SAY(&talk, "\x04\x01\x00\x50\x7f\x00\x00\x01\x00");
    assert_int_equal(talk.socks.state, SOCKS_REFUSED);
    assert_int_equal(buf_len(&talk.answer), 0);
    assert_int_equal(socks_wants(&talk.socks), 0);
}

static void without_the_free_method_there_is_none(void **state)
{
    struct talk talk = {0};

    (void)state;
    SAY(&talk, "\x05\x02\x01\x02");
    ANSWERS(&talk, "\x05\xff");
    assert_int_equal(talk.socks.state, SOCKS_REFUSED);
    talk = (struct talk){0};
    SAY(&talk, "\x05\x00");
    ANSWERS(&talk, "\x05\xff");
}

/* Each request, and the reply of RFC 1928 §6 that refuses it. */
static void whatever_is_no_key_is_refused(void **state)
{
    static const struct {
        const char *bytes;
        size_t count;
        char reply;
    } rows[] = {
#define ROW(reply, literal) {literal, sizeof(literal) - 1, reply}
        ROW(8, "\x05\x01\x00\x01\x7f\x00\x00\x01\x00\x50"), /* IPv4 */
        ROW(8, "\x05\x01\x00\x04\x00\x00\x00\x00\x00"),     /* IPv6 */
        ROW(2, "\x05\x01\x00\x03\x0b"
               "example.org\x00\x50"),
        ROW(2, "\x05\x01\x00\x03\x28" KEY "\x00\x50"), /* a port */
        ROW(2, "\x05\x01\x00\x03\x28"
               "g123456789abcdefABCDEF0123456789abcdef01\x00\x00"),
        ROW(7, "\x05\x02\x00\x03\x28" KEY "\x00\x00"), /* BIND */
        ROW(7, "\x05\x03\x00\x03\x28" KEY "\x00\x00"), /* UDP is off */
        ROW(1, "\x05\x01\x01\x03\x28" KEY "\x00\x00"), /* reserved byte */
        ROW(1, "\x04\x01\x00\x03\x28" KEY "\x00\x00"),
        ROW(2, "\x05\x01\x00\x03\x00\x00\x00"),
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct talk talk = {0};
        char reply[] = "\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00";

        SAY(&talk, "\x05\x01\x00");
        buf_reset(&talk.answer);
        say(&talk, rows[i].bytes, rows[i].count, 300);
        reply[1] = rows[i].reply;
        assert_int_equal(talk.socks.state, SOCKS_REFUSED);
        assert_answer(&talk, reply, sizeof(reply) - 1);
    }
}

static void the_key_is_the_hash_of_xep_0065(void **state)
{
    char key[SOCKS_KEY + 1];

    (void)state;
    /* printf 'vxf9n471bn46a@b/ca@d/e' | sha1sum */
    socks_make_key(key, STR("vxf9n471bn46"), STR("a@b/c"), STR("a@d/e"));
    assert_string_equal(key, "c0a2c113a83a2fb34ec491f54dd86e16c927a65e");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_for_a_key_is_asked),
        cmocka_unit_test(the_reply_repeats_the_address_as_it_was_given),
        cmocka_unit_test(bytes_in_any_pieces_mean_the_same),
        cmocka_unit_test(what_follows_the_request_is_not_taken),
        cmocka_unit_test(other_versions_get_no_answer),
        cmocka_unit_test(without_the_free_method_there_is_none),
        cmocka_unit_test(whatever_is_no_key_is_refused),
        cmocka_unit_test(the_key_is_the_hash_of_xep_0065),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

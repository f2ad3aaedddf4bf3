/* What waits for a component, and what becomes of it (compd/outbox.h). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "compd/outbox.h"

struct seen {
    struct buf text; /* "seq:bytes " of each piece that was shown */
};

/* A channel is only an address to the outbox. */
static struct channel *some_channel(void)
{
    static char place;

    return (struct channel *)&place;
}

static void on_whole(void *ctx, const struct outbox_piece *piece)
{
    struct seen *seen = ctx;

    if (piece->channel)
        buf_printf(&seen->text, "%u ", (unsigned)piece->seq);
}

static void on_left(void *ctx, const struct outbox_piece *piece,
                    struct str body)
{
    struct seen *seen = ctx;

    buf_printf(&seen->text, "%u:%.*s ", (unsigned)piece->seq, STR_ARG(body));
}

static void assert_seen(struct seen *seen, const char *text)
{
    assert_true(str_is(buf_view(&seen->text), text));
    buf_reset(&seen->text);
}

static void a_frame_is_whole_when_its_last_byte_is_written(void **state)
{
    struct outbox outbox = {0};
    struct seen seen = {0};

    (void)state;
    outbox_add(&outbox, STR("abc"), some_channel(), 1);
    outbox_add(&outbox, STR("de"), some_channel(), 2);

    outbox_written(&outbox, 2, on_whole, &seen);
    assert_seen(&seen, "");
    outbox_written(&outbox, 2, on_whole, &seen);
    assert_seen(&seen, "1 ");
    assert_true(str_is(outbox_pending(&outbox), "e"));
    outbox_written(&outbox, 1, on_whole, &seen);
    assert_seen(&seen, "2 ");
    assert_int_equal(outbox_pending(&outbox).len, 0);
    outbox_clear(&outbox);
    buf_clear(&seen.text);
}

static void one_write_may_finish_many_frames(void **state)
{
    struct outbox outbox = {0};
    struct seen seen = {0};

    (void)state;
    for (uint64_t i = 1; i <= 40; i++)
        outbox_add(&outbox, STR("x"), some_channel(), i);

    outbox_written(&outbox, 39, on_whole, &seen);

    assert_true(str_starts(buf_view(&seen.text), STR("1 2 3 ")));
    assert_int_equal(outbox_pending(&outbox).len, 1);
    outbox_clear(&outbox);
    buf_clear(&seen.text);
}

static void what_was_not_written_whole_is_shown_with_all_its_bytes(void **state)
{
    struct outbox outbox = {0};
    struct seen seen = {0};

    (void)state;
    outbox_add(&outbox, STR("half"), some_channel(), 1);
    outbox_add(&outbox, STR("none"), some_channel(), 2);
    outbox_written(&outbox, 2, on_whole, &seen);

    outbox_drain(&outbox, on_left, &seen);

    assert_seen(&seen, "1:half 2:none ");
    assert_int_equal(outbox_pending(&outbox).len, 0);
    outbox_clear(&outbox);
    buf_clear(&seen.text);
}

static void our_own_words_stay_when_frames_are_taken_back(void **state)
{
    struct outbox outbox = {0};
    struct seen seen = {0};

    (void)state;
    outbox_add(&outbox, STR("frame"), some_channel(), 1);
    outbox_add(&outbox, STR("goodbye"), NULL, 0);

    outbox_drain(&outbox, on_left, &seen);

    assert_seen(&seen, "1:frame ");
    assert_true(str_is(outbox_pending(&outbox), "goodbye"));
    outbox_clear(&outbox);
    buf_clear(&seen.text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_frame_is_whole_when_its_last_byte_is_written),
        cmocka_unit_test(one_write_may_finish_many_frames),
        cmocka_unit_test(
            what_was_not_written_whole_is_shown_with_all_its_bytes),
        cmocka_unit_test(our_own_words_stay_when_frames_are_taken_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* What waits for a component, and what becomes of it (compd/tray.h). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "compd/tray.h"

struct seen {
    struct buf text; /* "seq:bytes " of each piece that was shown */
};

/* A channel is only an address to the tray. */
static struct channel *some_channel(void)
{
    static char place;

    return (struct channel *)&place;
}

static void on_whole(void *ctx, const struct tray_piece *piece)
{
    struct seen *seen = ctx;

    if (piece->channel)
        buf_printf(&seen->text, "%u ", (unsigned)piece->seq);
}

static void on_left(void *ctx, const struct tray_piece *piece, struct str body)
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
    struct tray tray = {0};
    struct seen seen = {0};

    (void)state;
    tray_add(&tray, STR("abc"), some_channel(), 1);
    tray_add(&tray, STR("de"), some_channel(), 2);

    tray_written(&tray, 2, on_whole, &seen);
    assert_seen(&seen, "");
    tray_written(&tray, 2, on_whole, &seen);
    assert_seen(&seen, "1 ");
    assert_true(str_is(tray_pending(&tray), "e"));
    tray_written(&tray, 1, on_whole, &seen);
    assert_seen(&seen, "2 ");
    assert_int_equal(tray_pending(&tray).len, 0);
    tray_clear(&tray);
    buf_clear(&seen.text);
}

static void one_write_may_finish_many_frames(void **state)
{
    struct tray tray = {0};
    struct seen seen = {0};

    (void)state;
    for (uint64_t i = 1; i <= 40; i++)
        tray_add(&tray, STR("x"), some_channel(), i);

    tray_written(&tray, 39, on_whole, &seen);

    assert_true(str_starts(buf_view(&seen.text), STR("1 2 3 ")));
    assert_int_equal(tray_pending(&tray).len, 1);
    tray_clear(&tray);
    buf_clear(&seen.text);
}

static void what_was_not_written_whole_is_shown_with_all_its_bytes(void **state)
{
    struct tray tray = {0};
    struct seen seen = {0};

    (void)state;
    tray_add(&tray, STR("half"), some_channel(), 1);
    tray_add(&tray, STR("none"), some_channel(), 2);
    tray_written(&tray, 2, on_whole, &seen);

    tray_drain(&tray, on_left, &seen);

    assert_seen(&seen, "1:half 2:none ");
    assert_int_equal(tray_pending(&tray).len, 0);
    tray_clear(&tray);
    buf_clear(&seen.text);
}

static void our_own_words_stay_when_frames_are_taken_back(void **state)
{
    struct tray tray = {0};
    struct seen seen = {0};

    (void)state;
    tray_add(&tray, STR("frame"), some_channel(), 1);
    tray_add(&tray, STR("goodbye"), NULL, 0);

    tray_drain(&tray, on_left, &seen);

    assert_seen(&seen, "1:frame ");
    assert_true(str_is(tray_pending(&tray), "goodbye"));
    tray_clear(&tray);
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

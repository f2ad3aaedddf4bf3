/* What of a store's messages fits on a page, and in which order it is sent. */
#include "tests/unit/test.h"

#include "common/archive/archive.h"

static void fill(struct archive_page *page, struct arena *arena, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        archive_page_add(
            page, arena,
            &(struct archive_found){.id = arena_printf(arena, "%u", i),
                                    .stanza = STR("0123456789")});
}

static void one_message_more_cuts_it(void **state)
{
    struct arena arena = {0};
    struct archive_page page;

    (void)state;
    archive_page_init(&page, &arena, 3, 1000);
    fill(&page, &arena, 3);
    assert_false(page.is_cut);
    fill(&page, &arena, 1);
    assert_true(page.is_cut);
    assert_int_equal(page.count, 3);
    arena_clear(&arena);
}

static void bytes_cut_it_behind_the_first(void **state)
{
    struct arena arena = {0};
    struct archive_page page;

    (void)state;
    archive_page_init(&page, &arena, 100, 15);
    fill(&page, &arena, 100);
    assert_int_equal(page.count, 2);
    assert_true(page.is_cut);
    archive_page_init(&page, &arena, 100, 1);
    fill(&page, &arena, 1);
    assert_int_equal(page.count, 1);
    assert_false(page.is_cut);
    arena_clear(&arena);
}

static void a_page_of_none_has_none(void **state)
{
    struct arena arena = {0};
    struct archive_page page;

    (void)state;
    archive_page_init(&page, &arena, 0, 1000);
    fill(&page, &arena, 1);
    assert_int_equal(page.count, 0);
    assert_true(page.is_cut);
    arena_clear(&arena);
}

static void it_is_turned_for_time_and_flipped_for_the_reader(void **state)
{
    const struct archive_query plain = {0}, flipped = {.is_flipped = true};
    struct arena arena = {0};
    struct archive_page page;

    (void)state;
    archive_page_init(&page, &arena, 3, 1000);
    fill(&page, &arena, 3);
    archive_page_turn(&page);
    assert_str(page.found[0].id, "2");
    assert_str(page.found[2].id, "0");
    assert_str(archive_page_at(&page, &plain, 0)->id, "2");
    assert_str(archive_page_at(&page, &flipped, 0)->id, "0");
    arena_clear(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_message_more_cuts_it),
        cmocka_unit_test(bytes_cut_it_behind_the_first),
        cmocka_unit_test(a_page_of_none_has_none),
        cmocka_unit_test(it_is_turned_for_time_and_flipped_for_the_reader),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Names, tokens and paths of uploaded files (webd/slot.h, path.h). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "webd/path.h"
#include "webd/slot.h"

#define ID "0123456789abcdef0123456789abcdef"

static const struct str key = {"kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk",
                               SLOT_KEY_LENGTH};
static const struct slot example = {
    .id = {ID, SLOT_ID_LENGTH},
    .owner = {"romeo@localhost", 15},
    .name = {"tr\xc3\xa8s cool.jpg", 14},
    .type = {"image/jpeg", 10},
    .size = 23456,
    .valid_until_s = 1800000000,
    .expires_s = 1900000000,
};

#define assert_str(s, text) assert_true(str_is((s), (text)))

static void a_token_tells_its_slot(void **state)
{
    struct arena arena = {0};
    struct str token = slot_write_token(&arena, key, &example);
    struct slot slot;

    (void)state;
    assert_true(slot_read_token(&slot, &arena, key, token));
    assert_str(slot.id, ID);
    assert_str(slot.owner, "romeo@localhost");
    assert_str(slot.name, "tr\xc3\xa8s cool.jpg");
    assert_str(slot.type, "image/jpeg");
    assert_int_equal(slot.size, 23456);
    assert_int_equal(slot.valid_until_s, 1800000000);
    assert_int_equal(slot.expires_s, 1900000000);
    arena_clear(&arena);
}

static void no_changed_token_is_one(void **state)
{
    struct arena arena = {0};
    struct str token = slot_write_token(&arena, key, &example);
    char *changed = str_dup_heap(token);
    struct slot slot;

    (void)state;
    for (size_t i = 0; i < token.len; i++) {
        char was = changed[i];

        changed[i] = was == 'A' ? 'B' : 'A';
        assert_false(slot_read_token(&slot, &arena, key, str_of(changed)));
        changed[i] = was;
        assert_false(
            slot_read_token(&slot, &arena, key, (struct str){token.p, i}));
    }
    assert_false(slot_read_token(
        &slot, &arena,
        (struct str){"another key of the same length..", SLOT_KEY_LENGTH},
        token));
    assert_false(slot_read_token(&slot, &arena, key, STR_NONE));
    free(changed);
    arena_clear(&arena);
}

static void names_lose_what_steers_or_leads(void **state)
{
    static const char *const names[][2] = {
        {"a.txt", "a.txt"},
        {"../../etc/passwd", "passwd"},
        {"C:\\temp\\b.doc", "b.doc"},
        {"..", "file"},
        {".", "file"},
        {"", "file"},
        {"folder/", "file"},
        {"a\nb\tc\x7f", "a_b_c_"},
        {"photo\xe2\x80\xaegpj.exe", "photo_gpj.exe"},
        {"x\xe2\x81\xa6y", "x_y"},
        {"c1\xc2\x85", "c1_"},
        {"\xe9\xa9\xbf\xe7\xab\x99.pdf", "\xe9\xa9\xbf\xe7\xab\x99.pdf"},
    };
    struct arena arena = {0};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(names); i++)
        assert_str(slot_clean_name(&arena, str_of(names[i][0])), names[i][1]);
    arena_clear(&arena);
}

static void a_long_name_keeps_its_ending(void **state)
{
    struct arena arena = {0};
    struct buf name = {0};
    struct str clean;

    (void)state;
    for (int i = 0; i < 200; i++)
        buf_add_text(&name, "\xe9\xa9\xbf"); /* three bytes each */
    buf_add_text(&name, ".docx");
    clean = slot_clean_name(&arena, buf_view(&name));
    assert_true(clean.len <= SLOT_MAX_NAME && clean.len > SLOT_MAX_NAME - 3);
    assert_true(str_eq((struct str){clean.p + clean.len - 5, 5}, STR(".docx")));
    assert_int_equal((clean.len - 5) % 3, 0);
    buf_clear(&name);
    arena_clear(&arena);
}

static void types_may_stand_in_headers(void **state)
{
    (void)state;
    assert_true(slot_is_type(STR("text/html; charset=utf-8")));
    assert_false(slot_is_type(STR("text")));
    assert_false(slot_is_type(STR("/html")));
    assert_false(slot_is_type(STR("text/")));
    assert_false(slot_is_type(STR("text/html\r\nSet-Cookie: a")));
    assert_false(slot_is_type(STR("text/h\xc3\xa4")));
}

static void paths_come_back_as_they_went(void **state)
{
    struct arena arena = {0};
    struct str id, name, text = STR("100% \"\xc3\xa8\" #?&+.jpg");
    struct str encoded = path_encode(&arena, text);

    (void)state;
    assert_str(encoded, "100%25%20%22%C3%A8%22%20%23%3F%26%2B.jpg");
    assert_true(str_eq(path_decode(&arena, encoded), text));
    assert_true(path_read_upload(&arena, STR(ID "/a%20b"), &id, &name));
    assert_str(id, ID);
    assert_str(name, "a b");
    arena_clear(&arena);
}

static void no_path_is_decoded_to_another(void **state)
{
    static const char *const wrong[] = {
        "",         ID,           ID "/",    ID "/%",      ID "/%2",
        ID "/%zz",  ID "/%00",    ID "/%2f", ID "/%5c",    ID "/a/b",
        ID "/a\\b", ID "/%c0%ae", ID "/%ff", ID "/%0a",    "../slot.key",
        "short/a",  "%2e%2e/a",   ID "x/a",  ID "/%u002e",
    };
    struct arena arena = {0};
    struct str id, name;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(wrong); i++)
        assert_false(path_read_upload(&arena, str_of(wrong[i]), &id, &name));
    assert_str(path_decode(&arena, STR("%252e")), "%2e"); /* once */
    arena_clear(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_token_tells_its_slot),
        cmocka_unit_test(no_changed_token_is_one),
        cmocka_unit_test(names_lose_what_steers_or_leads),
        cmocka_unit_test(a_long_name_keeps_its_ending),
        cmocka_unit_test(types_may_stand_in_headers),
        cmocka_unit_test(paths_come_back_as_they_went),
        cmocka_unit_test(no_path_is_decoded_to_another),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

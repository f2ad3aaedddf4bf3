#include "tests/unit/test.h"

#include <stdlib.h>

#include "common/stanza/stanza.h"

static void every_kind_of_chinese_is_simplified_chinese(void **state)
{
    (void)state;
    assert_int_equal(text_language(STR("zh")), LANGUAGE_ZH);
    assert_int_equal(text_language(STR("zh-CN")), LANGUAGE_ZH);
    assert_int_equal(text_language(STR("ZH-Hant-TW")), LANGUAGE_ZH);
    assert_int_equal(text_language(STR("zh_CN.UTF-8")), LANGUAGE_ZH);
    assert_int_equal(text_language(STR("en-GB")), LANGUAGE_EN);
}

static void other_languages_get_the_default(void **state)
{
    (void)state;
    assert_int_equal(text_language(STR("de")), LANGUAGE_EN);
    assert_int_equal(text_language(STR("zha")), LANGUAGE_EN);
    assert_int_equal(text_language(STR_NONE), LANGUAGE_EN);
    text_set_default(LANGUAGE_ZH);
    assert_int_equal(text_language(STR("de")), LANGUAGE_ZH);
    assert_int_equal(text_language(STR_NONE), LANGUAGE_ZH);
    assert_int_equal(text_language(STR("en")), LANGUAGE_EN);
    text_set_default(LANGUAGE_EN);
}

static void a_text_without_translation_stays(void **state)
{
    const char *unknown = "Nobody has ever said this";

    (void)state;
    assert_ptr_equal(text_in(LANGUAGE_ZH, unknown), unknown);
    assert_string_equal(text_in(LANGUAGE_ZH, "The room is full"),
                        "房间人数已满");
    assert_string_equal(text_in(LANGUAGE_EN, "The room is full"),
                        "The room is full");
}

static void name_locale(const char *language, const char *all, const char *lang)
{
    assert_int_equal(setenv("LANGUAGE", language, 1), 0);
    assert_int_equal(setenv("LC_ALL", all, 1), 0);
    assert_int_equal(setenv("LC_MESSAGES", "", 1), 0);
    assert_int_equal(setenv("LANG", lang, 1), 0);
}

static void the_name_of_a_locale_is_enough(void **state)
{
    (void)state;
    name_locale("", "", "zh_CN.UTF-8");
    assert_int_equal(text_language_of_environment(), LANGUAGE_ZH);
    name_locale("", "C.UTF-8", "zh_CN.UTF-8");
    assert_int_equal(text_language_of_environment(), LANGUAGE_EN);
    name_locale("fr:zh_CN:en", "C.UTF-8", "C.UTF-8");
    assert_int_equal(text_language_of_environment(), LANGUAGE_ZH);
    name_locale("", "", "");
    assert_int_equal(text_language_of_environment(), LANGUAGE_EN);
}

/* --- errors --------------------------------------------------------------- */

static struct xml *message_in(struct arena *arena, struct str lang)
{
    struct xml *message = xml_new(arena, NS_CLIENT, STR("message"));

    if (lang.p)
        xml_set_lang(message, lang);
    return message;
}

static const struct xml *text_of(struct arena *arena, struct str lang)
{
    const struct xml *reply = stanza_error_reply(
        arena, message_in(arena, lang), ERR_NOT_ALLOWED, "The room is full");

    return xml_child(xml_child(reply, NS_CLIENT, "error"), NS_STANZA_ERROR,
                     "text");
}

static void an_error_is_told_in_the_language_of_its_stanza(void **state)
{
    struct arena arena = {0};
    const struct xml *text = text_of(&arena, STR("zh-TW"));

    (void)state;
    assert_true(str_is(xml_text(text), "房间人数已满"));
    assert_true(str_is(xml_lang(text), "zh"));
    text = text_of(&arena, STR("en"));
    assert_true(str_is(xml_text(text), "The room is full"));
    assert_null(xml_lang(text).p);
    arena_clear(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_of_chinese_is_simplified_chinese),
        cmocka_unit_test(other_languages_get_the_default),
        cmocka_unit_test(a_text_without_translation_stays),
        cmocka_unit_test(the_name_of_a_locale_is_enough),
        cmocka_unit_test(an_error_is_told_in_the_language_of_its_stanza),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

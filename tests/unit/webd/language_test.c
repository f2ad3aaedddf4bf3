/* Which language an answer is in (webd/language.h). */
#include "tests/unit/test.h"

#include "webd/language.h"

static void reads(const char *header, enum language wanted)
{
    if (language_choose(str_of(header)) != wanted)
        fail_msg("%s", header ? header : "(none)");
}

static void what_is_wanted_most_is_chosen(void **state)
{
    (void)state;
    reads("zh-CN,zh;q=0.9,en;q=0.8", LANGUAGE_ZH);
    reads("en;q=0.8 , zh-Hans", LANGUAGE_ZH);
    reads("en;q=0.8, zh;Q=0.800, fr", LANGUAGE_EN);
    reads("en;q=0.123, zh;q=0.124", LANGUAGE_ZH);
    reads("de, zh;q=0.1", LANGUAGE_ZH);
}

static void without_one_of_ours_it_is_the_default(void **state)
{
    static const char *const others[] = {
        NULL,   "",         "de, fr;q=0.5",  "*",        "zh;q=0",
        "zh;q", "zh;q=0.0", "zh;q=2",        "zh;q=0,5", ",;,=;",
        ";q=1", "zh;q=.5",  "zh;q=0.123456", "zhuang",   "zh;q=-1",
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(others); i++)
        reads(others[i], LANGUAGE_EN);
    text_set_default(LANGUAGE_ZH);
    reads("de", LANGUAGE_ZH);
    reads(NULL, LANGUAGE_ZH);
    reads("en", LANGUAGE_EN);
    text_set_default(LANGUAGE_EN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_wanted_most_is_chosen),
        cmocka_unit_test(without_one_of_ours_it_is_the_default),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

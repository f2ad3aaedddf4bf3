#include "tests/unit/test.h"

#include <stdio.h>

#include "common/jid/jid.h"

static void an_address_is_cut_into_its_parts(void **state)
{
    struct arena arena = {0};
    struct jid jid;

    (void)state;
    assert_true(jid_parse(&jid, &arena, STR("juliet@example.com/bal/c@ny")));
    assert_str(jid.full, "juliet@example.com/bal/c@ny");
    assert_str(jid.bare, "juliet@example.com");
    assert_str(jid.local, "juliet");
    assert_str(jid.domain, "example.com");
    assert_str(jid.resource, "bal/c@ny");
    assert_true(jid_parse(&jid, &arena, STR("example.com")));
    assert_null(jid.local.p);
    assert_null(jid.resource.p);
    assert_true(jid_is_bare(&jid));
    arena_clear(&arena);
}

static void equal_addresses_get_equal_bytes(void **state)
{
    static const char *const pairs[][2] = {
        {"Juliet@EXAMPLE.com/Balcony", "juliet@example.com/Balcony"},
        {"a@example.com.", "a@example.com"},
        {"STRASSE@example.com", "strasse@example.com"},
        {"\xc3\x9f@example.com", "\xc3\x9f@example.com"},
        {"\xce\xa3@example.com", "\xcf\x83@example.com"},
        {"a@b\xc3\xbc"
         "cher.example",
         "a@b\xc3\xbc"
         "cher.example"},
        {"a@xn--bcher-kva.example", "a@b\xc3\xbc"
                                    "cher.example"},
        {"a@127.0.0.1", "a@127.0.0.1"},
        {"a@[::1]/r", "a@[::1]/r"},
        {"\xe5\xbc\xa0\xe4\xb8\x89@example.com",
         "\xe5\xbc\xa0\xe4\xb8\x89@example.com"},
    };
    struct arena arena = {0};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(pairs); i++) {
        struct jid jid;

        if (!jid_parse(&jid, &arena, str_of(pairs[i][0])))
            fail_msg("refused: %s", pairs[i][0]);
        assert_str(jid.full, pairs[i][1]);
    }
    arena_clear(&arena);
}

static void what_is_no_address_is_refused(void **state)
{
    static const char *const wrong[] = {
        "",
        "@example.com",
        "a@",
        "a@example.com/",
        "/r",
        "a b@example.com",
        "a\"b@example.com",
        "a&b@example.com",
        "a'b@example.com",
        "<a>@example.com",
        "a:b@example.com",
        "a@b@example.com",
        "a@-example.com",
        "a@example-.com",
        "a@exa mple.com",
        "a@.com",
        "a@example..com",
        "a\xff@example.com",
        "a@example.com/\xc0\xaf",
        "a@example.com/\x01",
        "\xe2\x80\x80@example.com",
        "[::g]",
    };
    struct arena arena = {0};
    struct jid jid;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(wrong); i++)
        if (jid_parse(&jid, &arena, str_of(wrong[i])))
            fail_msg("accepted: %s", wrong[i]);
    arena_clear(&arena);
}

static void a_part_has_at_most_1023_bytes(void **state)
{
    struct arena arena = {0};
    struct buf text = {0};
    struct jid jid;

    (void)state;
    for (int i = 0; i < 1023; i++)
        buf_add_char(&text, 'a');
    assert_non_null(jid_prep_local(&arena, buf_view(&text)).p);
    assert_non_null(jid_prep_resource(&arena, buf_view(&text)).p);
    buf_add_text(&text, "@example.com");
    assert_true(jid_parse(&jid, &arena, buf_view(&text)));
    buf_reset(&text);
    for (int i = 0; i < 1024; i++)
        buf_add_char(&text, 'a');
    assert_null(jid_prep_local(&arena, buf_view(&text)).p);
    assert_null(jid_prep_resource(&arena, buf_view(&text)).p);
    buf_clear(&text);
    arena_clear(&arena);
}

static void preparing_twice_changes_nothing(void **state)
{
    static const char *const texts[] = {"\xc3\x84@B.example/\xef\xbc\xa1",
                                        "\xe2\x84\xa2@x.example",
                                        "\xc4\xb0@x.example"};
    struct arena arena = {0};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        struct jid once, twice;

        if (!jid_parse(&once, &arena, str_of(texts[i])))
            continue; /* refused the first time is refused for good */
        assert_true(jid_parse(&twice, &arena, once.full));
        assert_true(jid_eq(&once, &twice));
    }
    arena_clear(&arena);
}

static void users_spread_over_all_shards(void **state)
{
    unsigned users[JID_SHARDS] = {0};

    (void)state;
    for (int i = 0; i < 6400; i++) {
        char text[64];
        unsigned shard;

        snprintf(text, sizeof(text), "user%d@example.com", i);
        shard = jid_shard(str_of(text));
        assert_true(shard < JID_SHARDS);
        users[shard]++;
    }
    for (unsigned i = 0; i < JID_SHARDS; i++)
        assert_true(users[i] > 50 && users[i] < 150);
}

static void a_name_is_escaped_by_xep_0106(void **state)
{
    struct arena arena = {0};

    (void)state;
    assert_str(jid_escape_local(&arena, STR("d'artagnan @home")),
               "d\\27artagnan\\20\\40home");
    arena_clear(&arena);
}

static void a_label_has_at_most_63_bytes(void **state)
{
    struct arena arena = {0};
    char domain[80];

    (void)state;
    memset(domain, 'a', sizeof(domain));
    memcpy(domain + 63, ".example", 9);
    assert_non_null(jid_prep_domain(&arena, str_of(domain)).p);
    memset(domain, 'a', sizeof(domain));
    memcpy(domain + 64, ".example", 9);
    assert_null(jid_prep_domain(&arena, str_of(domain)).p);
    arena_clear(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_label_has_at_most_63_bytes),
        cmocka_unit_test(an_address_is_cut_into_its_parts),
        cmocka_unit_test(equal_addresses_get_equal_bytes),
        cmocka_unit_test(what_is_no_address_is_refused),
        cmocka_unit_test(a_part_has_at_most_1023_bytes),
        cmocka_unit_test(preparing_twice_changes_nothing),
        cmocka_unit_test(users_spread_over_all_shards),
        cmocka_unit_test(a_name_is_escaped_by_xep_0106),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

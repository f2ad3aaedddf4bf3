/* Addresses beyond ASCII, as RFC 7622 has them by PRECIS and IDNA2008. */
#include "tests/unit/test.h"

#include "common/jid/jid.h"

struct example {
    const char *text;
    const char *local, *domain, *resource; /* prepared; NULL: absent */
};

static void check_part(struct str part, const char *expected, const char *text)
{
    if (!part.p != !expected || (part.p && !str_is(part, expected)))
        fail_msg("%s: %.*s instead of %s", text, STR_ARG(part),
                 expected ? expected : "nothing");
}

static void the_valid_examples_of_the_rfc_are_taken(void **state)
{
    /* RFC 7622 §3.5, table 1, as localparts are mapped by RFC 8265. */
    static const struct example examples[] = {
        {"juliet@example.com", "juliet", "example.com", NULL},
        {"juliet@example.com/foo", "juliet", "example.com", "foo"},
        {"juliet@example.com/foo bar", "juliet", "example.com", "foo bar"},
        {"juliet@example.com/foo@bar", "juliet", "example.com", "foo@bar"},
        {"foo\\20bar@example.com", "foo\\20bar", "example.com", NULL},
        {"fussball@example.com", "fussball", "example.com", NULL},
        {"fu\u00dfball@example.com", "fu\u00dfball", "example.com", NULL},
        {"\u03c0@example.com", "\u03c0", "example.com", NULL},
        {"\u03a3@example.com/foo", "\u03c3", "example.com", "foo"},
        {"\u03c3@example.com/foo", "\u03c3", "example.com", "foo"},
        {"\u03c2@example.com/foo", "\u03c2", "example.com", "foo"},
        {"king@example.com/\u265a", "king", "example.com", "\u265a"},
        {"example.com", NULL, "example.com", NULL},
        {"example.com/foobar", NULL, "example.com", "foobar"},
        {"a.example.com/b@example.net", NULL, "a.example.com", "b@example.net"},
    };
    struct arena arena = {0};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(examples); i++) {
        const struct example *example = &examples[i];
        struct jid jid;

        if (!jid_parse(&jid, &arena, str_of(example->text)))
            fail_msg("refused: %s", example->text);
        check_part(jid.local, example->local, example->text);
        check_part(jid.domain, example->domain, example->text);
        check_part(jid.resource, example->resource, example->text);
    }
    arena_clear(&arena);
}

static void refuses(const char *const *texts, size_t count)
{
    struct arena arena = {0};
    struct jid jid;

    for (size_t i = 0; i < count; i++)
        if (jid_parse(&jid, &arena, str_of(texts[i])))
            fail_msg("accepted: %s", texts[i]);
    arena_clear(&arena);
}

static void the_invalid_examples_of_the_rfc_are_refused(void **state)
{
    /* Table 2, but for a space that begins a resourcepart: no rule of §3.4 or
     * of OpaqueString forbids it. */
    static const char *const examples[] = {
        "\"juliet\"@example.com",
        "foo bar@example.com",
        "@example.com/",
        "henry\u2163@example.com",
        "\u265a@example.com",
        "juliet@",
        "/foobar",
    };

    (void)state;
    refuses(examples, COUNT_OF(examples));
}

static void the_same_address_is_written_in_one_way(void **state)
{
    static const char *const pairs[][2] = {
        /* width, case and composition of localparts */
        {"\uff2a\uff35@example.com", "ju@example.com"},
        {"\uff76\uff9e@example.com", "\u30ac@example.com"},
        {"A\u0308@example.com", "\u00e4@example.com"},
        {"\u0130@example.com", "i\u0307@example.com"},
        {"\u039f\u03a3@example.com", "\u03bf\u03c2@example.com"},
        /* resourceparts keep case and width, and have one kind of space */
        {"a@example.com/\uff21", "a@example.com/\uff21"},
        {"a@example.com/B\u00a0c\u3000d", "a@example.com/B c d"},
        {"a@example.com/A\u0308", "a@example.com/\u00c4"},
        /* domains */
        {"B\u00dcCHER.Example", "b\u00fccher.example"},
        {"xn--bcher-kva.example", "b\u00fccher.example"},
        {"XN--BCHER-KVA.example", "b\u00fccher.example"},
        {"stra\u00dfe.example", "stra\u00dfe.example"},
        {"\uff45xample\u3002com", "example.com"},
        {"\uff45xample\uff0ecom.", "example.com"},
        {"_Service.Example", "_service.example"},
    };
    struct arena arena = {0};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(pairs); i++) {
        struct jid jid, again;

        if (!jid_parse(&jid, &arena, str_of(pairs[i][0])))
            fail_msg("refused: %s", pairs[i][0]);
        check_part(jid.full, pairs[i][1], pairs[i][0]);
        assert_true(jid_parse(&again, &arena, jid.full));
        assert_true(jid_eq(&jid, &again));
    }
    arena_clear(&arena);
}

static void what_no_identifier_has_is_refused(void **state)
{
    static const char *const wrong[] = {
        "i\u2665you@example.com",   /* a symbol */
        "\U0001f600@example.com",   /* a symbol beyond the first plane */
        "a\u2013b@example.com",     /* punctuation */
        "\u2122@example.com",       /* of compatibility */
        "\ufb01sh@example.com",     /* a ligature */
        "a\u00a0b@example.com",     /* a space */
        "a\u00adb@example.com",     /* ignored on the screen */
        "a\u200bb@example.com",     /* and this one */
        "a\u202eb@example.com",     /* turns what follows */
        "a\ufe0fb@example.com",     /* selects a variant */
        "\u1100\u1161@example.com", /* Hangul not composed */
        "a\u0640@example.com",      /* an exception */
        "\U000e0001@example.com",   /* a tag */
        "\u0378@example.com",       /* unassigned */
        "\ufdd0@example.com",       /* no character */
        "\ue000@example.com",       /* private use */
        "a\uff20@example.com",      /* an @ of another width */
        "\uff1ca@example.com",      /* a < of another width */
    };

    (void)state;
    refuses(wrong, COUNT_OF(wrong));
}

static void what_no_resource_has_is_refused(void **state)
{
    static const char *const wrong[] = {
        "a@example.com/a\u00adb", "a@example.com/a\u200db",
        "a@example.com/\u202ea",  "a@example.com/\ue000",
        "a@example.com/\u0378",   "a@example.com/\x7f",
        "a@example.com/\xc2\x85", "a@example.com/\u1100",
    };

    (void)state;
    refuses(wrong, COUNT_OF(wrong));
}

static bool is_local(struct arena *arena, const char *text)
{
    return jid_prep_local(arena, str_of(text)).p != NULL;
}

static void some_characters_need_their_context(void **state)
{
    static const struct {
        const char *local;
        bool is_right;
    } cases[] = {
        {"l\u00b7l", true},
        {"a\u00b7l", false},
        {"l\u00b7", false},
        {"\u0375\u03b1", true},
        {"\u0375a", false},
        {"\u05d0\u05f3", true},
        {"a\u05f3", false},
        {"\u30fb\u30ab", true},
        {"\u30fb\u6f22", true},
        {"\u30fba", false},
        {"\u0628\u0661", true},
        {"\u0628\u0661\u06f1", false},
        {"\u0628\u06f1", true},
        {"\u0915\u094d\u200d\u0937", true},
        {"\u0915\u200d\u0937", false},
        {"\u0915\u094d\u200c\u0937", true},
        {"\u0628\u200c\u0628", true},
        {"\u0628\u200ca", false},
        {"\u200c", false},
    };
    struct arena arena = {0};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        if (is_local(&arena, cases[i].local) != cases[i].is_right)
            fail_msg("case %zu: %s", i, cases[i].local);
    arena_clear(&arena);
}

static void what_runs_from_right_to_left_is_not_mixed(void **state)
{
    static const struct {
        const char *local;
        bool is_right;
    } cases[] = {
        {"\u05d0\u05d1", true},
        {"\u05d0\u05d1"
         "1",
         true},
        {"\u05d0\u05d1\u05b0", true},
        {"1\u05d0", false},
        {"\u05d0"
         "a",
         false},
        {"a\u05d0", false},
        {"\u05d0-", false},
        {"\u05d0-\u05d1", true},
        {"\u0627"
         "1\u0661",
         false},
        {"\u0661", false},
    };
    struct arena arena = {0};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        if (is_local(&arena, cases[i].local) != cases[i].is_right)
            fail_msg("case %zu: %s", i, cases[i].local);
    arena_clear(&arena);
}

static void what_is_no_domain_of_today_is_refused(void **state)
{
    static const char *const wrong[] = {
        "\u2665.example",   /* a symbol, which IDNA2003 had */
        "\u05d0z.example",  /* mixed directions */
        "xn--a.example",    /* decodes to nothing */
        "xn--ls8h.example", /* decodes to a symbol */
        "\u0301a.example",  /* begins with a mark */
        "a\u200db.example", /* out of its context */
    };

    (void)state;
    refuses(wrong, COUNT_OF(wrong));
}

static void a_part_may_not_grow_past_its_bound(void **state)
{
    struct arena arena = {0};
    struct buf text = {0};

    (void)state;
    for (int i = 0; i < 341; i++) /* 2 bytes each, 3 in lower case */
        buf_add_text(&text, "\u0130");
    assert_non_null(jid_prep_local(&arena, buf_view(&text)).p);
    buf_add_text(&text, "\u0130");
    assert_null(jid_prep_local(&arena, buf_view(&text)).p);
    buf_clear(&text);
    arena_clear(&arena);
}

static void what_looks_alike_folds_alike(void **state)
{
    struct arena arena = {0};

    (void)state;
    assert_str(jid_fold(&arena, STR("\uff21\ufb01\u2163")), "afiiv");
    assert_str(jid_fold(&arena, STR("Stra\u00dfe")), "strasse");
    assert_null(jid_fold(&arena, STR("\xff")).p);
    arena_clear(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_valid_examples_of_the_rfc_are_taken),
        cmocka_unit_test(the_invalid_examples_of_the_rfc_are_refused),
        cmocka_unit_test(the_same_address_is_written_in_one_way),
        cmocka_unit_test(what_no_identifier_has_is_refused),
        cmocka_unit_test(what_no_resource_has_is_refused),
        cmocka_unit_test(some_characters_need_their_context),
        cmocka_unit_test(what_runs_from_right_to_left_is_not_mixed),
        cmocka_unit_test(what_is_no_domain_of_today_is_refused),
        cmocka_unit_test(a_part_may_not_grow_past_its_bound),
        cmocka_unit_test(what_looks_alike_folds_alike),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

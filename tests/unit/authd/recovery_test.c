/* Codes for whoever forgot the password. */
#include "fixture.h"

#define QUERY "<query xmlns='urn:posthouse:recover:0'>"

static void ask(struct fixture *t, const char *peer, const char *fields)
{
    struct arena arena = {0};

    receive(t, "c2s/1",
            arena_printf(&arena,
                         "<recover" XMLNS "domain='example.com' peer='%s' "
                         "secure='1'><iq xmlns='jabber:client' type='set' "
                         "id='r'>" QUERY "%s</query></iq></recover>",
                         peer, fields)
                .p);
    arena_clear(&arena);
    settle(t);
}

static void time_passes(struct fixture *t, int64_t ms)
{
    t->now_ms += ms;
    authd_tick(&t->authd, t->now_ms);
}

static bool nothing_was_told(const struct fixture *t)
{
    return t->sent.data[t->sent.start] == '\0';
}

/* The code of the last letter. */
static const char *code_of(const struct fixture *t, char code[10])
{
    const char *at = strstr(buf_view(&t->letter).p, "code='");

    assert_non_null(at);
    snprintf(code, 10, "%.9s", at + strlen("code='"));
    return code;
}

static void choose(struct fixture *t, const char *user, const char *code,
                   const char *password)
{
    struct arena arena = {0};

    ask(t, "192.0.2.1",
        arena_printf(&arena,
                     "<username>%s</username><code>%s</code>"
                     "<password>%s</password>",
                     user, code, password)
            .p);
    arena_clear(&arena);
}

static void a_code_goes_to_the_address_on_file(void **state)
{
    struct fixture *t = *state;
    char code[10];

    ask(t, "192.0.2.1", "<username>Juliet</username>");
    time_passes(t, 1001);

    assert_true(was_told(t, "type='result'"));
    assert_true(strstr(t->letter.data, "to='juliet@mail.example'") != NULL);
    assert_true(strstr(t->letter.data, "jid='juliet@example.com'") != NULL);
    assert_int_equal(strlen(code_of(t, code)), 9);
    assert_null(strstr(t->store.code_hash, code));
}

static void the_answer_is_the_same_for_unknown_users(void **state)
{
    struct fixture *t = *state;
    char *known;

    ask(t, "192.0.2.1", "<username>juliet</username>");
    assert_true(nothing_was_told(t));
    time_passes(t, 1001);
    known = str_dup_heap(str_of(t->sent.data));
    buf_reset(&t->letter);
    ask(t, "192.0.2.1", "<username>nobody</username>");
    assert_true(nothing_was_told(t));
    time_passes(t, 1000);
    assert_true(nothing_was_told(t));
    time_passes(t, 1);

    assert_string_equal(t->sent.data, known);
    assert_int_equal(buf_len(&t->letter), 0);
    free(known);
}

static void the_code_gives_a_new_password_once(void **state)
{
    struct fixture *t = *state;
    char code[10];

    ask(t, "192.0.2.1", "<username>juliet</username>");
    code_of(t, code);
    code[4] = ' '; /* typed as one likes */
    for (char *c = code; *c; c++)
        *c = (char)(*c >= 'A' ? *c + 32 : *c);
    choose(t, "juliet", code, "a new secret");
    time_passes(t, 1001);
    assert_true(was_told(t, "type='result'"));
    assert_true(t->store.replaced);

    t->store.replaced = false;
    choose(t, "juliet", code, "another secret");
    time_passes(t, 1001);
    assert_true(was_told(t, "<not-authorized"));
    assert_false(t->store.replaced);
}

static void a_wrong_code_is_refused_as_an_unknown_user_is(void **state)
{
    struct fixture *t = *state;
    char *known;

    ask(t, "192.0.2.1", "<username>juliet</username>");
    choose(t, "juliet", "AAAA-AAAA", "a new secret");
    assert_true(nothing_was_told(t));
    time_passes(t, 1001);
    known = str_dup_heap(str_of(t->sent.data));
    choose(t, "nobody", "AAAA-AAAA", "a new secret");
    assert_true(nothing_was_told(t));
    time_passes(t, 1001);

    assert_true(was_told(t, "<not-authorized"));
    assert_string_equal(t->sent.data, known);
    assert_false(t->store.replaced);
    free(known);
}

static void no_code_fits_when_none_was_asked_for(void **state)
{
    struct fixture *t = *state;
    const char *const codes[] = {"", "-", "AAAAAAAAA", "AAAA", "AAAA-AAAA"};

    for (size_t i = 0; i < 2; i++) {
        choose(t, "juliet", codes[i], "a new secret");
        time_passes(t, 1001);
        assert_true(was_told(t, "<not-authorized"));
    }
    assert_false(t->store.replaced);
}

static void attempts_are_numbered(void **state)
{
    struct fixture *t = *state;
    char code[10];

    ask(t, "192.0.2.1", "<username>juliet</username>");
    code_of(t, code);
    assert_int_equal(t->store.attempts, 5);
    choose(t, "juliet", "AAAA-AAAA", "a new secret");
    time_passes(t, 1001);
    assert_int_equal(t->store.attempts, 4);
    t->store.attempts = 0;
    choose(t, "juliet", code, "a new secret");
    time_passes(t, 1001);
    assert_true(was_told(t, "<not-authorized"));
}

static void wrong_codes_count_as_failed_logins(void **state)
{
    struct fixture *t = *state;

    for (int i = 0; i < 4; i++) {
        choose(t, "juliet", "AAAA-AAAA", "a new secret");
        time_passes(t, 1001);
    }
    choose(t, "juliet", "AAAA-AAAA", "a new secret");

    assert_true(was_told(t, "<resource-constraint"));
}

static void a_bad_password_does_not_cost_the_code(void **state)
{
    struct fixture *t = *state;
    char code[10];

    ask(t, "192.0.2.1", "<username>juliet</username>");
    choose(t, "juliet", code_of(t, code), "abc");
    assert_true(was_told(t, "<not-acceptable"));
    assert_int_equal(t->store.attempts, 5);
}

static void one_account_gets_few_letters(void **state)
{
    struct fixture *t = *state;

    ask(t, "192.0.2.1", "<username>juliet</username>");
    ask(t, "192.0.2.2", "<username>juliet</username>");
    ask(t, "192.0.2.3", "<username>juliet</username>");
    assert_true(was_told(t, "<resource-constraint"));
}

static void one_address_asks_for_few(void **state)
{
    struct fixture *t = *state;
    struct arena arena = {0};

    for (int i = 0; i < 4; i++)
        ask(t, "192.0.2.1",
            arena_printf(&arena, "<username>user%d</username>", i).p);
    ask(t, "192.0.2.1", "<username>user9</username>");
    assert_true(was_told(t, "<resource-constraint"));
    ask(t, "192.0.2.9", "<username>user9</username>");
    assert_true(nothing_was_told(t));
    arena_clear(&arena);
}

static void half_a_form_is_refused(void **state)
{
    struct fixture *t = *state;

    ask(t, "192.0.2.1", "");
    assert_true(was_told(t, "<bad-request"));
    ask(t, "192.0.2.1", "<username>juliet</username><code>AAAA-AAAA</code>");
    assert_true(was_told(t, "<bad-request"));
    ask(t, "192.0.2.1", "<username>no such name</username>");
    assert_true(was_told(t, "<not-acceptable"));
}

static void datagram(struct fixture *t, const char *from, const char *body)
{
    const struct frame frame = {.sid = 5, .body = str_of(body)};

    buf_reset(&t->reply);
    authd_datagram(&t->authd, str_of(from), &frame, t->now_ms);
    settle(t);
}

static void an_administrator_has_a_code_sent_or_told(void **state)
{
    struct fixture *t = *state;

    datagram(t, "ctl/77", "<reset" XMLNS "jid='juliet@example.com'/>");
    assert_true(strstr(t->letter.data, "juliet@mail.example") != NULL);
    assert_null(strstr(t->reply.data, "code="));
    datagram(t, "ctl/77",
             "<reset" XMLNS "jid='juliet@example.com' print='1'/>");
    assert_non_null(strstr(t->reply.data, "code='"));
    datagram(t, "ctl/77", "<reset" XMLNS "jid='nobody@example.com'/>");
    assert_non_null(strstr(t->reply.data, "there is no such account"));
}

static void nobody_else_resets(void **state)
{
    struct fixture *t = *state;

    datagram(t, "c2s/1", "<reset" XMLNS "jid='juliet@example.com' print='1'/>");
    datagram(t, "sm/1", "<reset" XMLNS "jid='juliet@example.com'/>");
    assert_int_equal(buf_len(&t->reply), 0);
    assert_int_equal(buf_len(&t->letter), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_code_goes_to_the_address_on_file),
        TEST(the_answer_is_the_same_for_unknown_users),
        TEST(the_code_gives_a_new_password_once),
        TEST(a_wrong_code_is_refused_as_an_unknown_user_is),
        TEST(no_code_fits_when_none_was_asked_for),
        TEST(attempts_are_numbered),
        TEST(wrong_codes_count_as_failed_logins),
        TEST(a_bad_password_does_not_cost_the_code),
        TEST(one_account_gets_few_letters),
        TEST(one_address_asks_for_few),
        TEST(half_a_form_is_refused),
        TEST(an_administrator_has_a_code_sent_or_told),
        TEST(nobody_else_resets),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

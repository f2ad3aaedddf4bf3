/* Whose stanzas are journalled, and what a hash covers. */
#include "tests/unit/test.h"

#include "common/audit/audit.h"

struct fixture {
    struct arena arena;
    struct audit_hasher *hasher;
    struct config *config;
    struct directory *directory;
};

static int setup(void **state)
{
    struct fixture *t = NEW(struct fixture);
    struct error error;

    t->hasher = audit_hasher_new();
    t->config = config_load(NULL, NULL, 0, &error);
    assert_non_null(t->config);
    t->directory = directory_new();
    *state = t;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *t = *state;

    audit_hasher_free(t->hasher);
    directory_free(t->directory);
    config_free(t->config);
    arena_clear(&t->arena);
    free(t);
    return 0;
}

/* --- hashes --------------------------------------------------------------- */

static struct audit_line a_line(void)
{
    return (struct audit_line){
        .id = 17,
        .writer = 0,
        .kind = STR("message/chat"),
        .verdict = STR("allowed"),
        .sender = STR("romeo@example.com/orchard"),
        .recipient = STR("juliet@example.com"),
        .stanza_id = STR("m1"),
        .content_hash = STR("00"),
    };
}

static struct str hash(struct fixture *t, const struct audit_line *line)
{
    return audit_hash_line(t->hasher, &t->arena, line);
}

static void every_field_of_a_line_is_hashed(void **state)
{
    struct fixture *t = *state;
    struct audit_line line = a_line();
    struct str before = hash(t, &line);
    struct str *fields[] = {&line.kind,      &line.verdict,
                            &line.sender,    &line.recipient,
                            &line.stanza_id, &line.content_hash};

    for (size_t i = 0; i < COUNT_OF(fields); i++) {
        line = a_line();
        *fields[i] = STR("other");
        assert_false(str_eq(hash(t, &line), before));
    }
    line = a_line();
    line.id++;
    assert_false(str_eq(hash(t, &line), before));
    line = a_line();
    line.writer = AUDIT_WRITER_CTL;
    assert_false(str_eq(hash(t, &line), before));
}

static void text_cannot_move_from_one_field_to_the_next(void **state)
{
    struct fixture *t = *state;
    struct audit_line one = a_line(), other = a_line();

    one.sender = STR("ab");
    one.recipient = STR("c");
    other.sender = STR("a");
    other.recipient = STR("bc");

    assert_false(str_eq(hash(t, &one), hash(t, &other)));
}

static void content_may_be_deleted_and_the_line_stays_the_same(void **state)
{
    struct fixture *t = *state;
    struct audit_line line = a_line();
    struct str before;

    line.content = STR("<message/>");
    line.salt = STR("0011");
    before = hash(t, &line);
    line.content = line.salt = STR_NONE;

    assert_true(str_eq(hash(t, &line), before));
}

static void the_same_content_has_another_hash_with_another_salt(void **state)
{
    struct fixture *t = *state;

    assert_false(str_eq(
        audit_hash_content(t->hasher, &t->arena, STR("01"), STR("yes")),
        audit_hash_content(t->hasher, &t->arena, STR("02"), STR("yes"))));
}

static void a_link_covers_the_one_before_it(void **state)
{
    struct fixture *t = *state;
    const struct audit_link link = {.month = STR("2026-11"), .number = 2};

    assert_false(str_eq(
        audit_hash_link(t->hasher, &t->arena, STR("a"), STR("l"), &link),
        audit_hash_link(t->hasher, &t->arena, STR("b"), STR("l"), &link)));
}

/* --- policy --------------------------------------------------------------- */

static void has(struct fixture *t, const char *kind, const char *name,
                const char *key, const char *value)
{
    directory_add(t->directory,
                  &(struct directory_row){str_of(kind), STR("example.com"),
                                          str_of(name), str_of(key),
                                          str_of(value), STR("")});
}

static enum audit_policy policy(struct fixture *t, const char *jid)
{
    return audit_policy_of(t->directory, t->config, str_of(jid));
}

static void nothing_is_journalled_unless_somebody_says_so(void **state)
{
    struct fixture *t = *state;

    directory_finish(t->directory, t->config);
    assert_int_equal(policy(t, "romeo@example.com"), AUDIT_NONE);
}

static void the_strongest_of_the_departments_holds(void **state)
{
    struct fixture *t = *state;

    has(t, "department", "house", "", "0");
    has(t, "department", "sales", "house", "0");
    has(t, "department", "choir", "", "0");
    has(t, "department-property", "house", "audit", "content");
    has(t, "department-property", "choir", "audit", "metadata");
    has(t, "member", "romeo", "sales", "");
    has(t, "member", "romeo", "choir", "");
    has(t, "member", "juliet", "choir", "");
    directory_finish(t->directory, t->config);

    assert_int_equal(policy(t, "romeo@example.com"), AUDIT_CONTENT);
    assert_int_equal(policy(t, "juliet@example.com"), AUDIT_METADATA);
    assert_int_equal(policy(t, "nurse@example.com"), AUDIT_NONE);
}

static void an_accounts_own_policy_goes_first(void **state)
{
    struct fixture *t = *state;

    has(t, "department", "house", "", "0");
    has(t, "department-property", "house", "audit", "content");
    has(t, "account-property", "romeo", "audit", "none");
    has(t, "member", "romeo", "house", "");
    directory_finish(t->directory, t->config);

    assert_int_equal(policy(t, "romeo@example.com"), AUDIT_NONE);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(every_field_of_a_line_is_hashed),
        CASE(text_cannot_move_from_one_field_to_the_next),
        CASE(content_may_be_deleted_and_the_line_stays_the_same),
        CASE(the_same_content_has_another_hash_with_another_salt),
        CASE(a_link_covers_the_one_before_it),
        CASE(nothing_is_journalled_unless_somebody_says_so),
        CASE(the_strongest_of_the_departments_holds),
        CASE(an_accounts_own_policy_goes_first),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Rooms of departments, as directories come one after the other. */
#include "tests/unit/mucd/fixture.h"

#include "common/directory/directory.h"
#include "mucd/department.h"

#define SALES "sales@" SERVICE

/* Bits of what the directory says. */
enum {
    HAS_ROOM = 1,
    ANNA = 2,
    ANNA_IS_ADMIN = 4,
    BERT = 8,
    NORTH = 16, /* a department below, without the property */
    NO_SALES = 32,
    NAMED_ODDLY = 64,
    SALES_BELOW = 128 /* another one of the name, made later */
};

static void row(struct directory *directory, const char *kind, const char *name,
                const char *key, const char *value, const char *flags)
{
    directory_add(directory,
                  &(struct directory_row){.kind = str_of(kind),
                                          .domain = STR("example.com"),
                                          .name = str_of(name),
                                          .key = str_of(key),
                                          .value = str_of(value),
                                          .flags = str_of(flags)});
}

static void apply(struct fixture *t, unsigned what)
{
    struct directory *directory = directory_new();

    if (!(what & NO_SALES))
        row(directory, "department", "sales", NULL, "0", "7 sales");
    if (what & SALES_BELOW)
        row(directory, "department", "sales/sales", "sales", "0", "8 sales");
    if (what & NORTH)
        row(directory, "department", "north", "sales", "1", "");
    if (what & NAMED_ODDLY)
        row(directory, "department", "Süd & Co", NULL, "2", "");
    if (what & NAMED_ODDLY)
        row(directory, "department-property", "Süd & Co", "room", "yes", "");
    if (what & HAS_ROOM)
        row(directory, "department-property", "sales", "room", "yes", "");
    if (what & ANNA)
        row(directory, "member", "anna", "sales", "Anna",
            what & ANNA_IS_ADMIN ? "admin" : "");
    if (what & BERT)
        row(directory, "member", "bert", "sales", "Bert", "");
    if (what & NORTH)
        row(directory, "member", "carl", "north", "Carl", "");
    directory_finish(directory, t->mucd.config);
    departments_apply(&t->mucd, directory);
    directory_free(directory);
    settle(t);
}

static struct room *sales(const struct fixture *t)
{
    return room_find(&t->mucd, STR(SALES));
}

static enum affiliation of(const struct fixture *t, const char *bare)
{
    return room_affiliation(sales(t), str_of(bare));
}

static void send_to_sales(struct fixture *t, const char *body)
{
    const struct frame frame = {.body = str_of(body)};
    char address[32];

    channel_send(channels_get(t->sm, STR("sm/0"),
                              address_write(address, ADDRESS_MUC,
                                            jid_shard(STR(SALES)))),
                 &frame, NULL);
    settle(t);
}

static void enter(struct fixture *t, const char *user)
{
    char body[512];

    snprintf(body, sizeof(body),
             "<presence from='%s@example.com/r' to='" SALES "/%s'>"
             "<x xmlns='http://jabber.org/protocol/muc'/></presence>",
             user, user);
    send_to_sales(t, body);
}

static void a_department_has_a_room_when_its_property_says_so(void **state)
{
    struct fixture *t = *state;

    apply(t, ANNA);
    assert_null(sales(t));

    apply(t, HAS_ROOM | ANNA | ANNA_IS_ADMIN | BERT);

    assert_non_null(sales(t));
    assert_int_equal(of(t, "anna@example.com"), AFFILIATION_ADMIN);
    assert_int_equal(of(t, "bert@example.com"), AFFILIATION_MEMBER);
    assert_true(sales(t)->settings.is_members_only);
    assert_true(sales(t)->settings.is_persistent);
    assert_false(sales(t)->settings.is_public);
    assert_false(sales(t)->is_locked);
}

static void departments_below_inherit_it(void **state)
{
    struct fixture *t = *state;

    apply(t, HAS_ROOM | NORTH);

    struct room *north = room_find(&t->mucd, STR("north@" SERVICE));

    assert_non_null(north);
    assert_int_equal(room_affiliation(north, STR("carl@example.com")),
                     AFFILIATION_MEMBER);
    assert_int_equal(of(t, "carl@example.com"), AFFILIATION_NONE);
}

static void a_name_becomes_an_address(void **state)
{
    struct fixture *t = *state;

    apply(t, NAMED_ODDLY);

    struct room *south = room_find(&t->mucd, STR("süd\\20\\26\\20co@" SERVICE));

    assert_non_null(south);
    assert_true(str_is(south->settings.name, "Süd & Co"));
}

static void the_first_of_a_name_keeps_its_address(void **state)
{
    struct fixture *t = *state;

    apply(t, HAS_ROOM | ANNA);
    apply(t, HAS_ROOM | ANNA | SALES_BELOW);

    struct room *below = room_find(&t->mucd, STR("sales\\2fsales@" SERVICE));

    assert_int_equal(of(t, "anna@example.com"), AFFILIATION_MEMBER);
    assert_non_null(below);
    assert_true(str_is(below->settings.name, "sales/sales"));
    assert_int_equal(room_affiliation(below, STR("anna@example.com")),
                     AFFILIATION_NONE);
}

static void who_leaves_the_department_is_out_at_once(void **state)
{
    struct fixture *t = *state;

    apply(t, HAS_ROOM | ANNA | BERT);
    enter(t, "anna");
    enter(t, "bert");
    assert_int_equal(HASH_COUNT(sales(t)->seats), 2);
    forget(t);

    apply(t, HAS_ROOM | ANNA);

    assert_int_equal(HASH_COUNT(sales(t)->seats), 1);
    assert_int_equal(of(t, "bert@example.com"), AFFILIATION_NONE);
    assert_int_equal(count(t, "code='321'"), 2);
    forget(t);
    enter(t, "bert");
    assert_int_equal(count(t, "registration-required"), 1);
}

static void a_new_administrator_is_shown_as_one(void **state)
{
    struct fixture *t = *state;

    apply(t, HAS_ROOM | ANNA | BERT);
    enter(t, "anna");
    forget(t);

    apply(t, HAS_ROOM | ANNA | ANNA_IS_ADMIN | BERT);

    assert_int_equal(count(t, "affiliation='admin'"), 1);
}

static void the_same_directory_again_changes_nothing(void **state)
{
    struct fixture *t = *state;
    unsigned before;

    apply(t, HAS_ROOM | ANNA | BERT);
    enter(t, "anna");
    forget(t);
    t->store.is_stalled = true;
    before = (unsigned)t->store.waiting_count;

    apply(t, HAS_ROOM | ANNA | BERT);

    assert_int_equal(t->store.waiting_count, before);
    assert_int_equal(t->sent_count, 0);
}

static void without_its_department_nobody_is_in_the_room(void **state)
{
    static const unsigned cases[] = {ANNA, NO_SALES};
    struct fixture *t = *state;

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        apply(t, HAS_ROOM | ANNA);
        enter(t, "anna");

        apply(t, cases[i]);

        assert_int_equal(HASH_COUNT(sales(t)->seats), 0);
        assert_null(sales(t)->members);

        apply(t, HAS_ROOM | ANNA);
        assert_int_equal(of(t, "anna@example.com"), AFFILIATION_MEMBER);
    }
}

static void a_room_of_people_is_not_taken_from_them(void **state)
{
    struct fixture *t = *state;

    enter(t, "dora");
    apply(t, HAS_ROOM | ANNA);

    assert_int_equal(of(t, "dora@example.com"), AFFILIATION_OWNER);
    assert_int_equal(of(t, "anna@example.com"), AFFILIATION_NONE);
    assert_int_equal(sales(t)->department.len, 0);
}

static void an_address_is_kept_for_its_department(void **state)
{
    struct fixture *t = *state;

    apply(t, ANNA);
    enter(t, "dora");
    assert_null(sales(t));
    assert_int_equal(count(t, "<not-allowed "), 1);

    apply(t, HAS_ROOM | ANNA);
    assert_int_equal(of(t, "anna@example.com"), AFFILIATION_MEMBER);
}

static void an_administrator_may_use_the_address(void **state)
{
    struct fixture *t = *state;

    apply(t, ANNA);
    enter(t, "root");

    assert_int_equal(of(t, "root@example.com"), AFFILIATION_OWNER);
}

static void without_its_department_an_address_is_free(void **state)
{
    struct fixture *t = *state;

    apply(t, ANNA);
    apply(t, NO_SALES);
    enter(t, "dora");

    assert_int_equal(of(t, "dora@example.com"), AFFILIATION_OWNER);
}

/* Of the administrator of the department, and of the service's. */
static void nobody_but_the_directory_decides(void **state)
{
    static const char *const refused[] = {
        "<iq type='set' id='1' from='anna@example.com/r' to='" SALES "'><query "
        "xmlns='http://jabber.org/protocol/muc#admin'><item "
        "affiliation='member' jid='dora@example.com'/></query></iq>",
        "<iq type='set' id='1' from='root@example.com/r' to='" SALES "'><query "
        "xmlns='http://jabber.org/protocol/muc#admin'><item "
        "affiliation='owner' jid='root@example.com'/></query></iq>",
        "<iq type='set' id='1' from='anna@example.com/r' to='" SALES "'><query "
        "xmlns='http://jabber.org/protocol/muc#owner'><destroy/></query></iq>",
        "<iq type='set' id='1' from='root@example.com/r' to='" SALES "'><query "
        "xmlns='http://jabber.org/protocol/muc#owner'><destroy/></query></iq>",
        "<iq type='set' id='1' from='bert@example.com/r' to='" SALES "'>"
        "<query xmlns='jabber:iq:register'><remove/></query></iq>",
        "<message from='anna@example.com/r' to='" SALES "'><x "
        "xmlns='http://jabber.org/protocol/muc#user'><invite "
        "to='dora@example.com'/></x></message>"};
    struct fixture *t = *state;

    apply(t, HAS_ROOM | ANNA | ANNA_IS_ADMIN | BERT);
    for (size_t i = 0; i < COUNT_OF(refused); i++) {
        forget(t);
        send_to_sales(t, refused[i]);
        assert_int_equal(count(t, "type='error'"), 1);
        assert_int_equal(HASH_COUNT(sales(t)->members), 2);
    }
}

static void a_form_does_not_open_it(void **state)
{
    struct fixture *t = *state;

    apply(t, HAS_ROOM | ANNA);
    send_to_sales(
        t, "<iq type='set' id='1' from='root@example.com/r' to='" SALES "'>"
           "<query xmlns='http://jabber.org/protocol/muc#owner'>"
           "<x xmlns='jabber:x:data' type='submit'>"
           "<field var='muc#roomconfig_membersonly'><value>0</value></field>"
           "<field var='muc#roomconfig_persistentroom'><value>0</value></field>"
           "<field var='muc#roomconfig_roomdesc'><value>Ours</value></field>"
           "<field var='muc#roomconfig_roomowners'>"
           "<value>root@example.com</value></field></x></query></iq>");

    assert_int_equal(count(t, "type='result'"), 1);
    assert_true(str_is(sales(t)->settings.description, "Ours"));
    assert_true(sales(t)->settings.is_members_only);
    assert_true(sales(t)->settings.is_persistent);
    assert_int_equal(of(t, "root@example.com"), AFFILIATION_NONE);
    assert_int_equal(of(t, "anna@example.com"), AFFILIATION_MEMBER);
}

static void an_abandoned_room_may_be_destroyed(void **state)
{
    struct fixture *t = *state;

    apply(t, HAS_ROOM | ANNA);
    apply(t, NO_SALES);
    send_to_sales(t,
                  "<iq type='set' id='1' from='root@example.com/r' to='" SALES
                  "'><query xmlns='http://jabber.org/protocol/muc#owner'>"
                  "<destroy/></query></iq>");

    assert_null(sales(t));
}

static int setup_with_root(void **state)
{
    return setup_with(state, "admins = {\"root@example.com\"}");
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, setup_with_root, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_department_has_a_room_when_its_property_says_so),
        TEST(departments_below_inherit_it),
        TEST(a_name_becomes_an_address),
        TEST(the_first_of_a_name_keeps_its_address),
        TEST(who_leaves_the_department_is_out_at_once),
        TEST(a_new_administrator_is_shown_as_one),
        TEST(the_same_directory_again_changes_nothing),
        TEST(without_its_department_nobody_is_in_the_room),
        TEST(a_room_of_people_is_not_taken_from_them),
        TEST(an_address_is_kept_for_its_department),
        TEST(an_administrator_may_use_the_address),
        TEST(without_its_department_an_address_is_free),
        TEST(nobody_but_the_directory_decides),
        TEST(a_form_does_not_open_it),
        TEST(an_abandoned_room_may_be_destroyed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

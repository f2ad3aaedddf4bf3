/* Old and new clients share bookmarks. */
#include "tests/unit/sm/pep/pep.h"

#define PRIVATE(inside) "<query xmlns='jabber:iq:private'>" inside "</query>"
#define STORAGE(inside)                                                        \
    "<storage xmlns='storage:bookmarks'>" inside "</storage>"
#define HALL "hall@rooms.example.com"
#define OLD_ROOM(jid, name)                                                    \
    "<conference jid='" jid "' name='" name "' autojoin='1'><nick>Puck</nick>" \
    "</conference>"
#define NEW_ROOM(name, more)                                                   \
    "<conference xmlns='urn:xmpp:bookmarks:1' name='" name                     \
    "' autojoin='true'><nick>Puck</nick>" more "</conference>"
#define BOOKMARKS "urn:xmpp:bookmarks:1"

static const char *old_bookmarks(struct fixture *t)
{
    return ask(t, "romeo", 1, MINE("get", PRIVATE(STORAGE(""))));
}

static const char *new_bookmarks(struct fixture *t)
{
    return ask(t, "romeo", 1, MINE("get", ITEMS(BOOKMARKS)));
}

static void what_old_clients_keep_new_ones_read(void **state)
{
    struct fixture *t = *state;
    const char *answer;

    login(t, "romeo", 1, "orchard");
    assert_contains(ask(t, "romeo", 1,
                        MINE("set", PRIVATE(STORAGE(OLD_ROOM(HALL, "Hall"))))),
                    "'result'");
    answer = new_bookmarks(t);
    assert_contains(answer, "<item id='" HALL "'>");
    assert_contains(answer, NEW_ROOM("Hall", ""));
    answer = ask(t, "romeo", 1,
                 MINE("get", OWNER("<configure node='" BOOKMARKS "'/>")));
    assert_contains(answer, "<value>whitelist</value>");
}

static void what_new_clients_publish_old_ones_read(void **state)
{
    struct fixture *t = *state;
    static const char *rows[][3] = {
        {STORAGE("<url name='u' url='http://example.com'/>" OLD_ROOM(
             "gone@rooms.example.com", "Gone")),
         NULL, NULL}};
    const char *answer;

    login(t, "romeo", 1, "orchard");
    say(t, "romeo", 1, PUBLISH(BOOKMARKS, HALL, NEW_ROOM("Hall", "")));
    finds(t, rows, 1);
    answer = old_bookmarks(t);
    assert_contains(answer, "jid='" HALL "'");
    assert_contains(answer, "autojoin='true'");
    assert_contains(answer, "<nick>Puck</nick>");
    assert_contains(answer, "<url ");
    assert_lacks(answer, "gone@rooms");
}

static void only_what_changed_is_told(void **state)
{
    struct fixture *t = *state;

    login(t, "romeo", 1, "orchard");
    say(t, "romeo", 1,
        MINE("set",
             PRIVATE(STORAGE(OLD_ROOM(HALL, "Hall") OLD_ROOM("a@b", "A")))));
    open_session(t, "romeo", 2, "garden");
    /* Its question is left open: it hears all. */
    shows(t, "romeo", 2, hash_of(t, TUNE_DISCO));
    say(t, "romeo", 1,
        MINE("set",
             PRIVATE(STORAGE(OLD_ROOM(HALL, "Hall") OLD_ROOM("c@d", "C")))));
    assert_int_equal(waiting(t, 2), 2);
    hears(t, 2, "<item id='c@d'>");
    hears(t, 2, "<retract id='a@b'/>");
    hears(t, 1, "type='result'");
}

static void what_old_clients_do_not_know_stays(void **state)
{
    struct fixture *t = *state;
    const char *answer;

    login(t, "romeo", 1, "orchard");
    say(t, "romeo", 1,
        PUBLISH(BOOKMARKS, HALL,
                NEW_ROOM("Hall", "<extensions><x xmlns='u'/></extensions>")));
    say(t, "romeo", 1,
        MINE("set", PRIVATE(STORAGE(OLD_ROOM(HALL, "The hall")))));
    answer = new_bookmarks(t);
    assert_contains(answer, "name='The hall'");
    assert_contains(answer, "<extensions><x xmlns='u'/></extensions>");
}

static void what_was_kept_before_is_there(void **state)
{
    struct fixture *t = *state;
    static const char *rows[][3] = {
        {STORAGE(OLD_ROOM(HALL, "Hall")), NULL, NULL}};
    const char *answer;

    login(t, "romeo", 1, "orchard");
    finds(t, rows, 1);
    assert_contains(
        ask(t, "romeo", 1,
            PUBLISH_WITH(
                BOOKMARKS, "inn@rooms.example.com", NEW_ROOM("Inn", ""),
                OPTIONS(FIELD("access_model", "whitelist") FIELD(
                    "max_items", "max") FIELD("persist_items", "true")
                            FIELD("send_last_published_item", "never")))),
        "'result'");
    answer = new_bookmarks(t);
    assert_contains(answer, "<item id='" HALL "'>");
    assert_contains(answer, "<item id='inn@rooms.example.com'>");
}

static void what_is_no_address_is_no_bookmark(void **state)
{
    struct fixture *t = *state;
    const char *answer;

    login(t, "romeo", 1, "orchard");
    say(t, "romeo", 1,
        MINE("set", PRIVATE(STORAGE(OLD_ROOM("@", "Nowhere") OLD_ROOM(
                        HALL, "One") OLD_ROOM(HALL, "Two")))));
    answer = new_bookmarks(t);
    assert_contains(answer, "name='One'");
    assert_lacks(answer, "Two");
    assert_lacks(answer, "Nowhere");
}

static void a_refused_write_is_told(void **state)
{
    struct fixture *t = *state;

    login(t, "romeo", 1, "orchard");
    say(t, "romeo", 1, PUBLISH(BOOKMARKS, HALL, NEW_ROOM("Hall", "")));
    t->store.refuses = true;
    assert_contains(
        ask(t, "romeo", 1,
            MINE("set", PRIVATE(STORAGE(OLD_ROOM(HALL, "The hall"))))),
        "type='error'");
}

/* --- avatars -------------------------------------------------------------- */

/* "abc" and its SHA-1. */
#define BASE64 "YWJj"
#define HASH   "a9993e364706816aba3e25717850c26c9cd0d89d"
#define DATA   "<data xmlns='urn:xmpp:avatar:data'>" BASE64 "</data>"
#define METADATA(inside)                                                       \
    "<metadata xmlns='urn:xmpp:avatar:metadata'>" inside "</metadata>"
#define INFO         METADATA("<info bytes='3' id='" HASH "' type='image/png'/>")
#define CARD(inside) "<vCard xmlns='vcard-temp'><FN>R</FN>" inside "</vCard>"
#define PHOTO        "<PHOTO><TYPE>image/png</TYPE><BINVAL>YW\nJj</BINVAL></PHOTO>"
#define OPEN         OPTIONS(FIELD("access_model", "open"))

static void an_open_avatar_is_the_photo_of_the_card(void **state)
{
    struct fixture *t = *state;
    static const char *rows[][3] = {{CARD(""), NULL, NULL}};

    login(t, "romeo", 1, "orchard");
    say(t, "romeo", 1, PUBLISH_WITH("urn:xmpp:avatar:data", HASH, DATA, OPEN));
    t->store.written[0] = 0;
    finds(t, rows, 1);
    assert_contains(
        ask(t, "romeo", 1,
            PUBLISH_WITH("urn:xmpp:avatar:metadata", HASH, INFO, OPEN)),
        "type='result'");
    assert_contains(t->store.written, "<FN>R</FN><PHOTO><TYPE>image/png</TYPE>"
                                      "<BINVAL>" BASE64 "</BINVAL></PHOTO>");
    /* And stands in presence from now on. */
    say(t, "romeo", 1, "<presence/>");
    hears(t, 1, "<photo>" HASH "</photo>");
    say(t, "romeo", 1,
        "<presence><x xmlns='vcard-temp:x:update'><photo/></x></presence>");
    hears_nothing_of(t, 1, HASH);
    /* Until there is none any more. */
    say(t, "romeo", 1, PUBLISH("urn:xmpp:avatar:metadata", "x", METADATA("")));
    assert_lacks(t->store.written, "PHOTO");
    say(t, "romeo", 1, "<presence/>");
    hears_nothing_of(t, 1, "<photo>");
}

static void what_is_not_for_all_is_not_in_the_card(void **state)
{
    struct fixture *t = *state;

    login(t, "romeo", 1, "orchard");
    t->store.written[0] = 0;
    say(t, "romeo", 1, PUBLISH("urn:xmpp:avatar:data", HASH, DATA));
    say(t, "romeo", 1, PUBLISH("urn:xmpp:avatar:metadata", HASH, INFO));
    assert_string_equal(t->store.written, "");
}

static void a_picture_under_another_hash_is_not_shown(void **state)
{
    struct fixture *t = *state;

    login(t, "romeo", 1, "orchard");
    t->store.written[0] = 0;
    say(t, "romeo", 1,
        PUBLISH_WITH("urn:xmpp:avatar:data", HASH,
                     "<data xmlns='urn:xmpp:avatar:data'>AAAA</data>", OPEN));
    assert_contains(
        ask(t, "romeo", 1, PUBLISH("urn:xmpp:avatar:metadata", HASH, INFO)),
        "'result'");
    assert_string_equal(t->store.written, "");
}

static void the_photo_of_a_card_is_the_avatar(void **state)
{
    struct fixture *t = *state;
    const char *answer;

    login(t, "romeo", 1, "orchard");
    login(t, "juliet", 2, "balcony");
    assert_contains(ask(t, "romeo", 1, MINE("set", CARD(PHOTO))), "'result'");
    answer = ask(t, "juliet", 2, GET(ROMEO, ITEMS("urn:xmpp:avatar:metadata")));
    assert_contains(answer, "id='" HASH "' type='image/png' bytes='3'");
    answer = ask(t, "juliet", 2, GET(ROMEO, ITEMS("urn:xmpp:avatar:data")));
    assert_contains(answer, ">" BASE64 "</data>");
    say(t, "romeo", 1, "<presence/>");
    hears(t, 1, "<photo>" HASH "</photo>");
    /* A card without one takes it away. */
    say(t, "romeo", 1, MINE("set", CARD("")));
    answer = ask(t, "juliet", 2, GET(ROMEO, ITEMS("urn:xmpp:avatar:metadata")));
    assert_lacks(answer, HASH);
}

static void a_card_with_the_same_photo_publishes_nothing(void **state)
{
    struct fixture *t = *state;

    login(t, "romeo", 1, "orchard");
    say(t, "romeo", 1, MINE("set", CARD(PHOTO)));
    open_session(t, "romeo", 2, "garden");
    shows(t, "romeo", 2, hash_of(t, TUNE_DISCO));
    say(t, "romeo", 1, MINE("set", CARD("<NICKNAME>R</NICKNAME>" PHOTO)));
    assert_int_equal(waiting(t, 2), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_old_clients_keep_new_ones_read),
        TEST(what_new_clients_publish_old_ones_read),
        TEST(only_what_changed_is_told),
        TEST(what_old_clients_do_not_know_stays),
        TEST(what_was_kept_before_is_there),
        TEST(what_is_no_address_is_no_bookmark),
        TEST(a_refused_write_is_told),
        TEST(an_open_avatar_is_the_photo_of_the_card),
        TEST(what_is_not_for_all_is_not_in_the_card),
        TEST(a_picture_under_another_hash_is_not_shown),
        TEST(the_photo_of_a_card_is_the_avatar),
        TEST(a_card_with_the_same_photo_publishes_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

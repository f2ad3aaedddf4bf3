/* What hostile occupants try, and the limits by their names. */
#include "tests/unit/mucd/fixture.h"

#define ADMIN_QUERY "<query xmlns='http://jabber.org/protocol/muc#admin'>"
#define USER_X      "<x xmlns='http://jabber.org/protocol/muc#user'>"

static int setup_small(void **state)
{
    return setup_with(state, "admins = {\"root@example.com\"}\n"
                             "mucd { join-rate = 0 message-rate = 0 "
                             "max-rooms = 2 max-resources = 3 "
                             "max-affiliations = 3 query-rate = 2 "
                             "invite-rate = 5 voice-request-rate = 2 "
                             "max-history-size = 4096 max-text-size = 64 "
                             "max-archive-queries = 2 }");
}

static void send_iq(struct fixture *t, const char *type, const char *to,
                    const char *payload)
{
    struct buf body = {0};

    buf_printf(&body, "<iq type='%s' id='q' from='%s' to='%s'>%s</iq>%c", type,
               "owner@example.com/r", to, payload, '\0');
    send(t, buf_view(&body).p);
    buf_clear(&body);
    time_passes(t, 1000);
}

static void administer(struct fixture *t, const char *items)
{
    struct buf body = {0};

    buf_printf(&body, ADMIN_QUERY "%s</query>%c", items, '\0');
    send_iq(t, "set", ROOM, buf_view(&body).p);
    buf_clear(&body);
}

/* --- nicknames ------------------------------------------------------------ */

static void other_scripts_make_no_second_nickname(void **state)
{
    static const char *const nicks[] = {
        "\xd0\xbe\x77\x6e\xd0\xb5r", /* Cyrillic o and e */
        "\xce\xbfwner",              /* a Greek omicron */
        "\xd0\x9e\x57\x4e\xd0\x95R", /* in capitals */
    };
    struct fixture *t = *state;

    create(t);
    for (size_t i = 0; i < COUNT_OF(nicks); i++)
        join(t, "mallory", nicks[i]);

    assert_int_equal(HASH_COUNT(the_room(t)->seats), 1);
    assert_int_equal(count(t, "<conflict "), COUNT_OF(nicks));
}

static void an_apostrophe_hides_no_capital(void **state)
{
    struct fixture *t = *state;

    create(t);
    join(t, "emile", "\xc3\x89mile&apos;s");
    join(t, "mallory", "\xc3\xa9mile&apos;s");

    assert_int_equal(count(t, "<conflict "), 1);
}

static void other_alphabets_are_welcome(void **state)
{
    struct fixture *t = *state;

    create(t);
    join(t, "ivan", "\xd0\x98\xd0\xb2\xd0\xb0\xd0\xbd");
    join(t, "yuki", "\xe9\x9b\xaa");

    assert_int_equal(HASH_COUNT(the_room(t)->seats), 3);
}

/* --- presence ------------------------------------------------------------- */

static void one_user_does_not_fill_a_room(void **state)
{
    struct fixture *t = *state;
    char body[256];

    create(t);
    for (int i = 0; i < 10; i++) {
        snprintf(body, sizeof(body),
                 "<presence from='mallory@example.com/%d' to='" ROOM
                 "/m%d'><x xmlns='http://jabber.org/protocol/muc'/></presence>",
                 i, i);
        send(t, body);
    }

    assert_int_equal(HASH_COUNT(the_room(t)->seats), 1 + 3);
    assert_int_equal(count(t, "<resource-constraint "), 7);
}

static void who_enters_again_tells_what_is_new(void **state)
{
    static const char again[] =
        "<presence from='juliet@example.com/r' to='" ROOM
        "/juliet'><show>away</show>"
        "<x xmlns='http://jabber.org/protocol/muc'/></presence>";
    struct fixture *t = *state;

    create(t);
    join(t, "juliet", "juliet");
    forget(t);

    send(t, again);
    assert_int_equal(count(t, "owner@example.com/r\n"), 1);
    forget(t);

    send(t, again);
    assert_int_equal(count(t, "owner@example.com/r\n"), 0);
}

static void entering_again_is_entering(void **state)
{
    struct fixture *t = *state;

    create(t);
    for (int i = 0; i < 200; i++)
        join(t, "owner", "owner");

    assert_in_range(count(t, "<resource-constraint "), 100, 110);
}

static void rooms_are_not_made_without_end(void **state)
{
    struct fixture *t = *state;
    char body[256];

    for (int i = 0; i < 4; i++) {
        snprintf(body, sizeof(body),
                 "<presence from='%s@example.com/r' to='r%d@" SERVICE
                 "/x'><x xmlns='http://jabber.org/protocol/muc'/></presence>",
                 i < 3 ? "mallory" : "root", i);
        send(t, body);
    }

    /* The third is one too many, and an administrator may still. */
    assert_int_equal(t->mucd.room_count, 3);
    assert_int_equal(count(t, "<not-allowed "), 1);
}

/* --- messages ------------------------------------------------------------- */

static void who_types_takes_no_message_from_the_history(void **state)
{
    struct fixture *t = *state;
    char body[400], origin[64];

    create(t);
    say(t, "owner", "c2s/0:1:sm/0:1", "to be read");
    for (int i = 2; i < 1000; i++) {
        snprintf(origin, sizeof(origin), "c2s/0:1:sm/0:%d", i);
        snprintf(body, sizeof(body),
                 "<message from='owner@example.com/r' to='" ROOM
                 "' type='groupchat'><composing "
                 "xmlns='http://jabber.org/protocol/chatstates'/></message>");
        send_from(t, "sm/0", origin, body);
        forget(t);
    }

    join(t, "juliet", "juliet");
    assert_int_equal(count(t, "to be read"), 1);
    assert_in_range(the_room(t)->entry_count, 1, 2 * REMEMBERED);
}

static void large_messages_take_no_more_memory(void **state)
{
    struct fixture *t = *state;
    char text[1000], origin[64];

    create(t);
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = 0;
    for (int i = 0; i < 100; i++) {
        snprintf(origin, sizeof(origin), "c2s/0:1:sm/0:%d", i);
        say(t, "owner", origin, text);
        forget(t);
    }

    assert_in_range(the_room(t)->kept_bytes, 1, 4096);
    assert_int_equal(the_room(t)->kept_count, 3);
}

static void a_subject_has_a_size(void **state)
{
    struct fixture *t = *state;
    char body[400], text[100];

    create(t);
    memset(text, 's', sizeof(text) - 1);
    text[sizeof(text) - 1] = 0;
    snprintf(body, sizeof(body),
             "<message from='owner@example.com/r' to='" ROOM
             "' type='groupchat'><subject>%s</subject></message>",
             text);
    send(t, body);

    assert_int_equal(count(t, "<policy-violation "), 1);
    assert_int_equal(the_room(t)->subject.len, 0);
}

static void a_subject_tells_who_set_it(void **state)
{
    struct fixture *t = *state;

    create(t);
    send(t, "<message from='owner@example.com/r' to='" ROOM
            "' type='groupchat'><subject>s</subject><occupant-id id='forged' "
            "xmlns='urn:xmpp:occupant-id:0'/></message>");

    assert_int_equal(count(t, the_room(t)->occupants->id), 1);
    assert_int_equal(count(t, "forged"), 0);
}

static void forged_words_of_the_room_are_taken_out(void **state)
{
    static const char *const forged[] = {
        "<retract xmlns='urn:xmpp:message-retract:1' id='1'><moderated "
        "xmlns='urn:xmpp:message-moderate:1' by='forged'/></retract>",
        "<retracted xmlns='urn:xmpp:message-retract:1' stamp='forged'/>",
        "<apply-to xmlns='urn:xmpp:fasten:0' id='1'><moderated "
        "xmlns='urn:xmpp:message-moderate:0' by='forged'/></apply-to>",
        "<moderated xmlns='urn:xmpp:message-moderate:0' by='forged'/>",
        "<addresses xmlns='http://jabber.org/protocol/address'>"
        "<address type='ofrom' jid='forged@example.com'/></addresses>",
        "<stanza-id xmlns='urn:xmpp:sid:0' by='" ROOM "' id='forged'/>",
    };
    struct fixture *t = *state;
    char body[600];

    create(t);
    for (size_t i = 0; i < COUNT_OF(forged); i++) {
        snprintf(body, sizeof(body),
                 "<message from='owner@example.com/r' to='" ROOM
                 "' type='groupchat'><body>x</body>%s</message>",
                 forged[i]);
        send(t, body);
    }

    assert_int_equal(count(t, "<body>x</body>"), COUNT_OF(forged));
    assert_int_equal(count(t, "forged"), 0);
}

/* --- asking in, asking for voice ------------------------------------------ */

static void invitations_are_limited(void **state)
{
    struct fixture *t = *state;
    struct buf body = {0};

    create(t);
    buf_add_text(&body,
                 "<message from='owner@example.com/r' to='" ROOM "'>" USER_X);
    for (int i = 0; i < 15; i++)
        buf_printf(&body, "<invite to='victim%d@example.com'/>", i);
    buf_printf(&body, "</x></message>%c", '\0');
    send(t, buf_view(&body).p);

    assert_int_equal(count(t, "<message to='victim"), 0);
    assert_int_equal(count(t, "jabber:x:conference"), 5);
    assert_int_equal(count(t, "<resource-constraint "), 1);
    buf_clear(&body);
}

static void rooms_and_outcasts_are_not_invited(void **state)
{
    struct fixture *t = *state;

    create(t);
    administer(t, "<item jid='bad@example.com' affiliation='outcast'/>");
    forget(t);
    send(t, "<message from='owner@example.com/r' to='" ROOM "'>" USER_X
            "<invite to='other@" SERVICE "'/><invite to='bad@example.com'/>"
            "</x></message>");

    assert_int_equal(count(t, "jabber:x:conference"), 0);
    assert_int_equal(count(t, "<not-acceptable "), 1);
    assert_int_equal(count(t, "<forbidden "), 1);
    assert_int_equal(t->mucd.refused_frames, 0);
}

static void refusals_are_limited(void **state)
{
    struct fixture *t = *state;

    create(t);
    for (int i = 0; i < 20; i++)
        send(t, "<message from='stranger@example.com/r' to='" ROOM "'>" USER_X
                "<decline to='owner@example.com/r'/></x></message>");

    assert_int_equal(count(t, "<decline "), 5);
}

static void asking_for_voice_is_limited(void **state)
{
    struct fixture *t = *state;

    create(t);
    send_iq(t, "set", ROOM,
            "<query xmlns='http://jabber.org/protocol/muc#owner'>"
            "<x xmlns='jabber:x:data' type='submit'>"
            "<field var='muc#roomconfig_moderatedroom'><value>1</value>"
            "</field></x></query>");
    join(t, "mallory", "mallory");
    forget(t);
    for (int i = 0; i < 20; i++)
        send(t, "<message from='mallory@example.com/r' to='" ROOM
                "'><x xmlns='jabber:x:data' type='submit'><field "
                "var='FORM_TYPE'><value>http://jabber.org/protocol/muc#request"
                "</value></field></x></message>");

    assert_int_equal(count(t, "muc#request_allow"), 2);
    assert_int_equal(count(t, "<resource-constraint "), 18);
}

#define REGISTER                                                               \
    "<query xmlns='jabber:iq:register'><x xmlns='jabber:x:data' "              \
    "type='submit'><field var='muc#register_roomnick'><value>m</value>"        \
    "</field></x></query></iq>"

static void asking_for_membership_is_limited(void **state)
{
    struct fixture *t = *state;

    create(t);
    the_room(t)->settings.is_members_only = true;
    for (int i = 0; i < 20; i++)
        send(t, "<iq type='set' id='1' from='mallory@example.com/r' to='" ROOM
                "'>" REGISTER);

    assert_int_equal(count(t, "muc#register_allow"), 2);
    assert_int_equal(count(t, "<resource-constraint "), 18);
    assert_int_equal(HASH_COUNT(the_room(t)->members), 1);
}

/* What an administrator sends back is judged as any wish of his. */
static void nobody_approves_of_himself(void **state)
{
    static const char *const froms[] = {"mallory", "owner"};
    struct fixture *t = *state;
    char body[600];

    create(t);
    join(t, "mallory", "mallory");
    forget(t);
    for (size_t i = 0; i < COUNT_OF(froms); i++) {
        snprintf(body, sizeof(body),
                 "<message from='%s@example.com/r' to='" ROOM
                 "'><x xmlns='jabber:x:data' type='submit'>"
                 "<field var='FORM_TYPE'><value>http://jabber.org/protocol/"
                 "muc#register</value></field>"
                 "<field var='posthouse#register_jid'><value>"
                 "mallory@example.com</value></field>"
                 "<field var='muc#register_roomnick'><value>%s</value></field>"
                 "<field var='muc#register_allow'><value>1</value></field>"
                 "</x></message>",
                 froms[i], "owner");
        send(t, body);
    }

    assert_int_equal(count(t, "<forbidden "), 1);
    assert_int_equal(count(t, "<conflict "), 1);
    assert_int_equal(HASH_COUNT(the_room(t)->members), 1);
}

/* --- queries -------------------------------------------------------------- */

static void queries_are_limited(void **state)
{
    struct fixture *t = *state;

    create(t);
    join(t, "juliet", "juliet");
    forget(t);
    for (int i = 0; i < 50; i++)
        send(t, "<iq type='get' id='1' from='juliet@example.com/r' to='" ROOM
                "/owner'><query xmlns='jabber:iq:version'/></iq>");

    assert_int_equal(count(t, "to='owner@example.com/r'"), 20);
    assert_int_equal(count(t, "<resource-constraint "), 30);
}

static void an_answer_finds_the_resource_that_asked(void **state)
{
    struct fixture *t = *state;
    const char *id;
    char body[512];

    create(t);
    join(t, "juliet", "juliet");
    send(t, "<presence from='juliet@example.com/two' to='" ROOM "/juliet'>"
            "<x xmlns='http://jabber.org/protocol/muc'/></presence>");
    forget(t);

    send(t, "<iq type='get' id='mine' from='juliet@example.com/two' to='" ROOM
            "/owner'><vCard xmlns='vcard-temp'/></iq>");
    assert_int_equal(count(t, "to='owner@example.com'"), 1);
    id = strstr(t->sent[0], "id='") + strlen("id='");
    snprintf(body, sizeof(body),
             "<iq type='result' id='%.*s' from='owner@example.com' to='" ROOM
             "/juliet'><vCard xmlns='vcard-temp'/></iq>",
             (int)strcspn(id, "'"), id);
    forget(t);
    send(t, body);

    assert_int_equal(t->sent_count, 1);
    assert_int_equal(count(t, "to='juliet@example.com/two'"), 1);
    assert_int_equal(count(t, "id='mine'"), 1);
}

static void nobody_answers_what_he_was_not_asked(void **state)
{
    struct fixture *t = *state;

    create(t);
    join(t, "juliet", "juliet");
    forget(t);

    send(t,
         "<iq type='result' id='guessed' from='owner@example.com/r' to='" ROOM
         "/juliet'><x xmlns='forged'/></iq>");

    assert_int_equal(t->sent_count, 0);
}

static void a_secret_room_answers_no_stranger(void **state)
{
    static const char *const payloads[] = {
        "<vCard xmlns='vcard-temp'/>",
        "<query xmlns='jabber:iq:register'/>",
        "<query xmlns='urn:xmpp:mam:2'/>",
        "<ping xmlns='urn:xmpp:ping'/>",
        "<query xmlns='http://jabber.org/protocol/muc#admin'/>",
        "<query xmlns='http://jabber.org/protocol/disco#info'/>",
    };
    struct fixture *t = *state;
    char body[400];

    create(t);
    the_room(t)->settings.is_public = false;
    the_room(t)->settings.is_members_only = true;
    for (size_t i = 0; i < COUNT_OF(payloads); i++) {
        snprintf(body, sizeof(body),
                 "<iq type='get' id='1' from='mallory@example.com/r' to='" ROOM
                 "'>%s</iq>",
                 payloads[i]);
        send(t, body);
    }

    assert_int_equal(count(t, "<item-not-found "), COUNT_OF(payloads));
}

static void queries_for_archives_are_limited(void **state)
{
    struct fixture *t = *state;

    create(t);
    t->store.is_stalled = true;
    for (int i = 0; i < 5; i++)
        send_iq(t, "set", ROOM, "<query xmlns='urn:xmpp:mam:2'/>");
    assert_int_equal(count(t, "<resource-constraint "), 3);

    t->store.is_stalled = false;
    settle(t);
    assert_int_equal(t->mucd.archive_queries, 0);
}

/* --- lists ---------------------------------------------------------------- */

static void lists_are_limited(void **state)
{
    struct fixture *t = *state;

    create(t);
    administer(t, "<item jid='a@x.example' affiliation='outcast'/>"
                  "<item jid='b@x.example' affiliation='outcast'/>"
                  "<item jid='c@x.example' affiliation='outcast'/>");
    assert_int_equal(HASH_COUNT(the_room(t)->members), 1);
    assert_int_equal(count(t, "<resource-constraint "), 1);

    administer(t, "<item jid='a@x.example' affiliation='outcast'/>"
                  "<item jid='b@x.example' affiliation='outcast'/>");
    assert_int_equal(HASH_COUNT(the_room(t)->members), 3);

    send(t, "<iq type='set' id='1' from='mallory@example.com/r' to='" ROOM
            "'><query xmlns='jabber:iq:register'><x xmlns='jabber:x:data' "
            "type='submit'><field var='muc#register_roomnick'><value>m</value>"
            "</field></x></query></iq>");
    assert_int_equal(HASH_COUNT(the_room(t)->members), 3);
}

static void a_role_and_an_affiliation_at_once_are_refused(void **state)
{
    struct fixture *t = *state;

    create(t);
    join(t, "juliet", "juliet");
    administer(t, "<item nick='juliet' role='none' affiliation='outcast'/>");

    assert_int_equal(count(t, "<bad-request "), 1);
    assert_int_equal(HASH_COUNT(the_room(t)->seats), 2);
}

static void a_domain_is_banned_but_for_who_is_named(void **state)
{
    struct fixture *t = *state;

    create(t);
    join(t, "juliet", "juliet");
    administer(t, "<item jid='example.com' affiliation='outcast'/>");
    forget(t);
    assert_int_equal(HASH_COUNT(the_room(t)->seats), 1);

    join(t, "romeo", "romeo");
    assert_int_equal(count(t, "<forbidden "), 1);

    administer(t, "<item jid='romeo@example.com' affiliation='member'/>");
    join(t, "romeo", "romeo");
    assert_int_equal(HASH_COUNT(the_room(t)->seats), 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup_small, teardown)
#define DEFAULT_TEST(name)                                                     \
    cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(other_scripts_make_no_second_nickname),
        TEST(an_apostrophe_hides_no_capital),
        TEST(other_alphabets_are_welcome),
        TEST(one_user_does_not_fill_a_room),
        TEST(who_enters_again_tells_what_is_new),
        DEFAULT_TEST(entering_again_is_entering),
        TEST(rooms_are_not_made_without_end),
        TEST(who_types_takes_no_message_from_the_history),
        TEST(large_messages_take_no_more_memory),
        TEST(a_subject_has_a_size),
        TEST(a_subject_tells_who_set_it),
        TEST(forged_words_of_the_room_are_taken_out),
        TEST(invitations_are_limited),
        TEST(rooms_and_outcasts_are_not_invited),
        TEST(refusals_are_limited),
        TEST(asking_for_voice_is_limited),
        TEST(asking_for_membership_is_limited),
        TEST(nobody_approves_of_himself),
        TEST(queries_are_limited),
        TEST(an_answer_finds_the_resource_that_asked),
        TEST(nobody_answers_what_he_was_not_asked),
        TEST(a_secret_room_answers_no_stranger),
        TEST(queries_for_archives_are_limited),
        TEST(lists_are_limited),
        TEST(a_role_and_an_affiliation_at_once_are_refused),
        TEST(a_domain_is_banned_but_for_who_is_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

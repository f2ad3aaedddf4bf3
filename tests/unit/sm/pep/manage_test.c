/* Nodes: made, configured, emptied, deleted, discovered; who may read them. */
#include "tests/unit/sm/pep/pep.h"

#include "sm/pep/node.h"

#define CONFIGURE(node, fields)                                                \
    MINE("set", OWNER("<configure node='" node                                 \
                      "'>" FORM("node_config", fields) "</configure>"))
#define CREATE(node, fields)                                                   \
    MINE("set", PUBSUB("<create node='" node "'/><configure>" FORM(            \
                    "node_config", fields) "</configure>"))
#define DISCO "<query xmlns='http://jabber.org/protocol/disco#info'/>"
#define NODES "<query xmlns='http://jabber.org/protocol/disco#items'/>"

static void a_node_is_made_once(void **state)
{
    struct fixture *t = *state;

    login(t, "romeo", 1, "orchard");
    assert_contains(ask(t, "romeo", 1, CREATE("urn:x", "")), "'result'");
    assert_contains(ask(t, "romeo", 1, CREATE("urn:x", "")), "<conflict");
    assert_contains(
        ask(t, "romeo", 1, CREATE("urn:y", FIELD("access_model", "sesame"))),
        "<not-acceptable");
}

static void a_node_without_a_name_gets_one(void **state)
{
    struct fixture *t = *state;
    const char *answer;

    login(t, "romeo", 1, "orchard");
    answer = ask(t, "romeo", 1, MINE("set", PUBSUB("<create/>")));
    assert_contains(answer, "<create node='");
    assert_lacks(answer, "node=''");
}

static void settings_are_told_and_changed(void **state)
{
    struct fixture *t = *state;
    const char *answer;

    login(t, "romeo", 1, "orchard");
    say(t, "romeo", 1, CREATE("urn:x", FIELD("max_items", "5")));
    say(t, "romeo", 1, CONFIGURE("urn:x", FIELD("access_model", "open")));
    answer =
        ask(t, "romeo", 1, MINE("get", OWNER("<configure node='urn:x'/>")));
    assert_contains(answer, "<configure node='urn:x'>");
    assert_contains(answer, "type='form'");
    assert_contains(answer, "<value>open</value>");
    assert_contains(answer, "<value>5</value>");
    assert_contains(ask(t, "romeo", 1,
                        CONFIGURE("urn:x", FIELD("persist_items", "perhaps"))),
                    "<not-acceptable");
    assert_contains(
        ask(t, "romeo", 1, MINE("get", OWNER("<configure node='urn:none'/>"))),
        "<item-not-found");
}

static void the_default_is_presence_and_one_item(void **state)
{
    struct fixture *t = *state;
    const char *answer;

    login(t, "romeo", 1, "orchard");
    answer = ask(t, "romeo", 1, MINE("get", OWNER("<default/>")));
    assert_contains(answer, "<default><x");
    assert_contains(answer, "<value>presence</value>");
    assert_contains(answer, "<value>on_sub_and_presence</value>");
}

static void settings_outlive_memory(void **state)
{
    struct fixture *t = *state;
    struct account *romeo;

    login(t, "romeo", 1, "orchard");
    say(t, "romeo", 1,
        CREATE("urn:x", FIELD("access_model", "roster")
                            FIELD("roster_groups_allowed", "Friends")));
    romeo = account_of(t, "romeo");
    pep_forget(romeo);
    assert_contains(
        ask(t, "romeo", 1, MINE("get", OWNER("<configure node='urn:x'/>"))),
        "<value>Friends</value>");
}

static void fewer_items_leave_the_newest(void **state)
{
    struct fixture *t = *state;
    const char *answer;

    login(t, "romeo", 1, "orchard");
    say(t, "romeo", 1, CREATE("urn:x", FIELD("max_items", "max")));
    say(t, "romeo", 1, PUBLISH("urn:x", "a", TUNE));
    say(t, "romeo", 1, PUBLISH("urn:x", "b", TUNE));
    say(t, "romeo", 1, CONFIGURE("urn:x", FIELD("max_items", "1")));
    answer = ask(t, "romeo", 1, MINE("get", ITEMS("urn:x")));
    assert_lacks(answer, "'a'");
    assert_contains(answer, "'b'");
}

static void a_purge_and_an_end_are_told(void **state)
{
    struct fixture *t = *state;

    listens(t, "romeo", 1, "orchard");
    say(t, "romeo", 1, PUBLISH("urn:tune", "a", TUNE));
    say(t, "romeo", 1, MINE("set", OWNER("<purge node='urn:tune'/>")));
    hears(t, 1, "<purge node='urn:tune'/>");
    assert_lacks(ask(t, "romeo", 1, MINE("get", ITEMS("urn:tune"))), "Aubade");
    say(t, "romeo", 1, MINE("set", OWNER("<delete node='urn:tune'/>")));
    hears(t, 1, "<delete node='urn:tune'/>");
    assert_contains(ask(t, "romeo", 1, MINE("get", ITEMS("urn:tune"))),
                    "<item-not-found");
}

/* --- who may read --------------------------------------------------------- */

/* Juliet's node with this access, and a contact of hers in a group. */
static const char *reads(struct fixture *t, const char *access)
{
    char text[1024];

    snprintf(text, sizeof(text),
             CREATE("urn:x", FIELD("access_model", "%s")
                                 FIELD("roster_groups_allowed", "Friends")),
             access);
    say(t, "juliet", 2, text);
    say(t, "juliet", 2, PUBLISH("urn:x", "a", TUNE));
    return ask(t, "romeo", 1, GET(JULIET, ITEMS("urn:x")));
}

static void meet(struct fixture *t)
{
    login(t, "romeo", 1, "orchard");
    login(t, "juliet", 2, "balcony");
}

static void in_group(struct fixture *t, const char *group)
{
    struct roster *roster = &account_of(t, "juliet")->roster;
    struct str name = str_of(group);

    befriend(t);
    roster_set(roster, roster_get(roster, STR(ROMEO)), STR_NONE, &name, 1);
}

static void an_open_node_is_for_everybody(void **state)
{
    struct fixture *t = *state;

    meet(t);
    assert_contains(reads(t, "open"), "Aubade");
}

static void presence_is_needed_by_default(void **state)
{
    struct fixture *t = *state;
    const char *answer;

    meet(t);
    answer = reads(t, "presence");
    assert_contains(answer, "<not-authorized");
    assert_contains(answer, "<presence-subscription-required");
    befriend(t);
    assert_contains(ask(t, "romeo", 1, GET(JULIET, ITEMS("urn:x"))), "Aubade");
}

static void a_group_is_needed_where_it_is_said(void **state)
{
    struct fixture *t = *state;
    const char *answer;

    meet(t);
    in_group(t, "Enemies");
    answer = reads(t, "roster");
    assert_contains(answer, "<not-authorized");
    assert_contains(answer, "<not-in-roster-group");
    in_group(t, "Friends");
    assert_contains(ask(t, "romeo", 1, GET(JULIET, ITEMS("urn:x"))), "Aubade");
}

static void a_white_list_has_members(void **state)
{
    struct fixture *t = *state;
    const char *answer;

    meet(t);
    befriend(t);
    answer = reads(t, "whitelist");
    assert_contains(answer, "<not-allowed");
    assert_contains(answer, "<closed-node");
    assert_contains(
        ask(t, "juliet", 2,
            MINE("set", OWNER("<affiliations node='urn:x'><affiliation "
                              "jid='romeo@example.com' affiliation='member'/>"
                              "</affiliations>"))),
        "'result'");
    assert_contains(ask(t, "romeo", 1, GET(JULIET, ITEMS("urn:x"))), "Aubade");
    assert_contains(
        ask(t, "juliet", 2, MINE("get", OWNER("<affiliations node='urn:x'/>"))),
        "affiliation='member'");
    assert_contains(ask(t, "romeo", 1, GET(JULIET, PUBSUB("<affiliations/>"))),
                    "affiliation='member'");
}

static void an_outcast_reads_nothing(void **state)
{
    struct fixture *t = *state;

    meet(t);
    befriend(t);
    assert_contains(reads(t, "open"), "Aubade");
    say(t, "juliet", 2,
        MINE("set", OWNER("<affiliations node='urn:x'><affiliation "
                          "jid='romeo@example.com' affiliation='outcast'/>"
                          "</affiliations>")));
    assert_contains(ask(t, "romeo", 1, GET(JULIET, ITEMS("urn:x"))),
                    "<forbidden");
    assert_contains(
        ask(t, "juliet", 2,
            MINE("set", OWNER("<affiliations node='urn:x'><affiliation "
                              "jid='romeo@example.com' affiliation='owner'/>"
                              "</affiliations>"))),
        "<not-acceptable");
}

static void the_owner_alone_manages(void **state)
{
    struct fixture *t = *state;

    meet(t);
    befriend(t);
    assert_contains(
        ask(t, "romeo", 1, SET(JULIET, OWNER("<delete node='urn:x'/>"))),
        "<forbidden");
}

/* --- subscriptions -------------------------------------------------------- */

static void who_sees_presence_is_subscribed(void **state)
{
    struct fixture *t = *state;

    meet(t);
    (void)reads(t, "open");
    assert_contains(ask(t, "romeo", 1,
                        SET(JULIET, PUBSUB("<subscribe node='urn:x' "
                                           "jid='romeo@example.com'/>"))),
                    "<unsupported");
    befriend(t);
    assert_contains(ask(t, "romeo", 1,
                        SET(JULIET, PUBSUB("<subscribe node='urn:x' "
                                           "jid='romeo@example.com'/>"))),
                    "subscription='subscribed'");
    assert_contains(ask(t, "romeo", 1,
                        SET(JULIET, PUBSUB("<subscribe node='urn:x' "
                                           "jid='nurse@example.com'/>"))),
                    "<invalid-jid");
    assert_contains(ask(t, "romeo", 1, GET(JULIET, PUBSUB("<subscriptions/>"))),
                    "node='urn:x'");
}

/* --- discovery ------------------------------------------------------------ */

static void an_account_tells_that_it_is_a_service(void **state)
{
    struct fixture *t = *state;
    const char *answer;

    login(t, "romeo", 1, "orchard");
    answer = ask(t, "romeo", 1, GET(ROMEO, DISCO));
    assert_contains(answer, "category='pubsub' type='pep'");
    assert_contains(answer, "pubsub#publish-options");
    assert_contains(answer, "'registered'");
}

static void nodes_are_found_by_those_who_may_read_them(void **state)
{
    struct fixture *t = *state;
    const char *answer;

    meet(t);
    befriend(t);
    say(t, "juliet", 2, CREATE("urn:shown", ""));
    say(t, "juliet", 2, CREATE("urn:own", FIELD("access_model", "whitelist")));
    answer = ask(t, "romeo", 1, GET(JULIET, NODES));
    assert_contains(answer, "node='urn:shown'");
    assert_lacks(answer, "node='urn:own'");
    assert_contains(answer, "juliet@example.com/balcony");
    assert_contains(
        ask(t, "romeo", 1,
            GET(JULIET, "<query node='urn:shown' "
                        "xmlns='http://jabber.org/protocol/disco#info'/>")),
        "type='leaf'");
    assert_contains(
        ask(t, "romeo", 1,
            GET(JULIET, "<query node='urn:own' "
                        "xmlns='http://jabber.org/protocol/disco#info'/>")),
        "<item-not-found");
}

static void what_is_not_known_is_told(void **state)
{
    struct fixture *t = *state;

    login(t, "romeo", 1, "orchard");
    assert_contains(
        ask(t, "romeo", 1, MINE("get", PUBSUB("<options node='urn:x'/>"))),
        "<feature-not-implemented");
    assert_contains(ask(t, "romeo", 1, MINE("get", PUBSUB(""))),
                    "<bad-request");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_node_is_made_once),
        TEST(a_node_without_a_name_gets_one),
        TEST(settings_are_told_and_changed),
        TEST(the_default_is_presence_and_one_item),
        TEST(settings_outlive_memory),
        TEST(fewer_items_leave_the_newest),
        TEST(a_purge_and_an_end_are_told),
        TEST(an_open_node_is_for_everybody),
        TEST(presence_is_needed_by_default),
        TEST(a_group_is_needed_where_it_is_said),
        TEST(a_white_list_has_members),
        TEST(an_outcast_reads_nothing),
        TEST(the_owner_alone_manages),
        TEST(who_sees_presence_is_subscribed),
        TEST(an_account_tells_that_it_is_a_service),
        TEST(nodes_are_found_by_those_who_may_read_them),
        TEST(what_is_not_known_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

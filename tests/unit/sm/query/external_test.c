/* Services beside the suite (XEP-0215). */
#include "sm/query/external.h"
#include "tests/unit/sm/queries.h"

#define SERVICES                                                               \
    "sm { relays = {\"stun:stun.example.com:3478\", "                          \
    "\"turn:relay.example.com:443?transport=tcp\", "                           \
    "\"turn:relay.example.com:3478\", \"turns:[2001:db8::1]\"} "               \
    "relay-secret = north relay-lifetime = 600 }"
#define ALL      "<services xmlns='urn:xmpp:extdisco:2'/>"
#define OF(type) "<services xmlns='urn:xmpp:extdisco:2' type='" type "'/>"
#define CREDENTIALS(service)                                                   \
    "<credentials xmlns='urn:xmpp:extdisco:2'>" service "</credentials>"

static unsigned services_in(const char *answer)
{
    unsigned count = 0;

    while ((answer = strstr(answer, "<service "))) {
        count++;
        answer++;
    }
    return count;
}

static void all_that_can_be_used_are_told(void **state)
{
    struct fixture *t = *state;
    const char *answer;

    login(t, "romeo", 1, "orchard");
    answer = ask(t, "romeo", 1, GET(SERVER, ALL));
    assert_int_equal(services_in(answer), 4);
    assert_contains(answer, "<service type='stun' host='stun.example.com' "
                            "port='3478' transport='udp'/>");
    assert_contains(answer, "<service type='turns' host='2001:db8::1' "
                            "transport='tcp' restricted='true'");
}

static void only_those_of_a_kind_are_told_who_asks_for_it(void **state)
{
    struct fixture *t = *state;

    login(t, "romeo", 1, "orchard");
    assert_int_equal(services_in(ask(t, "romeo", 1, GET(SERVER, OF("turn")))),
                     2);
    assert_int_equal(services_in(ask(t, "romeo", 1, GET(SERVER, OF("ftp")))),
                     0);
}

static void a_user_gets_a_password_with_an_end(void **state)
{
    struct fixture *t = *state;

    login(t, "romeo", 1, "orchard");
    assert_contains(ask(t, "romeo", 1, GET(SERVER, OF("turn"))),
                    "<service type='turn' host='relay.example.com' port='443' "
                    "transport='tcp' restricted='true' "
                    "username='1700000600:25a8e2c6eca9df14' "
                    "password='xlbeTCxo/Iwc5Yy6ig4LSmK8nDg=' "
                    "expires='2023-11-14T22:23:20Z'/>");
}

static void another_user_has_another_name_there(void **state)
{
    struct fixture *t = *state;

    login(t, "juliet", 1, "balcony");
    assert_null(
        strstr(ask(t, "juliet", 1, GET(SERVER, ALL)), "25a8e2c6eca9df14"));
}

static void credentials_are_asked_for_by_host_and_type(void **state)
{
    struct fixture *t = *state;
    const char *answer;

    login(t, "romeo", 1, "orchard");
    answer = ask(t, "romeo", 1,
                 GET(SERVER, CREDENTIALS("<service type='turn' "
                                         "host='relay.example.com'/>")));
    assert_int_equal(services_in(answer), 2);
    answer = ask(t, "romeo", 1,
                 GET(SERVER, CREDENTIALS("<service type='turn' port='443' "
                                         "host='relay.example.com'/>")));
    assert_int_equal(services_in(answer), 1);
    assert_contains(answer, "password='");
}

static void what_has_no_credentials_is_not_found(void **state)
{
    static const char *const wrong[][2] = {
        {GET(SERVER, CREDENTIALS("<service type='stun' "
                                 "host='stun.example.com'/>")),
         "<item-not-found"},
        {GET(SERVER, CREDENTIALS("<service type='turn' host='other'/>")),
         "<item-not-found"},
        {GET(SERVER, CREDENTIALS("<service type='turn' port='x' "
                                 "host='relay.example.com'/>")),
         "<item-not-found"},
        {GET(SERVER, CREDENTIALS("<service type='turn'/>")), "<bad-request"},
        {GET(SERVER, CREDENTIALS("")), "<bad-request"},
    };
    struct fixture *t = *state;

    login(t, "romeo", 1, "orchard");
    for (size_t i = 0; i < COUNT_OF(wrong); i++)
        assert_contains(ask(t, "romeo", 1, wrong[i][0]), wrong[i][1]);
}

static void a_guest_is_told_of_services_without_a_password(void **state)
{
    struct fixture *t = *state;
    const char *answer;

    login(t, "romeo", 1, "orchard");
    account_of(t, "romeo")->is_guest = true;
    answer = ask(t, "romeo", 1, GET(SERVER, ALL));
    assert_int_equal(services_in(answer), 4);
    assert_contains(answer, "restricted='true'");
    assert_null(strstr(answer, "password"));
    assert_contains(ask(t, "romeo", 1,
                        GET(SERVER, CREDENTIALS("<service type='turn' "
                                                "host='relay.example.com'/>"))),
                    "<not-allowed");
}

static void without_the_secret_there_is_no_password(void **state)
{
    struct fixture *t = *state;

    login(t, "romeo", 1, "orchard");
    assert_contains(ask(t, "romeo", 1, GET(SERVER, ALL)),
                    "restricted='true'/>");
    assert_contains(ask(t, "romeo", 1,
                        GET(SERVER, CREDENTIALS("<service type='turn' "
                                                "host='relay.example.com'/>"))),
                    "<item-not-found");
}

static int setup_no_secret(void **state)
{
    int status = setup_with(state, "sm { relays = {turn:relay.example.com} "
                                   "relay-secret-file = /nonexistent }");
    struct fixture *t = *state;

    relay_secret_load(&t->sm);
    return status;
}

static int setup_services(void **state)
{
    int status = setup_with(state, SERVICES);
    struct fixture *t = *state;

    relay_secret_load(&t->sm);
    relay_secret_load(&t->sm); /* as SIGHUP does */
    return status;
}

#define WITH_SERVICES(name)                                                    \
    cmocka_unit_test_setup_teardown(name, setup_services, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_SERVICES(all_that_can_be_used_are_told),
        WITH_SERVICES(only_those_of_a_kind_are_told_who_asks_for_it),
        WITH_SERVICES(a_user_gets_a_password_with_an_end),
        WITH_SERVICES(another_user_has_another_name_there),
        WITH_SERVICES(credentials_are_asked_for_by_host_and_type),
        WITH_SERVICES(what_has_no_credentials_is_not_found),
        WITH_SERVICES(a_guest_is_told_of_services_without_a_password),
        cmocka_unit_test_setup_teardown(without_the_secret_there_is_no_password,
                                        setup_no_secret, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

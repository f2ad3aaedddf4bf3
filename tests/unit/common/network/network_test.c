/* Which addresses are in a network. */
#include "common/network/network.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "tests/unit/test.h"

static bool has(const char *network, const char *address)
{
    struct network parsed;
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};

    assert_true(network_parse(str_of(network), &parsed));
    if (inet_pton(AF_INET, address, &v4.sin_addr) == 1)
        return network_has(&parsed, (const struct sockaddr *)&v4);
    assert_int_equal(inet_pton(AF_INET6, address, &v6.sin6_addr), 1);
    return network_has(&parsed, (const struct sockaddr *)&v6);
}

static void an_address_is_in_its_network(void **state)
{
    (void)state;
    assert_true(has("127.0.0.0/8", "127.255.0.1"));
    assert_false(has("127.0.0.0/8", "128.0.0.1"));
    assert_true(has("224.0.0.0/3", "255.255.255.255"));
    assert_false(has("224.0.0.0/3", "223.255.255.255"));
    assert_true(has("0.0.0.0/0", "192.0.2.1"));
    assert_true(has("192.0.2.1/32", "192.0.2.1"));
    assert_false(has("192.0.2.1/32", "192.0.2.2"));
    assert_true(has("fe80::/10", "febf::1"));
    assert_false(has("fe80::/10", "fec0::1"));
    assert_true(has("::1/128", "::1"));
    assert_false(has("::1/128", "::2"));
    assert_false(has("::/0", "192.0.2.1"));
}

static void a_mapped_address_is_of_both_families(void **state)
{
    (void)state;
    assert_true(has("127.0.0.0/8", "::ffff:127.0.0.1"));
    assert_true(has("::ffff:0:0/96", "::ffff:192.0.2.1"));
    assert_false(has("127.0.0.0/8", "::1"));
}

static void what_is_no_network_is_refused(void **state)
{
    static const char *const none[] = {
        "",
        "127.0.0.1",
        "127.0.0.0/33",
        "::/129",
        "a/8",
        "/8",
        "1.2.3/8",
        "127.0.0.0/",
        "::/x",
        "127.0.0.0/-1",
        "::/8/8",
        "127.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0/8"};
    struct network network;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(none); i++)
        assert_false(network_parse(str_of(none[i]), &network));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_address_is_in_its_network),
        cmocka_unit_test(a_mapped_address_is_of_both_families),
        cmocka_unit_test(what_is_no_network_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

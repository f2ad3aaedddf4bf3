/* The way to a streamhost, and being one (client/dial.h, client/streamhost.h):
 * both in one process, step by step. */
#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client/clock.h"
#include "client/dial.h"
#include "client/streamhost.h"
#include "tests/unit/test.h"

#define KEY   "0123456789abcdef0123456789abcdef01234567"
#define OTHER "ffffffffffffffffffffffffffffffffffffffff"

static enum dial_state run(struct dial *dial, struct streamhost *host, long ms)
{
    long until_ms = clock_ms() + ms;
    enum dial_state state = DIAL_GOES_ON;

    while (state == DIAL_GOES_ON && clock_ms() < until_ms) {
        if (host)
            streamhost_step(host);
        state = dial_step(dial);
        usleep(500);
    }
    return state;
}

/* The sockets do not wait by themselves. */
static ssize_t hear(int fd, char *into, size_t size)
{
    struct pollfd there = {.fd = fd, .events = POLLIN};

    assert_int_equal(poll(&there, 1, 5000), 1);
    return read(fd, into, size);
}

static void the_two_meet(const char *where)
{
    struct streamhost *host = streamhost_open(KEY, -1);
    struct dial *dial = dial_new(where, streamhost_port(host), KEY);
    char heard[4] = "";
    int near, far;

    assert_int_equal(run(dial, host, 5000), DIAL_DONE);
    near = dial_take(dial);
    far = streamhost_take(host);
    assert_true(near >= 0 && far >= 0);
    assert_int_equal(streamhost_take(host), -1);
    assert_int_equal(write(far, "abc", 3), 3);
    assert_int_equal(hear(near, heard, sizeof(heard)), 3);
    assert_string_equal(heard, "abc");
    close(near);
    close(far);
    dial_free(dial);
    streamhost_free(host);
}

static void target_and_host_meet_over_ipv4(void **state)
{
    (void)state;
    the_two_meet("127.0.0.1");
}

static void target_and_host_meet_over_ipv6(void **state)
{
    (void)state;
    if (access("/proc/net/if_inet6", R_OK) != 0)
        skip();
    the_two_meet("::1");
}

static void a_name_is_looked_up_without_waiting(void **state)
{
    long began_ms = clock_ms();
    struct dial *dial = dial_new("no-such-host.invalid", 1, KEY);

    (void)state;
    assert_true(clock_ms() - began_ms < 500);
    assert_int_equal(run(dial, NULL, DIAL_PATIENCE_MS + 2000), DIAL_FAILED);
    dial_free(dial);
}

static void who_has_another_key_is_refused(void **state)
{
    struct streamhost *host = streamhost_open(KEY, -1);
    struct dial *dial = dial_new("127.0.0.1", streamhost_port(host), OTHER);

    (void)state;
    assert_int_equal(run(dial, host, 5000), DIAL_FAILED);
    assert_int_equal(streamhost_take(host), -1);
    dial_free(dial);
    streamhost_free(host);
}

static int listen_for_nothing(unsigned short *port)
{
    struct sockaddr_in name = {.sin_family = AF_INET,
                               .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof(name);
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    assert_int_equal(bind(fd, (struct sockaddr *)&name, length), 0);
    assert_int_equal(listen(fd, 1), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&name, &length), 0);
    *port = ntohs(name.sin_port);
    return fd;
}

/* As slixmpp does, which uses what was offered first. */
static void of_several_ways_the_first_that_was_offered_is_taken(void **state)
{
    unsigned short port;
    int server = listen_for_nothing(&port); /* at 127.0.0.1 */
    struct streamhost *host = streamhost_open(KEY, server);
    const char *other = streamhost_address(host, 1);
    struct dial *first, *second;
    int fd;

    (void)state;
    assert_string_equal(streamhost_address(host, 0), "127.0.0.1");
    if (!other)
        skip();
    second = dial_new(other, streamhost_port(host), KEY);
    assert_int_equal(run(second, host, 5000), DIAL_DONE);
    first = dial_new("127.0.0.1", streamhost_port(host), KEY);
    assert_int_equal(run(first, host, 5000), DIAL_DONE);
    fd = streamhost_take(host);
    assert_int_equal(write(dial_take(first), "x", 1), 1);
    assert_int_equal(hear(fd, (char[1]){0}, 1), 1);
    close(fd);
    close(server);
    dial_free(first);
    dial_free(second);
    streamhost_free(host);
}

static void who_has_left_is_not_taken(void **state)
{
    struct streamhost *host = streamhost_open(KEY, -1);
    struct dial *dial = dial_new("127.0.0.1", streamhost_port(host), KEY);

    (void)state;
    assert_int_equal(run(dial, host, 5000), DIAL_DONE);
    dial_free(dial);
    usleep(20000);
    assert_int_equal(streamhost_take(host), -1);
    streamhost_free(host);
}

static void a_host_that_says_nothing_has_its_time(void **state)
{
    unsigned short port;
    int silent = listen_for_nothing(&port);
    struct dial *dial = dial_new("127.0.0.1", port, KEY);
    long began_ms = clock_ms();

    (void)state;
    assert_int_equal(run(dial, NULL, 2 * DIAL_PATIENCE_MS), DIAL_FAILED);
    assert_in_range(clock_ms() - began_ms, DIAL_PATIENCE_MS - 100,
                    DIAL_PATIENCE_MS + 1500);
    dial_free(dial);
    close(silent);
}

/* BND.ADDR is of any kind, and what follows is the file's. */
static void a_reply_of_ipv4_is_one_too(void **state)
{
    unsigned short port;
    int host = listen_for_nothing(&port), guest;
    struct dial *dial = dial_new("127.0.0.1", port, KEY);
    char bytes[64];

    (void)state;
    assert_int_equal(run(dial, NULL, 100), DIAL_GOES_ON);
    guest = accept(host, NULL, NULL);
    assert_int_equal(write(guest, "\5\0\5\0\0\1\1\2\3\4\0\0file", 16), 16);
    assert_int_equal(run(dial, NULL, 1000), DIAL_DONE);
    assert_int_equal(hear(dial_take(dial), bytes, sizeof(bytes)), 4);
    assert_memory_equal(bytes, "file", 4);
    dial_free(dial);
    close(guest);
    close(host);
}

static void strangers_do_not_keep_the_target_out(void **state)
{
    struct streamhost *host = streamhost_open(KEY, -1);
    struct dial *dial;
    int strangers[4];

    (void)state;
    for (int i = 0; i < 4; i++) {
        struct sockaddr_in name = {.sin_family = AF_INET,
                                   .sin_port = htons(streamhost_port(host)),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

        strangers[i] = socket(AF_INET, SOCK_STREAM, 0);
        assert_int_equal(
            connect(strangers[i], (struct sockaddr *)&name, sizeof(name)), 0);
        assert_int_equal(write(strangers[i], "GET / HTTP/1.1\r\n", 16), 16);
    }
    dial = dial_new("127.0.0.1", streamhost_port(host), KEY);
    assert_int_equal(run(dial, host, 5000), DIAL_DONE);
    dial_free(dial);
    streamhost_free(host);
    for (int i = 0; i < 4; i++)
        close(strangers[i]);
}

static void addresses_are_of_this_machine_and_no_links(void **state)
{
    struct streamhost *host = streamhost_open(KEY, -1);
    const char *address;

    (void)state;
    for (size_t i = 0; (address = streamhost_address(host, i)) != NULL; i++) {
        assert_null(strchr(address, '%'));
        assert_string_not_equal(address, "127.0.0.1");
        assert_int_not_equal(strncmp(address, "fe80", 4), 0);
    }
    streamhost_free(host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(target_and_host_meet_over_ipv4),
        cmocka_unit_test(target_and_host_meet_over_ipv6),
        cmocka_unit_test(a_name_is_looked_up_without_waiting),
        cmocka_unit_test(who_has_another_key_is_refused),
        cmocka_unit_test(of_several_ways_the_first_that_was_offered_is_taken),
        cmocka_unit_test(who_has_left_is_not_taken),
        cmocka_unit_test(a_host_that_says_nothing_has_its_time),
        cmocka_unit_test(a_reply_of_ipv4_is_one_too),
        cmocka_unit_test(strangers_do_not_keep_the_target_out),
        cmocka_unit_test(addresses_are_of_this_machine_and_no_links),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

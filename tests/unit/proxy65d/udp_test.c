/* Datagrams between two negotiated endpoints and nobody else
 * (proxy65d/udp.h). */
#include <arpa/inet.h>

#include "common/log/log.h"
#include "proxy65d/udp.h"
#include "tests/unit/test.h"

#define ROMEO   "romeo@a.example/1"
#define JULIET  "juliet@a.example/2"
#define FOREIGN "x@far.example/3"

struct world {
    struct quota quota;
    struct associations all;
    struct association *association;
    char sides[3];
    char key[SOCKS_KEY + 1];
    uint64_t now_ms;
    const char *jid;
    struct str payload;
    struct sockaddr_storage to;
};

static struct sockaddr_storage endpoint(const char *host, int port)
{
    struct sockaddr_storage name = {0};
    struct sockaddr_in *v4 = (struct sockaddr_in *)&name;

    v4->sin_family = AF_INET;
    v4->sin_port = htons((uint16_t)port);
    inet_pton(AF_INET, host, &v4->sin_addr);
    return name;
}

static enum udp_verdict arrives(struct world *w, const char *host, int port,
                                int fragment, int dst_port, const char *data)
{
    struct sockaddr_storage from = endpoint(host, port);
    struct buf bytes = {0};
    char key[SOCKS_KEY + 1];
    enum udp_verdict verdict;

    buf_add(&bytes, (struct str){"\0\0", 2});
    buf_add_char(&bytes, (char)fragment);
    buf_add(&bytes, (struct str){"\x03\x28", 2});
    buf_add_text(&bytes, w->key);
    buf_add_char(&bytes, 0);
    buf_add_char(&bytes, (char)dst_port);
    buf_add_text(&bytes, data);
    verdict =
        associations_receive(&w->all, buf_view(&bytes), host, &from, w->now_ms,
                             &w->jid, &w->payload, &w->to, key);
    /* Borrowed of the datagram when it stood alone. */
    w->payload = verdict == UDP_RELAY ? str_dup(w->payload) : STR_NONE;
    buf_clear(&bytes);
    return verdict;
}

static void assert_payload(struct world *w, const char *text)
{
    assert_str(w->payload, text);
    free((char *)w->payload.p);
    w->payload = STR_NONE;
}

static bool may_use(void *ctx, struct str jid)
{
    (void)ctx;
    return str_is(jid, ROMEO) || str_is(jid, JULIET);
}

static struct world *joined(void)
{
    struct world *w = NEW(struct world);

    w->all.quota = &w->quota;
    w->all.may_use = may_use;
    socks_make_key(w->key, STR("s"), STR(ROMEO), STR(JULIET));
    w->association =
        associations_join(&w->all, w->key, &w->sides[0], "192.0.2.1");
    assert_ptr_equal(
        associations_join(&w->all, w->key, &w->sides[1], "192.0.2.2"),
        w->association);
    return w;
}

static enum streams_result activate(struct world *w)
{
    return associations_activate(&w->all, STR("s"), STR(ROMEO),
                                 STR("romeo@a.example"), STR(JULIET), 0);
}

static struct world *active(void)
{
    struct world *w = joined();

    assert_int_equal(arrives(w, "192.0.2.1", 1000, 0, 1, ROMEO),
                     UDP_INITIALIZED);
    assert_int_equal(arrives(w, "192.0.2.2", 2000, 0, 1, JULIET),
                     UDP_INITIALIZED);
    assert_int_equal(activate(w), STREAMS_OK);
    return w;
}

static void end(struct world *w)
{
    void *other;

    assert_true(
        associations_leave(&w->all, w->association, &w->sides[0], &other, 5));
    assert_ptr_equal(other, &w->sides[1]);
    assert_null(w->all.by_key);
    free(w);
}

static void both_endpoints_prove_themselves_first(void **state)
{
    struct world *w = joined();

    (void)state;
    assert_int_equal(activate(w), STREAMS_ONE_SIDE);
    assert_int_equal(arrives(w, "192.0.2.1", 1000, 0, 1, ROMEO),
                     UDP_INITIALIZED);
    assert_string_equal(w->jid, ROMEO);
    assert_int_equal(arrives(w, "192.0.2.1", 1000, 0, 1, ROMEO), UDP_DROP);
    assert_int_equal(arrives(w, "192.0.2.9", 1000, 0, 1, JULIET), UDP_DROP);
    assert_int_equal(activate(w), STREAMS_ONE_SIDE);
    assert_int_equal(arrives(w, "192.0.2.2", 2000, 0, 1, JULIET),
                     UDP_INITIALIZED);
    assert_int_equal(arrives(w, "192.0.2.1", 1000, 0, 0, "early"), UDP_DROP);
    assert_int_equal(activate(w), STREAMS_OK);
    end(w);
}

/* The proxy would write to whomever a datagram names. */
static void who_may_not_use_the_proxy_is_not_written_to(void **state)
{
    struct world *w = joined();

    (void)state;
    assert_int_equal(arrives(w, "192.0.2.1", 1000, 0, 1, FOREIGN), UDP_DROP);
    assert_int_equal(arrives(w, "192.0.2.1", 1000, 0, 1, ROMEO),
                     UDP_INITIALIZED);
    assert_int_equal(arrives(w, "192.0.2.2", 2000, 0, 1, JULIET),
                     UDP_INITIALIZED);
    assert_int_equal(activate(w), STREAMS_OK);
    end(w);
}

static void limits_are_those_of_all_bytestreams(void **state)
{
    struct world *w = joined();
    struct quota_user *other;

    (void)state;
    quota_set_limits(
        &w->quota,
        &(struct quota_limits){.max_streams_per_user = 1, .user_rate = 20}, 0);
    other = quota_take(&w->quota, STR("romeo@a.example"), 0);
    assert_non_null(other);
    assert_int_equal(arrives(w, "192.0.2.1", 1000, 0, 1, ROMEO),
                     UDP_INITIALIZED);
    assert_int_equal(arrives(w, "192.0.2.2", 2000, 0, 1, JULIET),
                     UDP_INITIALIZED);
    assert_int_equal(activate(w), STREAMS_FULL);
    quota_give_back(&w->quota, other);
    assert_int_equal(activate(w), STREAMS_OK);

    assert_int_equal(arrives(w, "192.0.2.1", 1000, 0, 0, "more than allowed"),
                     UDP_RELAY);
    assert_payload(w, "more than allowed");
    assert_int_equal(arrives(w, "192.0.2.1", 1000, 0, 0, "more"), UDP_DROP);
    w->now_ms = 1000;
    assert_int_equal(arrives(w, "192.0.2.1", 1000, 0, 0, "later"), UDP_RELAY);
    assert_payload(w, "later");
    end(w);
}

static void datagrams_pass_between_the_two_without_their_header(void **state)
{
    struct world *w = active();
    const struct sockaddr_in *to = (const struct sockaddr_in *)&w->to;

    (void)state;
    assert_int_equal(arrives(w, "192.0.2.1", 1000, 0, 0, "to juliet"),
                     UDP_RELAY);
    assert_payload(w, "to juliet");
    assert_int_equal(ntohs(to->sin_port), 2000);
    assert_int_equal(arrives(w, "192.0.2.2", 2000, 0, 0, "to romeo"),
                     UDP_RELAY);
    assert_payload(w, "to romeo");
    assert_int_equal(ntohs(to->sin_port), 1000);
    end(w);
}

static void other_addresses_and_ports_are_dropped(void **state)
{
    struct world *w = active();

    (void)state;
    assert_int_equal(arrives(w, "192.0.2.1", 1001, 0, 0, "x"), UDP_DROP);
    assert_int_equal(arrives(w, "192.0.2.3", 1000, 0, 0, "x"), UDP_DROP);
    assert_int_equal(arrives(w, "192.0.2.1", 1000, 0, 7, "x"), UDP_DROP);
    assert_int_equal(w->all.dropped, 3);
    end(w);
}

static void fragments_in_order_become_one_payload(void **state)
{
    struct world *w = active();

    (void)state;
    assert_int_equal(arrives(w, "192.0.2.1", 1000, 1, 0, "one "), UDP_DROP);
    assert_int_equal(arrives(w, "192.0.2.1", 1000, 2, 0, "two "), UDP_DROP);
    assert_int_equal(arrives(w, "192.0.2.1", 1000, 0x83, 0, "three"),
                     UDP_RELAY);
    assert_payload(w, "one two three");
    end(w);
}

static void a_lower_fragment_begins_anew(void **state)
{
    struct world *w = active();

    (void)state;
    assert_int_equal(arrives(w, "192.0.2.1", 1000, 1, 0, "old "), UDP_DROP);
    assert_int_equal(arrives(w, "192.0.2.1", 1000, 2, 0, "old "), UDP_DROP);
    assert_int_equal(arrives(w, "192.0.2.1", 1000, 1, 0, "new "), UDP_DROP);
    assert_int_equal(arrives(w, "192.0.2.1", 1000, 0x82, 0, "end"), UDP_RELAY);
    assert_payload(w, "new end");
    end(w);
}

static void what_lacks_a_fragment_or_comes_late_is_abandoned(void **state)
{
    struct world *w = active();

    (void)state;
    assert_int_equal(arrives(w, "192.0.2.1", 1000, 1, 0, "one "), UDP_DROP);
    assert_int_equal(arrives(w, "192.0.2.1", 1000, 0x83, 0, "three"), UDP_DROP);
    assert_int_equal(arrives(w, "192.0.2.1", 1000, 1, 0, "one "), UDP_DROP);
    w->now_ms += UDP_REASSEMBLY_MS;
    assert_int_equal(arrives(w, "192.0.2.1", 1000, 0x82, 0, "two"), UDP_DROP);
    end(w);
}

static void a_queue_holds_no_more_than_a_datagram(void **state)
{
    struct world *w = active();
    char *large = mem_alloc(40001);

    (void)state;
    memset(large, 'x', 40000);
    large[40000] = '\0';
    assert_int_equal(arrives(w, "192.0.2.1", 1000, 1, 0, large), UDP_DROP);
    assert_int_equal(arrives(w, "192.0.2.1", 1000, 0x82, 0, large), UDP_DROP);
    assert_true(w->association->sides[0].queue.bytes.end <= 65536);
    free(large);
    end(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_endpoints_prove_themselves_first),
        cmocka_unit_test(who_may_not_use_the_proxy_is_not_written_to),
        cmocka_unit_test(limits_are_those_of_all_bytestreams),
        cmocka_unit_test(datagrams_pass_between_the_two_without_their_header),
        cmocka_unit_test(other_addresses_and_ports_are_dropped),
        cmocka_unit_test(fragments_in_order_become_one_payload),
        cmocka_unit_test(a_lower_fragment_begins_anew),
        cmocka_unit_test(what_lacks_a_fragment_or_comes_late_is_abandoned),
        cmocka_unit_test(a_queue_holds_no_more_than_a_datagram),
    };
    struct error error;

    if (!log_open("proxy65d", "/dev/null", LOG_LEVEL_ERROR, &error))
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* One component's stream from its first byte to its bounces (XEP-0114). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <openssl/evp.h>

#include "common/codec/codec.h"
#include "common/log/log.h"
#include "compd/component.h"

#define HEADER                                                                 \
    "<stream:stream xmlns='jabber:component:accept' "                          \
    "xmlns:stream='http://etherx.jabber.org/streams' to='echo.localhost'>"

/* The world around one component: what it made happen, as text. */
struct world {
    struct registry registry;
    struct component *component;
    struct buf events; /* "bind D;", "send A BODY;", "discharge N;" … */
    struct buf output; /* what the component was told */
    bool window_full;
};

static void on_bind(void *ctx, struct str domain)
{
    struct world *w = ctx;

    buf_printf(&w->events, "bind %.*s;", STR_ARG(domain));
}

static void on_unbind(void *ctx, struct str domain)
{
    struct world *w = ctx;

    buf_printf(&w->events, "unbind %.*s;", STR_ARG(domain));
}

static bool on_is_up(void *ctx, struct str address)
{
    (void)ctx;
    return str_is(address, "other.localhost");
}

static bool on_send(void *ctx, struct str domain, struct str address,
                    struct str body)
{
    struct world *w = ctx;
    unsigned instance;

    (void)domain;
    if (address_parse(address, &instance) == ADDRESS_SM)
        buf_add_text(&w->events, "send sm ");
    else
        buf_printf(&w->events, "send %.*s ", STR_ARG(address));
    buf_add(&w->events, body);
    buf_add_char(&w->events, ';');
    return !w->window_full;
}

static void on_discharge(void *ctx, struct channel *channel, uint64_t seq)
{
    struct world *w = ctx;

    (void)channel;
    buf_printf(&w->events, "discharge %u;", (unsigned)seq);
}

static const struct component_effects effects = {on_bind, on_unbind, on_is_up,
                                                 on_send, on_discharge};

static const struct component_limits limits = {65536, 1000};

static const char config_text[] =
    "domains = {\"localhost\"}\n"
    "component \"echo.localhost\" { secret = \"sesame\" }\n"
    "component \"third.localhost\" { secret = \"three\" }\n"
    "component \"localhost\" { secret = \"thief\" }\n";

static int set_up(void **state)
{
    struct world *w = NEW(struct world);
    struct error error;
    struct config *config = config_parse(config_text, &error);

    if (!config || !log_open("compd", "/dev/null", LOG_LEVEL_ERROR, &error))
        return -1;
    registry_load(&w->registry, config);
    config_free(config);
    w->component =
        component_new(&w->registry, &effects, w, "127.0.0.1", limits);
    *state = w;
    return 0;
}

static int tear_down(void **state)
{
    struct world *w = *state;

    component_free(w->component);
    registry_clear(&w->registry);
    buf_clear(&w->events);
    buf_clear(&w->output);
    free(w);
    return 0;
}

/* The kernel takes everything that waits. */
static void written(struct world *w)
{
    struct str pending = tray_pending(&w->component->tray);

    buf_add(&w->output, pending);
    component_written(w->component, pending.len);
}

static void hears(struct world *w, const char *bytes)
{
    component_receive(w->component, str_of(bytes));
}

static bool told(const struct world *w, const char *text)
{
    struct str all = buf_view(&w->output);

    return all.len && memmem(all.p, all.len, text, strlen(text));
}

static void assert_events(struct world *w, const char *text)
{
    struct str all = buf_view(&w->events);

    if (!str_is(all, text))
        print_error("events: %.*s\n", STR_ARG(all));
    assert_true(str_is(all, text));
    buf_reset(&w->events);
}

static void assert_ends_with(struct world *w, const char *condition)
{
    written(w);
    if (!told(w, condition))
        print_error("told: %.*s\n", STR_ARG(buf_view(&w->output)));
    assert_true(told(w, condition));
    assert_true(told(w, "</stream:stream>"));
    assert_int_equal(w->component->state, COMPONENT_CLOSING);
}

static void shakes_hands(struct world *w, const char *secret)
{
    struct arena arena = {0};
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int length;
    struct str text, hex;

    hears(w, HEADER);
    text = arena_printf(&arena, "%s%s", w->component->id, secret);
    EVP_Digest(text.p, text.len, digest, &length, EVP_sha1(), NULL);
    hex = hex_encode(&arena, (struct str){(const char *)digest, length});
    text = arena_printf(&arena, "<handshake>%.*s</handshake>", STR_ARG(hex));
    component_receive(w->component, text);
    arena_clear(&arena);
}

static void connected(struct world *w)
{
    shakes_hands(w, "sesame");
    written(w);
    buf_reset(&w->events);
}

static void the_right_secret_binds_the_domain(void **state)
{
    struct world *w = *state;

    shakes_hands(w, "sesame");

    assert_events(w, "bind echo.localhost;");
    written(w);
    assert_true(told(w, "<handshake/>"));
    assert_true(component_answers(w->component, STR("echo.localhost")));
}

static void a_wrong_secret_is_refused(void **state)
{
    struct world *w = *state;

    shakes_hands(w, "open");

    assert_events(w, "");
    assert_ends_with(w, "<not-authorized ");
}

static void an_unknown_domain_is_refused(void **state)
{
    struct world *w = *state;

    hears(w, "<stream:stream xmlns='jabber:component:accept' "
             "xmlns:stream='http://etherx.jabber.org/streams' to='x.y'>");

    assert_ends_with(w, "<host-unknown ");
}

static void a_served_domain_is_nobodys_component(void **state)
{
    struct world *w = *state;

    hears(w, "<stream:stream xmlns='jabber:component:accept' "
             "xmlns:stream='http://etherx.jabber.org/streams' "
             "to='localhost'>");

    assert_ends_with(w, "<host-unknown ");
}

static void a_second_stream_of_one_domain_is_a_conflict(void **state)
{
    struct world *w = *state;
    struct component *first = w->component;

    connected(w);
    w->component =
        component_new(&w->registry, &effects, w, "127.0.0.1", limits);
    hears(w, HEADER);

    assert_ends_with(w, "<conflict ");
    component_free(first);
}

static void a_stanza_before_the_handshake_is_refused(void **state)
{
    struct world *w = *state;

    hears(w, HEADER "<message from='echo.localhost' to='a@localhost'/>");

    assert_events(w, "");
    assert_ends_with(w, "<not-authorized ");
}

static void a_stanza_goes_to_the_shard_of_its_recipient(void **state)
{
    struct world *w = *state;

    connected(w);
    hears(w, "<message from='bot@Echo.localhost' to='Romeo@localhost'>"
             "<body>hi</body></message>");

    assert_events(w, "send sm <message from='bot@echo.localhost' "
                     "to='romeo@localhost'><body>hi</body></message>;");
}

static void a_stanza_goes_to_another_domain_that_is_up(void **state)
{
    struct world *w = *state;

    connected(w);
    hears(w, "<message from='echo.localhost' to='other.localhost'/>");

    assert_events(w, "send other.localhost <message from='echo.localhost' "
                     "to='other.localhost'/>;");
}

static void a_neighbour_counts_before_the_router_has_told_of_it(void **state)
{
    struct world *w = *state;

    connected(w);
    registry_mark(&w->registry, STR("third.localhost"), true);
    hears(w, "<message from='echo.localhost' to='third.localhost'/>");

    assert_events(w, "send third.localhost <message from='echo.localhost' "
                     "to='third.localhost'/>;");
}

static void an_unknown_domain_comes_back_as_an_error(void **state)
{
    struct world *w = *state;

    connected(w);
    hears(w, "<message id='m' from='echo.localhost' to='far.invalid'/>");
    written(w);

    assert_events(w, "");
    assert_true(told(w, "<remote-server-not-found "));
    assert_int_equal(w->component->state, COMPONENT_OPEN);
}

static void a_foreign_from_ends_the_stream(void **state)
{
    struct world *w = *state;

    connected(w);
    hears(w, "<message from='romeo@localhost' to='juliet@localhost'/>");

    assert_events(w, "unbind echo.localhost;");
    assert_ends_with(w, "<invalid-from ");
}

static void a_missing_address_ends_the_stream(void **state)
{
    struct world *w = *state;

    connected(w);
    hears(w, "<message from='echo.localhost'/>");

    assert_ends_with(w, "<improper-addressing ");
}

static void restricted_xml_ends_the_stream(void **state)
{
    struct world *w = *state;

    connected(w);
    hears(w, "<!D");

    assert_ends_with(w, "<restricted-xml ");
}

static void deliver(struct world *w, uint64_t seq, const char *body)
{
    static char place;
    const struct frame frame = {.seq = seq, .body = str_of(body)};

    component_deliver(w->component, (struct channel *)&place, &frame);
}

static void a_frame_is_discharged_when_the_kernel_has_it(void **state)
{
    struct world *w = *state;

    connected(w);
    deliver(w, 7, "<message from='a@localhost' to='echo.localhost'/>");
    assert_events(w, "");

    written(w);

    assert_events(w, "discharge 7;");
}

static void what_was_not_delivered_is_bounced_to_its_sender(void **state)
{
    struct world *w = *state;
    struct str events;

    connected(w);
    deliver(w, 1, "<message from='a@localhost/r' to='x@echo.localhost'/>");
    component_lost(w->component);

    events = buf_view(&w->events);
    assert_true(str_starts(events, STR("send sm <message ")));
    assert_non_null(memmem(events.p, events.len, "service-unavailable", 19));
    assert_non_null(
        memmem(events.p, events.len, "discharge 1;unbind echo.localhost;", 34));
}

static void an_error_is_not_bounced(void **state)
{
    struct world *w = *state;

    connected(w);
    deliver(w, 1,
            "<message type='error' from='a@localhost' "
            "to='echo.localhost'/>");
    component_lost(w->component);

    assert_events(w, "discharge 1;unbind echo.localhost;");
}

static void a_full_window_pauses_the_component(void **state)
{
    struct world *w = *state;

    connected(w);
    w->window_full = true;
    hears(w, "<message from='echo.localhost' to='a@localhost'/>");

    assert_true(w->component->paused);
}

static void a_component_that_does_not_read_is_cut_off(void **state)
{
    struct world *w = *state;
    char body[600];

    memset(body, ' ', sizeof(body)); /* within the limit once, not twice */
    memcpy(body, "<message>", 9);
    memcpy(body + sizeof(body) - 11, "</message>", 11);
    connected(w);
    deliver(w, 1, body);
    assert_int_equal(w->component->state, COMPONENT_OPEN);
    deliver(w, 2, body);

    assert_int_equal(w->component->state, COMPONENT_CLOSING);
    assert_ends_with(w, "<resource-constraint ");
}

static void who_does_not_shake_hands_in_time_is_sent_away(void **state)
{
    struct world *w = *state;

    hears(w, HEADER);
    component_expire(w->component);

    assert_ends_with(w, "<connection-timeout ");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_right_secret_binds_the_domain),
        TEST(a_wrong_secret_is_refused),
        TEST(an_unknown_domain_is_refused),
        TEST(a_served_domain_is_nobodys_component),
        TEST(a_second_stream_of_one_domain_is_a_conflict),
        TEST(a_stanza_before_the_handshake_is_refused),
        TEST(a_stanza_goes_to_the_shard_of_its_recipient),
        TEST(a_stanza_goes_to_another_domain_that_is_up),
        TEST(a_neighbour_counts_before_the_router_has_told_of_it),
        TEST(an_unknown_domain_comes_back_as_an_error),
        TEST(a_foreign_from_ends_the_stream),
        TEST(a_missing_address_ends_the_stream),
        TEST(restricted_xml_ends_the_stream),
        TEST(a_frame_is_discharged_when_the_kernel_has_it),
        TEST(what_was_not_delivered_is_bounced_to_its_sender),
        TEST(an_error_is_not_bounced),
        TEST(a_full_window_pauses_the_component),
        TEST(a_component_that_does_not_read_is_cut_off),
        TEST(who_does_not_shake_hands_in_time_is_sent_away),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

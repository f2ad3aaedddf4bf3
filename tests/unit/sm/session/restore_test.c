/* An sm that comes back without memory, and what a c2sd tells it. */
#include "tests/unit/sm/fixture.h"

#define KEEPSAKE                                                               \
    "<session-keep xmlns='urn:posthouse:link:1' interested='1' active='5' "    \
    "since='5'><presence xmlns='jabber:client' "                               \
    "from='romeo@example.com/orchard'/></session-keep>"

#define DAY_MS 86400000

/* As setup, but the c2sd has told nothing yet. */
static int restarted_with(void **state, const char *settings)
{
    struct fixture *t;

    setup_with(state, settings);
    t = *state;
    sm_on_down(&t->sm, STR(C2S));
    t->sm.is_serving = false;
    t->sm.begun_ms = 0;
    sm_on_up(&t->sm, STR(C2S));
    sm_on_bound(&t->sm, STR("sm/63"));
    settle(t);
    return 0;
}

static int setup_restarted(void **state)
{
    return restarted_with(state, "");
}

static int setup_young(void **state)
{
    return restarted_with(state, "sm { restore-age = 3600 }");
}

static int setup_few(void **state)
{
    return restarted_with(state, "sm { max-sessions-per-account = 2 }");
}

static int setup_frugal(void **state)
{
    return restarted_with(state, "sm { restore-size = 1500 }");
}

static void tells(struct fixture *t, const char *user, uint64_t sid, uint64_t n,
                  const char *body)
{
    char bare[64], address[32];
    const struct frame frame = {.sid = sid, .n = n, .body = str_of(body)};

    snprintf(bare, sizeof(bare), "%s@example.com", user);
    channels_send_datagram(t->c2s, STR(C2S), sm_address(address, str_of(bare)),
                           &frame);
    settle(t);
}

/* `signed_for`: the stream that the grant is for. */
static void tells_session(struct fixture *t, const char *user, uint64_t sid,
                          uint64_t signed_for, const char *attributes)
{
    struct arena arena = {0};
    char bare[64], body[1024];
    struct str grant;

    snprintf(bare, sizeof(bare), "%s@example.com", user);
    grant = grant_sign(&arena, &t->sm.key, STR(C2S), signed_for, str_of(bare),
                       START_MS / 1000 - 86400);
    snprintf(body, sizeof(body),
             "<session-restore xmlns='urn:posthouse:link:1' "
             "jid='%s/orchard' grant='%.*s' peer='192.0.2.1' %s/>",
             bare, STR_ARG(grant), attributes);
    arena_clear(&arena);
    tells(t, user, sid, 0, body);
}

static void tells_end(struct fixture *t, unsigned count)
{
    char body[96];

    snprintf(body, sizeof(body),
             "<restored xmlns='urn:posthouse:link:1' n='%u'/>", count);
    tells(t, "romeo", 0, 0, body);
}

static void nothing_is_served_before_all_have_told(void **state)
{
    struct fixture *t = *state;

    assert_contains(t->question, "<restore");
    open_session(t, "juliet", 7, "balcony");
    assert_string_equal(received(t, 7), "");
    tells_end(t, 0);
    assert_contains(received(t, 7), "session-opened");
}

static void a_restored_session_goes_on_with_its_numbers(void **state)
{
    struct fixture *t = *state;

    tells_session(t, "romeo", 1, 1, "in='3' out='5'");
    tells(t, "romeo", 1, 0, KEEPSAKE);
    tells_end(t, 2);
    open_session(t, "juliet", 7, "balcony");
    send_frame(t, "juliet", 7, 1,
               "<message to='romeo@example.com' type='chat'>"
               "<body>hi</body></message>");
    for (size_t i = 0; i < t->sent_count; i++)
        if (t->sent[i].sid == 1)
            assert_int_equal(t->sent[i].n, 6);
    assert_contains(received(t, 1), "<body>hi</body>");
}

/* The client was told h='3' by its c2sd: it must not hear less of another. */
static void what_was_discharged_early_counts_when_it_resumes(void **state)
{
    struct fixture *t = *state;
    char attributes[128];
    const char *id = "0123456789abcdef0123456789abcdef";

    snprintf(attributes, sizeof(attributes),
             "in='1' in-due='2' in-last='3' in-base='0' out='0' out-base='0' "
             "n='0' max='300' id='%s'",
             id);
    tells_session(t, "romeo", 1, 1, attributes);
    tells_end(t, 1);
    send_frame(t, "romeo", 1, 2, "<presence/>");
    received(t, 1);
    snprintf(attributes, sizeof(attributes), "id='%s' h='0'", id);
    control_about(t, CTL_SESSION_RESUME, "romeo", 3, attributes);
    assert_contains(received(t, 3), "h='3'");
}

/* Each of two sessions numbers its client's stanzas by itself; a c2sd says what
 * its own is called. */
static void no_session_takes_another_accounts_origins(void **state)
{
    static const char *const users[] = {"romeo", "nurse"};
    struct fixture *t = *state;
    struct arena arena = {0};
    struct str origins[2];

    for (unsigned i = 0; i < 2; i++)
        tells_session(t, users[i], i + 1, i + 1,
                      "in='0' in-base='0' out='0' out-base='0' n='0' "
                      "max='300' id='0123456789abcdef0123456789abcdef'");
    tells_end(t, 2);
    for (unsigned i = 0; i < 2; i++) {
        char address[32], bare[64];
        struct channel *channel;
        struct duty duty = {.n = 1};

        snprintf(bare, sizeof(bare), "%s@example.com", users[i]);
        channel =
            channels_get(t->sm.channels, sm_address(address, str_of(bare)),
                         STR(C2S));
        duty.channel = channel;
        duty.session = session_find(&t->sm, channel, i + 1);
        assert_non_null(duty.session);
        origins[i] = arena_dup(&arena, duty_origin(&duty, &arena));
        free((char *)duty.origin.p);
    }
    assert_false(str_eq(origins[0], origins[1]));
    assert_null(strstr(origins[0].p, "0123456789abcdef"));
    arena_clear(&arena);
}

/* Both wait for the account's rows: the second session, and the end of the first,
 * which the second replaces. */
static void a_session_that_was_replaced_while_it_was_loaded_ends_once(void **state)
{
    struct fixture *t = *state;

    tells_session(t, "romeo", 1, 1, "in='0' out='0'");
    tells_end(t, 1);
    t->store.is_stalled = true;
    open_session(t, "romeo", 2, "orchard");
    send_frame(t, "romeo", 1, 0,
               "<session-close xmlns='urn:posthouse:link:1'/>");
    store_answers(t);
    assert_contains(received(t, 1), "conflict");
    assert_contains(received(t, 2), "session-opened");
    assert_int_equal(t->sm.sessions_open, 1);
}

/* Nobody would ever say that its telling is over. */
static void a_session_whose_c2sd_goes_while_it_tells_goes_on_elsewhere(void **state)
{
    struct fixture *t = *state;

    tells_session(t, "romeo", 1, 1,
                  "in='0' in-base='0' out='0' out-base='0' n='0' max='300' "
                  "id='0123456789abcdef0123456789abcdef'");
    tells(t, "romeo", 1, 0, KEEPSAKE);
    sm_on_down(&t->sm, STR(C2S));
    sm_on_up(&t->sm, STR(C2S));
    settle(t);
    tells_end(t, 0);
    control_about(t, CTL_SESSION_RESUME, "romeo", 3,
                  "id='0123456789abcdef0123456789abcdef' h='0'");
    assert_contains(received(t, 3), "session-resumed");
    open_session(t, "juliet", 7, "balcony");
    send_frame(t, "juliet", 7, 1,
               "<message to='romeo@example.com' type='chat'>"
               "<body>hi</body></message>");
    while (waiting(t, 3) > 1)
        received(t, 3);
    assert_contains(received(t, 3), "<body>hi</body>");
}

#define MANAGED                                                                \
    "in='1' in-base='0' out-base='0' n='0' max='300' "                         \
    "id='0123456789abcdef0123456789abcdef' "

/* It was being resumed: the younger stream's c2sd has not all yet, and the older
 * one's holds it until then. */
static void a_session_that_two_streams_had_is_put_together(void **state)
{
    struct fixture *t = *state;

    tells_session(t, "romeo", 3, 3, MANAGED "out='1' moves='1'");
    tells(t, "romeo", 3, 1, "<message id='one'/>");
    tells_session(t, "romeo", 1, 1, MANAGED "out='2' detached='5'");
    tells(t, "romeo", 1, 1, "<message id='one'/>");
    tells(t, "romeo", 1, 2, "<message id='two'/>");
    tells_end(t, 5);
    assert_int_equal(t->sm.sessions_open, 1);
    assert_contains(received(t, 3), "<message id='two'/>");
    assert_contains(received(t, 1), "session-end");
    assert_int_equal(waiting(t, 3), 0);
    assert_null(t->sm.formers);
}

static void a_c2sd_tells_no_more_than_it_may(void **state)
{
    struct fixture *t = *state;

    tells_session(t, "romeo", 1, 1, "in='0' out='0'");
    for (uint64_t sid = 2; sid < 20; sid++)
        tells_session(t, "nurse", sid, sid, "in='0' out='0'");
    assert_true(t->sm.is_serving);
    assert_in_range(t->sm.sessions_open, 2, 6);
}

static void a_session_that_lasts_gets_a_new_grant(void **state)
{
    struct fixture *t = *state;

    tells_session(t, "romeo", 1, 1, "in='0' out='0'");
    tells(t, "romeo", 1, 0, KEEPSAKE);
    tells_end(t, 2);
    send_frame(t, "romeo", 1, 1, "<presence><status>up</status></presence>");
    assert_contains(t->keepsake, " grant='1:");
}

static void without_its_streams_grant_no_session_is_restored(void **state)
{
    struct fixture *t = *state;

    tells_session(t, "romeo", 1, 2, "in='0' out='0'");
    tells_end(t, 1);
    assert_null(t->sm.sessions);
    assert_contains(received(t, 1), "session-end");
}

/* The grant is of yesterday. */
static void an_old_grant_restores_no_session(void **state)
{
    struct fixture *t = *state;

    tells_session(t, "romeo", 1, 1, "in='0' out='0'");
    tells_end(t, 1);
    assert_null(t->sm.sessions);
    assert_contains(received(t, 1), "session-end");
}

static void clock_is_set(struct fixture *t, int64_t by_ms);

static void a_clock_that_was_set_back_refuses_no_session(void **state)
{
    struct fixture *t = *state;

    clock_is_set(t, -INT64_C(30) * DAY_MS);
    tells_session(t, "romeo", 1, 1, "in='0' out='0'");
    tells_end(t, 1);
    assert_int_equal(t->sm.sessions_open, 1);
}

/* Otherwise sm's death would end every session. */
static void a_clock_that_is_set_forward_has_all_grants_renewed(void **state)
{
    struct fixture *t = *state;
    const char *grant;

    tells_session(t, "romeo", 1, 1, "in='0' out='0'");
    tells(t, "romeo", 1, 0, KEEPSAKE);
    tells_end(t, 2);
    open_session(t, "juliet", 7, "balcony");
    time_passes(t, 1000);
    t->keepsakes = 0;
    t->keepsake[0] = '\0';
    clock_is_set(t, INT64_C(30) * DAY_MS);
    for (int i = 0; i < 60; i++) {
        time_passes(t, 1000);
        sm_tick(&t->sm);
        settle(t);
    }
    grant = strstr(t->keepsake, " grant='");
    assert_non_null(grant);
    assert_false(
        grant_is_older(str_of(grant + 8), t->sm.now_ms / 1000, 3600));
    assert_int_equal(t->keepsakes, 2);
}

/* Those that are ending are told of as well. */
static void no_account_has_more_than_twice_its_sessions_restored(void **state)
{
    struct fixture *t = *state;

    for (uint64_t sid = 1; sid <= 5; sid++)
        tells_session(t, "romeo", sid, sid, "in='0' out='0'");
    tells_session(t, "juliet", 7, 7, "in='0' out='0'");
    assert_int_equal(t->sm.sessions_open, 5);
    assert_null(strstr(received(t, 4), "session-end"));
    assert_contains(received(t, 5), "session-end");
}

/* What his c2sd tells an sm that begins: he was sent it by the one before, and
 * is not available. */
static void romeo_had_juliets_first_stanza(struct fixture *t)
{
    char seen[160], address[32];
    struct str shard = sm_address(address, STR("juliet@example.com"));

    tells_session(t, "romeo", 1, 1, "in='0' out='1'");
    snprintf(seen, sizeof(seen),
             "<seen xmlns='urn:posthouse:link:1' origin='c2s/0:1:%.*s:1'/>",
             STR_ARG(shard));
    tells(t, "romeo", 1, 0, seen);
    tells_session(t, "juliet", 7, 7, "in='0' out='0'");
    tells_end(t, 3);
}

static void what_reached_a_session_before_is_passed_over(void **state)
{
    struct fixture *t = *state;

    romeo_had_juliets_first_stanza(t);
    send_frame(t, "juliet", 7, 1,
               "<message to='romeo@example.com/orchard'>"
               "<body>again</body></message>");
    assert_string_equal(received(t, 1), "");
    send_frame(t, "juliet", 7, 2,
               "<message to='romeo@example.com/orchard'>"
               "<body>new</body></message>");
    assert_contains(received(t, 1), "<body>new</body>");
}

/* `signed_for`: the stream that the grant is for. */
static void tells_seen_of_ended(struct fixture *t, uint64_t signed_for)
{
    struct arena arena = {0};
    char body[1024], address[32];
    struct str shard = sm_address(address, STR("juliet@example.com"));
    struct str grant =
        grant_sign(&arena, &t->sm.key, STR(C2S), signed_for,
                   STR("romeo@example.com"), START_MS / 1000 - 86400);

    snprintf(body, sizeof(body),
             "<seen xmlns='urn:posthouse:link:1' origin='c2s/0:1:%.*s:1' "
             "jid='romeo@example.com/orchard' grant='%.*s'/>",
             STR_ARG(shard), STR_ARG(grant));
    arena_clear(&arena);
    tells(t, "romeo", 1, 0, body);
}

static void says_again(struct fixture *t)
{
    tells_session(t, "juliet", 7, 7, "in='0' out='0'");
    tells_end(t, 2);
    send_frame(t, "juliet", 7, 1,
               "<message to='romeo@example.com' type='chat'>"
               "<body>again</body></message>");
}

static void what_reached_a_session_that_is_over_does_not_wait(void **state)
{
    struct fixture *t = *state;

    tells_seen_of_ended(t, 1);
    says_again(t);
    assert_int_equal(t->store.offline_count, 0);
    send_frame(t, "juliet", 7, 2,
               "<message to='romeo@example.com' type='chat'>"
               "<body>new</body></message>");
    assert_int_equal(t->store.offline_count, 1);
}

static void no_c2sd_takes_messages_from_others_accounts(void **state)
{
    struct fixture *t = *state;

    tells_seen_of_ended(t, 2);
    says_again(t);
    assert_int_equal(t->store.offline_count, 1);
}

static void what_a_session_got_before_it_went_away_does_not_wait(void **state)
{
    struct fixture *t = *state;

    romeo_had_juliets_first_stanza(t);
    send_frame(t, "juliet", 7, 1,
               "<message to='romeo@example.com' type='chat'>"
               "<body>again</body></message>");
    assert_int_equal(t->store.offline_count, 0);
    send_frame(t, "juliet", 7, 2,
               "<message to='romeo@example.com' type='chat'>"
               "<body>new</body></message>");
    assert_int_equal(t->store.offline_count, 1);
}

static void who_leaves_after_the_restart_has_what_he_got_before(void **state)
{
    struct fixture *t = *state;

    romeo_had_juliets_first_stanza(t);
    send_frame(t, "romeo", 1, 0,
               "<session-close xmlns='urn:posthouse:link:1'/>");
    send_frame(t, "juliet", 7, 1,
               "<message to='romeo@example.com' type='chat'>"
               "<body>again</body></message>");
    assert_int_equal(t->store.offline_count, 0);
}

/* It comes again when he has bound, and the sm that died had stored it. */
static void what_a_dead_sm_had_stored_is_not_had_twice(void **state)
{
    struct fixture *t = *state;
    size_t last;

    snprintf(t->store.offline[t->store.offline_count++],
             sizeof(t->store.offline[0]), "%s",
             "<message to='romeo@example.com/orchard' type='chat' "
             "from='juliet@example.com/balcony'><body>once</body></message>");
    tells_end(t, 0);
    login(t, "juliet", 7, "balcony");
    open_session(t, "romeo", 1, "orchard");
    forget(t);
    send_frame(t, "juliet", 7, 2,
               "<message to='romeo@example.com/orchard' type='chat'>"
               "<body>once</body></message>");
    assert_int_equal(waiting(t, 1), 1);
    last = t->sent_count - 1;
    snprintf(t->store.offline_origin, sizeof(t->store.offline_origin), "%s",
             t->sent[last].origin);
    assert_contains(received(t, 1), "once");
    send_frame(t, "romeo", 1, 1, "<presence/>");
    assert_int_equal(t->store.fetched, 1);
    for (size_t i = 0; i < t->sent_count; i++)
        assert_false(t->sent[i].sid == 1 && strstr(t->sent[i].body, "once"));
}

static void what_got_lost_on_the_way_is_asked_for_again(void **state)
{
    struct fixture *t = *state;
    unsigned before = t->asked;

    tells_session(t, "romeo", 1, 1, "in='0' out='0'");
    tells_end(t, 2);
    assert_int_equal(t->asked, before + 1);
    assert_false(t->sm.is_serving);
    tells_session(t, "romeo", 1, 1, "in='0' out='0'");
    tells(t, "romeo", 1, 0, KEEPSAKE);
    tells_end(t, 2);
    assert_true(t->sm.is_serving);
    assert_int_equal(t->sm.sessions_open, 1);
}

/* The c2sd's link breaks, while it lives; a frame is on its way to it then. */
static void is_cut_off(struct fixture *t, const char *sm)
{
    const struct frame frame = {.sid = 1, .n = 9, .body = STR("<message/>")};

    channels_link_down(t->c2s);
    link_tell(t->sm.channels, LINK_DOWN, STR(C2S));
    sm_on_down(&t->sm, STR(C2S));
    channel_send(channels_get(t->sm.channels, str_of(sm), STR(C2S)), &frame,
                 NULL);
    settle(t);
}

/* It says how many stanzas its client has when it has got those, too. */
static void a_c2sd_that_was_cut_off_is_asked_behind_what_is_sent_again(void **state)
{
    struct fixture *t = *state;
    char sm[32];
    unsigned asked;

    tells_end(t, 0);
    login(t, "romeo", 1, "orchard");
    sm_address(sm, STR("romeo@example.com"));
    is_cut_off(t, sm);
    asked = t->asked;
    channels_link_up(t->c2s, STR("c2sd.0"));
    link_tell(t->sm.channels, LINK_UP, STR(C2S));
    sm_on_up(&t->sm, STR(C2S));
    settle(t);
    assert_int_equal(t->asked, asked);
    link_tell(t->c2s, LINK_UP, str_of(sm));
    settle(t);
    assert_int_equal(t->asked, asked + 1);
    assert_int_equal(t->sent_when_asked, 1);
}

/* An administrator ended it meanwhile. */
static void a_session_that_ends_while_its_c2sd_is_cut_off_is_not_told_of(void **state)
{
    struct fixture *t = *state;
    char sm[32];

    tells_end(t, 0);
    login(t, "romeo", 1, "orchard");
    send_frame(t, "romeo", 1, 0,
               "<session-enable xmlns='urn:posthouse:link:1' in='0' "
               "resume='1'/>");
    sm_address(sm, STR("romeo@example.com"));
    is_cut_off(t, sm);
    forget(t);
    sessions_end_all(account_find(&t->sm, STR("romeo@example.com")),
                     "policy-violation", NULL);
    sessions_settle(&t->sm);
    channels_link_up(t->c2s, STR("c2sd.0"));
    link_tell(t->sm.channels, LINK_UP, STR(C2S));
    link_tell(t->c2s, LINK_UP, str_of(sm));
    settle(t);
    assert_contains(received(t, 1), "<message/>");
    assert_contains(received(t, 1), "policy-violation");
}

static void who_is_silent_is_not_waited_for(void **state)
{
    struct fixture *t = *state;

    time_passes(t, 4000);
    sm_tick(&t->sm);
    assert_false(t->sm.is_serving);
    time_passes(t, 1000);
    sm_tick(&t->sm);
    assert_true(t->sm.is_serving);
}

static void what_a_detached_session_lacked_is_stored_when_it_ends(void **state)
{
    struct fixture *t = *state;
    char attributes[256];

    snprintf(attributes, sizeof(attributes),
             "in='0' out='1' in-base='0' out-base='0' n='0' max='60' "
             "id='0123456789abcdef0123456789abcdef' detached='%lld'",
             STEADY_MS - 59000LL);
    tells_session(t, "romeo", 1, 1, attributes);
    tells(t, "romeo", 1, 1,
          "<message to='romeo@example.com/orchard' type='chat' "
          "from='juliet@example.com/balcony'><body>late</body></message>");
    tells_end(t, 2);
    assert_int_equal(t->store.offline_count, 0);
    time_passes(t, 1000);
    sm_tick(&t->sm);
    settle(t);
    assert_int_equal(t->store.offline_count, 1);
    assert_contains(t->store.offline[0], "late");
}

static void no_session_waits_for_ever_because_a_c2sd_says_so(void **state)
{
    struct fixture *t = *state;

    tells_session(t, "romeo", 1, 1,
                  "in='0' out='0' in-base='0' out-base='0' n='0' "
                  "max='18446744073709551615' "
                  "detached='18446744073709551615' "
                  "id='0123456789abcdef0123456789abcdef'");
    tells_end(t, 1);
    assert_int_equal(t->sm.sessions_open, 1);
    time_passes(t, 300000);
    sm_tick(&t->sm);
    settle(t);
    assert_int_equal(t->sm.sessions_open, 0);
}

/* Somebody sets the wall clock. */
static void clock_is_set(struct fixture *t, int64_t by_ms)
{
    t->sm.now_ms += by_ms;
    sm_tick(&t->sm);
    settle(t);
}

static void a_clock_that_is_set_ends_no_waiting(void **state)
{
    struct fixture *t = *state;

    clock_is_set(t, 3600000);
    assert_false(t->sm.is_serving);
    clock_is_set(t, -2 * 3600000);
    time_passes(t, 5000);
    sm_tick(&t->sm);
    assert_true(t->sm.is_serving);
}

static void what_a_replaced_session_lacked_is_not_lost(void **state)
{
    struct fixture *t = *state;

    time_passes(t, 5000);
    sm_tick(&t->sm); /* it is not waited for */
    tells_session(t, "romeo", 9, 9, "in='0' out='0'");
    tells_session(t, "romeo", 1, 1,
                  "in='0' out='1' in-base='0' out-base='0' n='0' max='60' "
                  "id='0123456789abcdef0123456789abcdef' detached='1'");
    tells(t, "romeo", 1, 1,
          "<message to='romeo@example.com/orchard' type='chat' "
          "from='juliet@example.com/balcony'><body>kept</body></message>");
    tells_end(t, 3);
    assert_contains(received(t, 1), "session-end");
    assert_int_equal(t->store.offline_count, 1);
    assert_contains(t->store.offline[0], "kept");
    assert_int_equal(t->sm.sessions_open, 1);
}

static void who_tells_late_loses_nothing(void **state)
{
    struct fixture *t = *state;

    send_frame(t, "romeo", 1, 4,
               "<message to='juliet@example.com' type='chat'>"
               "<body>held back</body></message>");
    time_passes(t, 5000);
    sm_tick(&t->sm);
    assert_true(t->sm.is_serving);
    assert_int_equal(t->store.offline_count, 0);
    tells_session(t, "romeo", 1, 1, "in='3' out='5'");
    tells(t, "romeo", 1, 0, KEEPSAKE);
    tells_end(t, 2);
    assert_int_equal(t->store.offline_count, 1);
    assert_contains(t->store.offline[0], "held back");
    assert_true(t->sm.sessions->is_available);
}

#undef TEST
#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, setup_restarted, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(nothing_is_served_before_all_have_told),
        TEST(a_restored_session_goes_on_with_its_numbers),
        TEST(what_was_discharged_early_counts_when_it_resumes),
        TEST(no_session_takes_another_accounts_origins),
        TEST(a_session_that_was_replaced_while_it_was_loaded_ends_once),
        TEST(a_session_whose_c2sd_goes_while_it_tells_goes_on_elsewhere),
        TEST(a_session_that_two_streams_had_is_put_together),
        cmocka_unit_test_setup_teardown(a_c2sd_tells_no_more_than_it_may,
                                        setup_frugal, teardown),
        TEST(a_session_that_lasts_gets_a_new_grant),
        TEST(without_its_streams_grant_no_session_is_restored),
        cmocka_unit_test_setup_teardown(an_old_grant_restores_no_session,
                                        setup_young, teardown),
        TEST(a_clock_that_was_set_back_refuses_no_session),
        TEST(a_clock_that_is_set_forward_has_all_grants_renewed),
        cmocka_unit_test_setup_teardown(
            no_account_has_more_than_twice_its_sessions_restored, setup_few,
            teardown),
        TEST(what_reached_a_session_before_is_passed_over),
        TEST(what_reached_a_session_that_is_over_does_not_wait),
        TEST(no_c2sd_takes_messages_from_others_accounts),
        TEST(what_a_session_got_before_it_went_away_does_not_wait),
        TEST(who_leaves_after_the_restart_has_what_he_got_before),
        TEST(what_a_dead_sm_had_stored_is_not_had_twice),
        TEST(what_got_lost_on_the_way_is_asked_for_again),
        TEST(a_c2sd_that_was_cut_off_is_asked_behind_what_is_sent_again),
        TEST(a_session_that_ends_while_its_c2sd_is_cut_off_is_not_told_of),
        TEST(who_is_silent_is_not_waited_for),
        TEST(a_clock_that_is_set_ends_no_waiting),
        TEST(who_tells_late_loses_nothing),
        TEST(no_session_waits_for_ever_because_a_c2sd_says_so),
        TEST(what_a_replaced_session_lacked_is_not_lost),
        TEST(what_a_detached_session_lacked_is_stored_when_it_ends),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* authd's core between a c2sd and a store, both played by the test. Included by
 * each test program once. */
#ifndef POSTHOUSE_TEST_AUTHD_FIXTURE_H
#define POSTHOUSE_TEST_AUTHD_FIXTURE_H

#include "tests/unit/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "authd/authd.h"
#include "authd/work.h"
#include "common/codec/codec.h"
#include "common/jid/jid.h"

/* One account, juliet@example.com with the password "secret1", in memory; work
 * and the store answer when the test says so. */
struct store {
    struct account juliet;
    bool created, removed, replaced, is_invited, details_changed;
    struct request *waiting;
    void (*loaded)(struct request *request, enum store_status status,
                   const struct account *account);
    void (*done)(struct request *request, enum store_status status);
    bool is_juliet;
    /* her code */
    char code_hash[65];
    int64_t attempts;
    void (*made)(struct request *request, enum store_status status,
                 struct str email);
    enum store_status code_status;
};

struct fixture {
    struct authd authd;
    struct store store;
    struct config *config;
    struct request *worker;
    struct work *work;
    struct buf sent;          /* the last answer */
    struct buf letter, reply; /* the last of each; terminated */
    uint64_t seq, discharged;
    int64_t now_ms;
};

bool store_load(struct store *store, struct store_user user,
                void (*loaded)(struct request *request,
                               enum store_status status,
                               const struct account *account),
                struct request *request)
{
    store->loaded = loaded;
    store->waiting = request;
    store->is_juliet = str_is(user.username, "juliet");
    return true;
}

static inline bool write_row(struct store *store,
                             void (*done)(struct request *request,
                                          enum store_status status),
                             struct request *request)
{
    store->done = done;
    store->waiting = request;
    return true;
}

bool store_create(struct store *store, struct store_user user,
                  const struct account *account,
                  const struct store_details *details,
                  void (*done)(struct request *request,
                               enum store_status status),
                  struct request *request)
{
    store->is_invited = details->invitation.p != NULL;
    assert_true(account->by_hash[SCRAM_SHA256].present);
    store->is_juliet = str_is(user.username, "juliet");
    store->created = !store->is_juliet;
    return write_row(store, done, request);
}

bool store_find_invitation(struct store *store, struct store_user user,
                           struct str hash,
                           void (*done)(struct request *request,
                                        enum store_status status),
                           struct request *request)
{
    (void)user;
    assert_int_equal(hash.len, 64);
    store->is_juliet = false;
    return write_row(store, done, request);
}

bool store_replace(struct store *store, struct store_user user,
                   const struct account *account,
                   void (*done)(struct request *request,
                                enum store_status status),
                   struct request *request)
{
    (void)user, (void)account;
    store->replaced = true;
    store->is_juliet = false;
    return write_row(store, done, request);
}

bool store_make_code(struct store *store, struct store_user user,
                     const struct store_code *code,
                     void (*made)(struct request *request,
                                  enum store_status status, struct str email),
                     struct request *request)
{
    bool is_juliet = str_is(user.username, "juliet");

    if (is_juliet) {
        snprintf(store->code_hash, sizeof(store->code_hash), "%.*s",
                 STR_ARG(code->hash));
        store->attempts = code->attempts;
    }
    store->code_status = is_juliet ? STORE_OK : STORE_REFUSED;
    store->made = made;
    store->waiting = request;
    return true;
}

bool store_use_code(struct store *store, struct store_user user,
                    struct str hash, const struct account *account,
                    void (*done)(struct request *request,
                                 enum store_status status),
                    struct request *request)
{
    bool is_known = str_is(user.username, "juliet") && store->attempts > 0;
    bool is_right = is_known && str_is(hash, store->code_hash);

    assert_true(account->by_hash[SCRAM_SHA256].present);
    store->replaced |= is_right;
    if (is_known)
        store->attempts = is_right ? 0 : store->attempts - 1;
    store->is_juliet = false;
    store->code_status = is_right ? STORE_OK : STORE_REFUSED;
    store->done = done;
    store->waiting = request;
    return true;
}

bool store_remove(struct store *store, struct store_user user,
                  void (*done)(struct request *request,
                               enum store_status status),
                  struct request *request)
{
    store->removed = str_is(user.username, "juliet");
    store->is_juliet = false;
    return write_row(store, done, request);
}

bool store_enable(struct store *store, struct store_user user, bool is_enabled,
                  void (*done)(struct request *request,
                               enum store_status status),
                  struct request *request)
{
    store->is_juliet = false;
    if (str_is(user.username, "juliet"))
        store->juliet.enabled = is_enabled;
    return write_row(store, done, request);
}

bool store_change_details(struct store *store, struct store_user user,
                          struct str realname, struct str email,
                          void (*done)(struct request *request,
                                       enum store_status status),
                          struct request *request)
{
    store->is_juliet = false;
    store->details_changed = str_is(user.username, "juliet") &&
                             str_is(realname, "Juliet Capulet") && !email.p;
    return write_row(store, done, request);
}

static inline void on_send(void *ctx, void *peer, uint64_t sid, struct str body)
{
    struct fixture *t = ctx;

    (void)peer, (void)sid;
    buf_reset(&t->sent);
    buf_add(&t->sent, body);
    buf_add_char(&t->sent, '\0');
}

static inline void on_discharge(void *ctx, void *peer, uint64_t seq)
{
    struct fixture *t = ctx;

    (void)peer;
    t->discharged = seq;
}

static inline void on_work(void *ctx, struct request *request,
                           struct work *work)
{
    struct fixture *t = ctx;

    t->worker = request;
    t->work = work;
}

static inline bool on_post(void *ctx, struct str body)
{
    struct fixture *t = ctx;

    buf_reset(&t->letter);
    buf_add(&t->letter, body);
    buf_add_char(&t->letter, '\0');
    return true;
}

static inline void on_reply(void *ctx, struct str to, uint64_t sid,
                            struct str body)
{
    struct fixture *t = ctx;

    assert_str(to, "ctl/77");
    assert_int_equal(sid, 5);
    buf_reset(&t->reply);
    buf_add(&t->reply, body);
    buf_add_char(&t->reply, '\0');
}

static const struct authd_effects effects = {.send = on_send,
                                             .discharge = on_discharge,
                                             .post = on_post,
                                             .reply = on_reply,
                                             .work = on_work};

static const char configuration[] =
    "domains = {\"example.com\", \"guest.example.com\"}\n"
    "authd {\n iterations = 4096\n login-rate = 3\n legacy-auth = true\n"
    " registration-rate = 2\n recovery-rate = 4\n"
    " account-recovery-rate = 2\n"
    " anonymous-domains = {\"guest.example.com\"}\n}\n"
    "maild { command = {\"/usr/sbin/sendmail\", \"{to}\"} }\n";

static inline int set_up(void **state)
{
    struct fixture *t = NEW(struct fixture);
    struct error error = {0};
    struct work work = {
        .password = STR("secret1"), .derive = true, .iterations = 4096};

    t->config = config_parse(configuration, &error);
    if (!t->config)
        fail_msg("%s", error.text);
    work_run(&work);
    t->store.juliet = work.derived;
    t->store.juliet.exists = t->store.juliet.enabled = true;
    t->authd.config = t->config;
    t->authd.store = &t->store;
    t->authd.effects = &effects;
    t->authd.ctx = t;
    t->now_ms = INT64_C(5000000);
    t->authd.unix_ms = INT64_C(1700000000000);
    authd_init(&t->authd);
    *state = t;
    return 0;
}

static inline int tear_down(void **state)
{
    struct fixture *t = *state;

    authd_clear(&t->authd);
    config_free(t->config);
    buf_clear(&t->sent);
    buf_clear(&t->letter);
    buf_clear(&t->reply);
    free(t);
    return 0;
}

#define XMLNS " xmlns='urn:posthouse:link:1' "

static inline void receive(struct fixture *t, const char *from,
                           const char *body)
{
    struct frame frame = {.sid = 7, .seq = ++t->seq, .body = str_of(body)};

    buf_reset(&t->sent);
    buf_add_char(&t->sent, '\0');
    authd_frame(&t->authd, t, str_of(from), &frame, t->now_ms);
}

/* Lets the store and the workers finish whatever was begun. */
static inline void settle(struct fixture *t)
{
    static const struct account nobody;

    while (t->store.waiting || t->worker) {
        struct request *waiting = t->store.waiting, *worker = t->worker;

        t->store.waiting = NULL;
        t->worker = NULL;
        if (worker) {
            work_run(t->work);
            authd_worked(worker, t->now_ms);
        } else if (t->store.loaded) {
            void (*loaded)(struct request *, enum store_status,
                           const struct account *) = t->store.loaded;

            t->store.loaded = NULL;
            loaded(waiting, STORE_OK,
                   t->store.is_juliet ? &t->store.juliet : &nobody);
        } else if (t->store.made) {
            void (*made)(struct request *, enum store_status, struct str) =
                t->store.made;

            t->store.made = NULL;
            made(waiting, t->store.code_status, STR("juliet@mail.example"));
        } else if (t->store.code_status != STORE_OK) {
            enum store_status status = t->store.code_status;

            t->store.code_status = STORE_OK;
            t->store.done(waiting, status);
        } else {
            t->store.done(waiting, t->store.is_juliet && !t->store.removed
                                       ? STORE_CONFLICT
                                       : STORE_OK);
        }
    }
}

static inline void start(struct fixture *t, const char *domain,
                         const char *mechanism, const char *more,
                         struct str data)
{
    struct arena arena = {0};

    receive(t, "c2s/1",
            arena_printf(&arena,
                         "<auth-start" XMLNS "domain='%s' mechanism='%s' "
                         "peer='192.0.2.1' %s data='%.*s'/>",
                         domain, mechanism, more,
                         STR_ARG(base64_encode(&arena, data)))
                .p);
    arena_clear(&arena);
    settle(t);
}

static inline bool was_told(const struct fixture *t, const char *text)
{
    return strstr(t->sent.data + t->sent.start, text) != NULL;
}

#define SECURE "secure='1'"

static inline void plain(struct fixture *t, struct str message)
{
    start(t, "example.com", "PLAIN", SECURE, message);
}

#endif

/* A user's client that asks, and what it hears. */
#ifndef POSTHOUSE_TEST_SM_QUERIES_H
#define POSTHOUSE_TEST_SM_QUERIES_H

#include "fixture.h"

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

#define GET(to, payload)                                                      \
    "<iq type='get' id='q1' to='" to "'>" payload "</iq>"
#define SET(to, payload)                                                      \
    "<iq type='set' id='q1' to='" to "'>" payload "</iq>"
#define ROMEO  "romeo@example.com"
#define JULIET "juliet@example.com"
#define SERVER "example.com"

static inline struct account *account_of(struct fixture *t, const char *user)
{
    char bare[64];

    snprintf(bare, sizeof(bare), "%s@example.com", user);
    return account_find(&t->sm, str_of(bare));
}

/* The ordinal of the next stanza of this stream. */
static inline uint64_t next_n(struct fixture *t, const char *user,
                              uint64_t sid)
{
    const struct account *account = account_of(t, user);

    for (const struct session *s = account->sessions; s; s = s->next)
        if (s->key.sid == sid)
            return s->in + 1;
    fail_msg("%s has no stream %u", user, (unsigned)sid);
    return 0;
}

/* Says it, with all that went before forgotten. */
static inline void say(struct fixture *t, const char *user, uint64_t sid,
                       const char *stanza)
{
    forget(t);
    send_frame(t, user, sid, next_n(t, user, sid), stanza);
}

/* The first thing that comes back. */
static inline const char *ask(struct fixture *t, const char *user,
                              uint64_t sid, const char *stanza)
{
    say(t, user, sid, stanza);
    return received(t, sid);
}

/* Among what comes to this stream is one with this part. */
static inline void hears(struct fixture *t, uint64_t sid, const char *part)
{
    while (waiting(t, sid) > 0)
        if (strstr(received(t, sid), part))
            return;
    fail_msg("no %s comes", part);
}

/* The user has the contact in his list, in this state. */
static inline void has_contact(struct fixture *t, const char *user,
                               const char *contact,
                               enum subscription_state state)
{
    struct roster *roster = &account_of(t, user)->roster;
    struct roster_item *item = roster_get(roster, str_of(contact));

    roster_set(roster, item, STR_NONE, NULL, 0);
    item->state = state;
}

static inline void finds(struct fixture *t, const char *(*rows)[3],
                         size_t count)
{
    t->store.rows = rows;
    t->store.row_count = count;
}

#define assert_lacks(text, part)                                              \
    do {                                                                      \
        const char *text_ = (text);                                           \
        if (strstr(text_, part))                                              \
            fail_msg("%s in %s", part, text_);                                \
    } while (0)

#endif

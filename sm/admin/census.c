#include "sm/admin/census.h"

#include <stdlib.h>
#include <utlist.h>

#include "sm/admin/administer.h"
#include "sm/presence/contact.h"
#include "sm/control.h"
#include "sm/session/session.h"

#define ANSWER_MS 5000

struct census {
    struct census *next;
    uint64_t number;
    unsigned waiting; /* processes that have not answered */
    unsigned most, kept;
    int64_t until_ms;
    struct census_result result;
    struct arena arena;
    census_taken *taken;
    void *ctx;
};

/* --- what this process knows ---------------------------------------------- */

static bool is_connected(const struct session *session)
{
    return !session->is_detached && !session->is_doomed;
}

static bool is_active(const struct session *session)
{
    const struct sm *sm = session->account->sm;
    int64_t window_ms = config_int(sm->config, "sm.active-within") * 1000;

    return is_connected(session) && sm->now_ms - session->active_ms < window_ms;
}

static bool has_session(const struct account *account,
                        bool (*is_one)(const struct session *session))
{
    const struct session *session;

    DL_FOREACH(account->sessions, session)
    if (is_one(session))
        return true;
    return false;
}

static bool is_online(const struct account *account)
{
    return has_session(account, is_connected);
}

static bool is_in_use(const struct account *account)
{
    return has_session(account, is_active);
}

static bool is_left_alone(const struct account *account)
{
    return is_online(account) && !is_in_use(account);
}

static const struct {
    const char *what;
    bool (*is_meant)(const struct account *account);
} states[] = {
    {CTL_WHAT_ONLINE, is_online},
    {CTL_WHAT_ACTIVE, is_in_use},
    {CTL_WHAT_IDLE, is_left_alone},
};

static void add_found(struct xml *answer, struct str jid, const char *peer)
{
    struct xml *found = xml_add(answer, NS_LINK_CONTROL, STR(CTL_FOUND));

    xml_set(found, STR(CTL_A_JID), jid);
    if (peer)
        xml_set(found, STR(CTL_A_PEER), str_of(peer));
}

static uint64_t find_accounts(const struct sm *sm, struct xml *answer,
                              struct str by,
                              bool (*is_meant)(const struct account *account),
                              uint64_t most)
{
    const struct account *account;
    uint64_t count = 0;

    for (account = sm->accounts; account; account = account->hh.next)
        if (!account->is_guest && is_meant(account) &&
            administers(sm, by, account->jid.bare) && count++ < most)
            add_found(answer, account->jid.bare, NULL);
    return count;
}

static void count_listed(void *ctx, const struct contact *contact)
{
    *(size_t *)ctx += contact_is_listed(contact);
}

/* What the account's clients see in the contact list. */
static size_t list_size(const struct account *account)
{
    size_t size = 0;

    if (account->state == ACCOUNT_READY)
        contact_each(account, count_listed, &size);
    return size;
}

/* The sessions of an account, or the one of a full JID. */
static uint64_t find_sessions(struct sm *sm, struct xml *answer, struct str by,
                              const struct jid *jid, bool ends)
{
    struct account *account = account_peek(sm, jid->bare);
    struct session *session, *next;
    uint64_t count = 0;

    if (!account || !administers(sm, by, jid->bare))
        return 0;
    xml_set(answer, STR(CTL_A_CONTACTS),
            arena_printf(&sm->arena, "%zu", list_size(account)));
    DL_FOREACH_SAFE(account->sessions, session, next)
    {
        if (session->is_doomed ||
            (jid->resource.len &&
             !str_eq(session->jid.resource, jid->resource)))
            continue;
        count++;
        add_found(answer, session->jid.full, session->peer);
        if (ends)
            session_end(session, "policy-violation",
                        "The session was ended by an administrator");
    }
    return count;
}

/* Of all whom he administers. */
static uint64_t find_all_sessions(const struct sm *sm, struct xml *answer,
                                  struct str by, uint64_t most)
{
    const struct account *account;
    const struct session *session;
    uint64_t count = 0;

    for (account = sm->accounts; account; account = account->hh.next) {
        if (!account->sessions || account->is_guest ||
            !administers(sm, by, account->jid.bare))
            continue;
        DL_FOREACH(account->sessions, session)
        if (!session->is_doomed && count++ < most)
            add_found(answer, session->jid.full, session->peer);
    }
    return count;
}

static struct xml *answer_here(struct sm *sm, const struct xml *question)
{
    struct xml *answer = control_new(sm, CTL_CENSUS_ANSWER);
    struct str what = xml_get(question, CTL_A_WHAT);
    struct str by = xml_get(question, CTL_A_BY);
    uint64_t most = 0, count = 0;
    struct jid jid;

    (void)!control_number(question, CTL_A_MOST, &most);
    for (size_t i = 0; i < COUNT_OF(states); i++)
        if (str_is(what, states[i].what))
            count = find_accounts(sm, answer, by, states[i].is_meant, most);
    if (jid_parse(&jid, &sm->arena, xml_get(question, CTL_A_JID)))
        count = find_sessions(sm, answer, by, &jid, str_is(what, CTL_WHAT_END));
    else if (str_is(what, CTL_WHAT_SESSIONS))
        count = find_all_sessions(sm, answer, by, most);
    xml_set(answer, STR(CTL_A_COUNT),
            arena_printf(&sm->arena, "%llu", (unsigned long long)count));
    return answer;
}

/* --- gathering ------------------------------------------------------------ */

static void end(struct sm *sm, struct census *census)
{
    LL_DELETE(sm->censuses, census);
    census->result.is_whole = census->waiting == 0;
    census->taken(census->ctx, &census->result);
    arena_clear(&census->arena);
    free(census);
}

static void keep_found(struct census *census, const struct xml *found)
{
    struct census_found *one;

    if (census->kept >= census->most)
        return;
    one = arena_alloc(&census->arena, sizeof(*one));
    one->jid = arena_dup(&census->arena, xml_get(found, CTL_A_JID));
    one->peer = arena_dup(&census->arena, xml_get(found, CTL_A_PEER));
    one->next = (struct census_found *)(uintptr_t)census->result.found;
    census->result.found = one;
    census->kept++;
}

static struct census *find(const struct sm *sm, uint64_t number)
{
    struct census *census;

    LL_FOREACH(sm->censuses, census)
    if (census->number == number)
        return census;
    return NULL;
}

static void take_answer(struct sm *sm, uint64_t number,
                        const struct xml *answer)
{
    const struct xml *found = xml_child(answer, NS_LINK_CONTROL, CTL_FOUND);
    struct census *census = find(sm, number);
    uint64_t count = 0;

    if (!census || census->waiting == 0)
        return;
    (void)!control_number(answer, CTL_A_COUNT, &count);
    census->result.count += count;
    if (control_number(answer, CTL_A_CONTACTS, &count))
        census->result.contacts = count;
    for (; found; found = xml_next(found, NS_LINK_CONTROL, CTL_FOUND))
        keep_found(census, found);
    if (--census->waiting == 0)
        end(sm, census);
}

static void send(struct sm *sm, struct str from, struct str to, uint64_t number,
                 const struct xml *element)
{
    buf_reset(&sm->out);
    xml_write(&sm->out, element, NS_CLIENT);
    channels_send_datagram(
        sm->channels, from, to,
        &(struct frame){.sid = number, .body = buf_view(&sm->out)});
}

static void ask_process(struct sm *sm, unsigned instance, struct str by,
                        uint64_t number, const struct xml *question)
{
    char from[32], to[32];

    if (instance == sm->instance)
        take_answer(sm, number, answer_here(sm, question));
    else
        send(sm, sm_address(from, by), address_write(to, ADDRESS_SM, instance),
             number, question);
}

static struct xml *make_question(struct sm *sm, const char *what, struct str by,
                                 struct str jid, unsigned most)
{
    struct xml *question = control_new(sm, CTL_CENSUS);

    xml_set(question, STR(CTL_A_WHAT), str_of(what));
    xml_set(question, STR(CTL_A_BY), by);
    xml_set(question, STR(CTL_A_MOST), arena_printf(&sm->arena, "%u", most));
    if (jid.p)
        xml_set(question, STR(CTL_A_JID), jid);
    return question;
}

void census_take(struct sm *sm, const char *what, struct str by, struct str jid,
                 unsigned most, census_taken *taken, void *ctx)
{
    struct xml *question = make_question(sm, what, by, jid, most);
    struct census *census = NEW(struct census);
    uint64_t number = ++sm->census_number;
    struct jid whom;
    bool is_one = jid.p && jid_parse(&whom, &sm->arena, jid);

    *census = (struct census){.number = number,
                              .waiting = is_one ? 1 : sm->of,
                              .most = most,
                              .until_ms = sm->now_ms + ANSWER_MS,
                              .taken = taken,
                              .ctx = ctx};
    LL_PREPEND(sm->censuses, census);
    if (is_one) {
        ask_process(sm, jid_shard(whom.bare) % sm->of, by, number, question);
        return;
    }
    for (unsigned i = 0; i < sm->of; i++)
        ask_process(sm, i, by, number, question);
}

/* Whoever asks must own the user for whom he asks. */
static void answer_other(struct sm *sm, const struct frame *frame,
                         const struct xml *question)
{
    char address[32];

    if (str_eq(frame->from, sm_address(address, xml_get(question, CTL_A_BY))))
        send(sm, frame->to, frame->from, frame->sid, answer_here(sm, question));
}

bool census_datagram(struct sm *sm, const struct frame *frame,
                     const struct xml *element)
{
    if (xml_is(element, NS_LINK_CONTROL, CTL_CENSUS))
        answer_other(sm, frame, element);
    else if (xml_is(element, NS_LINK_CONTROL, CTL_CENSUS_ANSWER))
        take_answer(sm, frame->sid, element);
    else
        return false;
    return true;
}

void census_tick(struct sm *sm)
{
    struct census *census, *next;

    LL_FOREACH_SAFE(sm->censuses, census, next)
    if (sm->now_ms >= census->until_ms)
        end(sm, census);
}

void census_clear(struct sm *sm)
{
    struct census *census, *next;

    LL_FOREACH_SAFE(sm->censuses, census, next)
    {
        arena_clear(&census->arena);
        free(census);
    }
    sm->censuses = NULL;
}

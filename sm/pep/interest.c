#include "sm/pep/interest.h"

#include <stdlib.h>
#include <utlist.h>

#include "common/log/log.h"
#include "sm/pep/kind.h"
#include "sm/pep/pep.h"
#include "sm/pep/remote.h"
#include "sm/presence/caps.h"
#include "sm/route.h"

/* Of what a presence tells, hash and version and node together. */
#define MAX_TOLD_BYTES 1024u
/* Under way at once; who comes beyond is asked when he tells again. */
#define MAX_QUESTIONS 1000u
/* Asked about one hash, one after the other, before it counts as one that
 * nobody explains. */
#define MAX_ASKED 100
#define ANSWER_MS 10000

struct caps_question {
    struct caps_question *prev, *next;
    struct interest *asked; /* the holders; the first one is asked */
    struct str key, node;   /* heap */
    struct str account;     /* who asks; heap */
    char id[20];
    unsigned tries;
    int64_t asked_ms; /* steady */
};

struct interests {
    struct kinds kinds;
    struct caps_question *questions;
    size_t question_count;
};

static struct interests *interests_of(struct sm *sm)
{
    if (!sm->interests)
        sm->interests = NEW(struct interests);
    return sm->interests;
}

/* --- holders -------------------------------------------------------------- */

static struct str full_jid(const struct interest *interest)
{
    return interest->session ? interest->session->jid.full
                             : remote_jid(interest->remote);
}

/* Takes ownership of one hold; NULL: nothing is known. */
static void take(struct sm *sm, struct interest *interest, struct kind *kind)
{
    struct kind *before = interest->kind;
    bool is_quiet = interest->is_quiet;

    interest->kind = kind;
    interest->is_quiet = false;
    if (!is_quiet)
        interest_learned(sm, interest, before ? before->nodes : STR_NONE);
    kind_drop(before);
}

bool interest_wants(const struct interest *interest, struct str node,
                    bool otherwise)
{
    if (interest->question)
        return otherwise;
    return pep_list_has(interest->kind ? interest->kind->nodes : STR_NONE,
                        node);
}

struct str interest_nodes(const struct interest *interest)
{
    return interest->kind ? interest->kind->nodes : STR_NONE;
}

/* --- questions ------------------------------------------------------------ */

static void question_free(struct sm *sm, struct caps_question *question)
{
    struct interest *interest;

    while ((interest = question->asked)) {
        DL_DELETE(question->asked, interest);
        interest->question = NULL;
    }
    DL_DELETE(sm->interests->questions, question);
    sm->interests->question_count--;
    free((char *)question->key.p);
    free((char *)question->node.p);
    free((char *)question->account.p);
    free(question);
}

static void ask(struct sm *sm, struct caps_question *question)
{
    struct xml *iq = xml_new(&sm->arena, NS_CLIENT, STR("iq"));
    struct str id = stanza_new_id(&sm->arena);

    memcpy(question->id, id.p, id.len);
    question->id[id.len] = 0;
    question->asked_ms = sm->steady_ms;
    question->tries++;
    xml_set(iq, STR("type"), STR("get"));
    xml_set(iq, STR("id"), id);
    xml_set(iq, STR("from"), question->account);
    xml_set(iq, STR("to"), full_jid(question->asked));
    xml_set(xml_add(iq, NS_DISCO_INFO, STR("query")), STR("node"),
            question->node);
    if (question->asked->session)
        session_send(question->asked->session, NULL, iq);
    else
        route(sm, NULL, iq);
}

/* The one who was asked does not explain it; another may. */
static void ask_another(struct sm *sm, struct caps_question *question)
{
    struct interest *silent = question->asked;

    DL_DELETE(question->asked, silent);
    silent->question = NULL;
    if (question->asked && question->tries < MAX_ASKED)
        ask(sm, question);
    else
        question_free(sm, question);
}

static struct caps_question *find_question(const struct interests *interests,
                                           struct str key)
{
    struct caps_question *question;

    DL_FOREACH(interests->questions, question)
    if (str_eq(question->key, key))
        return question;
    return NULL;
}

static void wait_for(struct sm *sm, struct interest *interest,
                     struct str account, struct str key, struct str node)
{
    struct interests *interests = interests_of(sm);
    struct caps_question *question = find_question(interests, key);

    if (!question && interests->question_count == MAX_QUESTIONS)
        return;
    if (question) {
        DL_APPEND(question->asked, interest);
        interest->question = question;
        return;
    }
    question = NEW(struct caps_question);
    question->key = str_dup(key);
    question->node = str_dup(node);
    question->account = str_dup(account);
    DL_APPEND(question->asked, interest);
    interest->question = question;
    DL_APPEND(interests->questions, question);
    interests->question_count++;
    ask(sm, question);
}

/* Holds no longer what it has told before. */
static void stop_waiting(struct sm *sm, struct interest *interest)
{
    struct caps_question *question = interest->question;
    bool was_asked;

    if (!question)
        return;
    was_asked = question->asked == interest;
    if (was_asked) {
        ask_another(sm, question);
        return;
    }
    DL_DELETE(question->asked, interest);
    interest->question = NULL;
}

/* --- what presence tells -------------------------------------------------- */

/* "hash ver", or without a hash that can be verified "node ver" in a form that
 * no other has; absent: the presence tells nothing. */
static struct str told_key(struct arena *arena, const struct interest *interest,
                           const struct xml *c)
{
    struct str hash = xml_get(c, "hash"), ver = xml_get(c, "ver");
    struct str node = xml_get(c, "node");

    if (!ver.len || !node.len || hash.len + ver.len + node.len > MAX_TOLD_BYTES)
        return STR_NONE;
    if (caps_is_algorithm(hash))
        return arena_printf(arena, "%.*s %.*s", STR_ARG(hash), STR_ARG(ver));
    return arena_printf(arena, " %.*s %.*s %.*s", STR_ARG(full_jid(interest)),
                        STR_ARG(node), STR_ARG(ver));
}

void interest_tell(struct sm *sm, struct interest *interest, struct str account,
                   const struct xml *presence)
{
    const struct xml *c = xml_child(presence, NS_CAPS, "c");
    struct str key = c ? told_key(&sm->arena, interest, c) : STR_NONE;
    struct kind *kind;

    if (!key.p) {
        interest_forget(sm, interest);
        return;
    }
    if (interest->question && str_eq(interest->question->key, key))
        return;
    stop_waiting(sm, interest);
    if (interest->kind && str_eq(interest->kind->key, key))
        return;
    kind = kind_find(&interests_of(sm)->kinds, key);
    if (kind)
        take(sm, interest, kind_hold(&sm->interests->kinds, kind));
    else
        wait_for(sm, interest, account, key,
                 arena_printf(&sm->arena, "%.*s#%.*s",
                              STR_ARG(xml_get(c, "node")),
                              STR_ARG(xml_get(c, "ver"))));
}

void interest_forget(struct sm *sm, struct interest *interest)
{
    stop_waiting(sm, interest);
    kind_drop(interest->kind);
    interest->kind = NULL;
    interest->is_quiet = false;
}

/* --- what they answer ----------------------------------------------------- */

static bool is_verified(struct sm *sm, const struct caps_question *question,
                        const struct xml *query)
{
    struct str ver = question->key;
    struct str algorithm = str_cut(&ver, ' ');
    struct str hash;

    return caps_hash_of(&sm->arena, query, algorithm, &hash) &&
           str_eq(hash, ver);
}

/* For all who told the hash. */
static void take_for_all(struct sm *sm, struct caps_question *question,
                         struct kind *kind)
{
    struct interest *interest;

    kind_share(&sm->interests->kinds, sm->config, kind);
    kind->holders++; /* lest it goes before all have it */
    while ((interest = question->asked)) {
        DL_DELETE(question->asked, interest);
        interest->question = NULL;
        take(sm, interest, kind_hold(&sm->interests->kinds, kind));
    }
    kind_drop(kind);
    question_free(sm, question);
}

static void take_answer(struct sm *sm, struct caps_question *question,
                        const struct xml *query)
{
    struct interest *asked = question->asked;
    struct kind *kind = kind_new(question->key, query);

    if (is_verified(sm, question, query)) {
        take_for_all(sm, question, kind);
        return;
    }
    ask_another(sm, question);
    kind->holders = 1;
    take(sm, asked, kind);
}

/* The question that this answers; NULL: none. */
static struct caps_question *find_asked(const struct sm *sm, struct str id,
                                        struct str full)
{
    struct caps_question *question = NULL;

    if (sm->interests)
        DL_FOREACH(sm->interests->questions, question)
    if (str_is(id, question->id) && str_eq(full_jid(question->asked), full))
        break;
    return question;
}

bool interest_answered(struct sm *sm, const struct xml *iq,
                       const struct jid *from)
{
    struct caps_question *question =
        find_asked(sm, xml_get(iq, "id"), from->full);
    const struct xml *query = xml_child(iq, NS_DISCO_INFO, "query");

    if (!question)
        return false;
    if (iq_type(iq) == IQ_RESULT && query)
        take_answer(sm, question, query);
    else
        ask_another(sm, question);
    return true;
}

void interests_tick(struct sm *sm)
{
    struct caps_question *question, *next;

    if (!sm->interests)
        return;
    DL_FOREACH_SAFE(sm->interests->questions, question, next)
    if (sm->steady_ms - question->asked_ms >= ANSWER_MS)
        ask_another(sm, question);
}

void interests_clear(struct sm *sm)
{
    struct interests *interests = sm->interests;

    if (!interests)
        return;
    while (interests->questions)
        question_free(sm, interests->questions);
    kinds_clear(&interests->kinds);
    free(interests);
    sm->interests = NULL;
}

/* One person's connection and its XEP-0198 session. */
#include "chaos.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/stanza/namespaces.h"

#define SM "xmlns='urn:xmpp:sm:3'"

static void enter(struct person *person, enum stage stage)
{
    person->stage = stage;
    person->since_ms = person->chaos->now_ms;
}

/* --- stanzas that wait for their acknowledgement -------------------------- */

static struct unacked *at(struct person *person, size_t i)
{
    return &person->queue[(person->first + i) & (person->cap - 1)];
}

static void grow(struct person *person)
{
    size_t cap = person->cap ? 2 * person->cap : 64;
    struct unacked *queue = mem_alloc(cap * sizeof(*queue));

    for (size_t i = 0; i < person->count; i++)
        queue[i] = *at(person, i);
    free(person->queue);
    person->queue = queue;
    person->first = 0;
    person->cap = cap;
}

void session_send(struct person *person, const char *text, uint32_t message)
{
    if (person->count == person->cap)
        grow(person);
    *at(person, person->count++) = (struct unacked){
        str_dup_heap(str_of(text)), message, 1, person->chaos->now_ms};
    buf_add_text(&person->client.out, text);
}

void session_send_to_room(struct person *person, const char *text,
                          uint32_t message)
{
    session_send(person, text, message);
    at(person, person->count - 1)->copies = person->chaos->options.regulars;
}

static void forget_first(struct person *person)
{
    struct unacked *done = at(person, 0);
    uint64_t waited = person->chaos->now_ms - done->sent_ms;

    if (waited > person->chaos->longest_silence_ms)
        person->chaos->longest_silence_ms = waited;
    for (uint32_t i = 0; done->message != NO_MESSAGE && i < done->copies; i++)
        ledger_acked(&person->chaos->ledger, done->message + i);
    free(done->text);
    person->first = (person->first + 1) & (person->cap - 1);
    person->count--;
    person->acked++;
}

static void acknowledged_until(struct person *person, const struct xml *element)
{
    uint64_t h = 0;

    if (!str_to_u64(xml_get(element, "h"), &h))
        return;
    if (h < person->acked || h - person->acked > person->count) {
        person->chaos->wrong_counts++;
        tell(person->chaos, person,
             "h=%" PRIu64 " in <%.*s/>, but %u acknowledged and %zu waiting", h,
             STR_ARG(element->name), person->acked, person->count);
        return;
    }
    while (person->acked < h)
        forget_first(person);
}

void session_request(struct person *person)
{
    if (person->asked_ms)
        return;
    person->asked_ms = person->chaos->now_ms;
    buf_add_text(&person->client.out, "<r " SM "/>");
}

/* --- from SASL to a session ----------------------------------------------- */

void session_bind(struct person *person)
{
    enter(person, BINDING);
    buf_add_text(&person->client.out,
                 "<iq type='set' id='b'>"
                 "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>"
                 "<resource>chaos</resource></bind></iq>");
}

static void new_parser(struct person *person)
{
    static const struct xml_limits none = {0};
    struct arena *arena = &person->chaos->arena;
    struct str header = STR("<stream:stream xmlns='jabber:client' xmlns:stream="
                            "'http://etherx.jabber.org/streams'>");
    struct xml *root;

    xml_stream_free(person->parser);
    person->parser = xml_stream_new(&none, NS_CLIENT);
    (void)!xml_stream_feed(person->parser, arena, &header, &root);
    arena_reset(arena);
}

void session_on_ready(struct client *client)
{
    struct person *person = (struct person *)client;

    new_parser(person);
    person->asked_ms = 0;
    if (!person->resume_id[0]) {
        session_bind(person);
        return;
    }
    enter(person, RESUMING);
    buf_printf(&client->out, "<resume " SM " h='%u' previd='%s'/>",
               person->received, person->resume_id);
}

void session_bound(struct person *person)
{
    enter(person, ENABLING);
    buf_add_text(&person->client.out, "<enable " SM " resume='true'/>");
}

static void send_again(struct person *person)
{
    for (size_t i = 0; i < person->count; i++)
        buf_add_text(&person->client.out, at(person, i)->text);
}

static void mark_resent(struct person *person, const struct unacked *unacked)
{
    struct message *messages = person->chaos->ledger.messages;

    if (unacked->message == NO_MESSAGE)
        return;
    for (uint32_t i = 0; i < unacked->copies; i++)
        messages[unacked->message + i].is_resent = true;
}

static void enter_room(struct person *person)
{
    char text[300];

    person->is_in_room = false;
    snprintf(text, sizeof(text),
             "<presence to='" ROOM "%s/user%u'>"
             "<x xmlns='http://jabber.org/protocol/muc'>"
             "<history maxstanzas='0'/></x></presence>",
             person->chaos->options.domain, person->number);
    session_send(person, text, NO_MESSAGE);
}

static void on_enabled(struct person *person, const struct xml *element)
{
    snprintf(person->resume_id, sizeof(person->resume_id), "%.*s",
             STR_ARG(xml_get(element, "id")));
    person->session++;
    person->received = person->acked = 0;
    person->was_closing = person->is_leaving = false;
    for (size_t i = 0; i < person->count; i++)
        mark_resent(person, at(person, i));
    send_again(person);
    enter(person, ONLINE);
    session_send(person, "<presence/>", NO_MESSAGE);
    if (person_is_regular(person))
        enter_room(person);
    session_request(person);
}

static void on_resumed(struct person *person, const struct xml *element)
{
    acknowledged_until(person, element);
    person->chaos->resumed++;
    person->was_closing = false;
    send_again(person);
    enter(person, person->is_leaving ? LEAVING : ONLINE);
    session_request(person);
}

static void on_failed(struct person *person, const struct xml *element)
{
    const struct xml *condition = xml_child(element, STR_NONE, NULL);

    if (person->stage != RESUMING) {
        client_fail(&person->client, "XEP-0198 refused");
        return;
    }
    acknowledged_until(person, element);
    if (!person->was_closing) {
        person->chaos->dropped++;
        person->refused = person->session;
        tell(person->chaos, person,
             "DROPPED: session %u (%s) not resumed: %.*s; %zu sent again",
             person->session, person->resume_id,
             condition ? (int)condition->name.len : 0,
             condition ? condition->name.p : "", person->count);
    }
    person->resume_id[0] = 0;
    person->roster_seen = person->roster_sent;
    person->asks_roster = false;
    session_bind(person);
}

void session_on_ack_element(struct person *person, const struct xml *element)
{
    if (str_is(element->name, "r")) {
        if (person->stage != CLOSING)
            buf_printf(&person->client.out, "<a " SM " h='%u'/>",
                       person->received);
    } else if (str_is(element->name, "a")) {
        person->asked_ms = 0;
        acknowledged_until(person, element);
    } else if (str_is(element->name, "enabled")) {
        on_enabled(person, element);
    } else if (str_is(element->name, "resumed")) {
        on_resumed(person, element);
    } else {
        on_failed(person, element);
    }
}

/* --- ends ----------------------------------------------------------------- */

void session_on_close(struct person *person)
{
    if (person->stage == CLOSING) {
        person->resume_id[0] = 0;
        enter(person, AWAY);
        person->due_ms =
            person->chaos->now_ms + 2000 + chaos_random(person->chaos, 5000);
    }
    client_fail(&person->client, "stream closed");
}

static void on_broken_session(struct person *person, const char *why)
{
    struct chaos *chaos = person->chaos;

    chaos->broken++;
    if (chaos->now_ms > chaos->forgiven_until_ms) {
        chaos->dropped++;
        tell(chaos, person, "DROPPED: %s while no c2sd was killed", why);
    }
}

void session_on_failed(struct client *client, enum client_state state,
                       const char *why)
{
    struct person *person = (struct person *)client;

    (void)state;
    if (person->stage == AWAY)
        return;
    if (person->stage == ONLINE || person->stage == LEAVING)
        on_broken_session(person, why);
    if (person->stage == CLOSING)
        person->was_closing = true;
    if (strcmp(why, "login refused") == 0) {
        person->chaos->refused_logins++;
        tell(person->chaos, person, "login refused");
    }
    enter(person, WAITING);
    person->due_ms =
        person->chaos->now_ms + 100 + chaos_random(person->chaos, 400);
}

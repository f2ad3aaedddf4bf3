/* What the server sends. */
#include "chaos.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/stanza/namespaces.h"

static const struct str streams = {"http://etherx.jabber.org/streams", 32};

/* "chaos <index> <ordinal>"; "room …" with the index of the first regular's. */
static bool index_of(const struct person *person, const struct xml *message,
                     uint32_t *index)
{
    bool is_in_room = str_is(xml_get(message, "type"), "groupchat");
    struct str rest = xml_child_text(message, NS_CLIENT, "body");
    uint64_t value;

    if (!str_is(str_cut(&rest, ' '), is_in_room ? "room" : "chaos") ||
        !str_to_u64(str_cut(&rest, ' '), &value) || value >= NO_MESSAGE)
        return false;
    *index = (uint32_t)value + (is_in_room ? person->number : 0);
    return true;
}

static void on_bounce(struct person *person, const struct xml *message)
{
    struct ledger *ledger = &person->chaos->ledger;
    struct str id = xml_get(message, "id");
    const struct xml *error = xml_child(message, NS_CLIENT, "error");
    const struct xml *condition =
        error ? xml_child(error, STR_NONE, NULL) : NULL;
    uint64_t index, copies = 1;

    if (id.len > 0 && id.p[0] == 'g')
        copies = person->chaos->options.regulars;
    if (id.len < 2 || !str_to_u64((struct str){id.p + 1, id.len - 1}, &index) ||
        index + copies > ledger->count ||
        ledger->messages[index].sender != person->number) {
        ledger->strange++;
        return;
    }
    for (size_t i = index; i < index + copies; i++)
        ledger->messages[i].is_bounced = true;
    if (ledger->bounced++ < 20)
        tell(person->chaos, person, "message %llu bounced: %.*s",
             (unsigned long long)index,
             condition ? (int)condition->name.len : 0,
             condition ? condition->name.p : "");
}

static void on_message(struct person *person, const struct xml *message)
{
    struct chaos *chaos = person->chaos;
    uint64_t gap = chaos->now_ms - chaos->last_arrival_ms;
    uint32_t index;

    if (str_is(xml_get(message, "type"), "error")) {
        on_bounce(person, message);
        return;
    }
    if (!xml_child(message, NS_CLIENT, "body"))
        return; /* the room's subject */
    if (!index_of(person, message, &index)) {
        chaos->ledger.strange++;
        return;
    }
    if (chaos->last_arrival_ms && gap > chaos->longest_gap_ms &&
        !chaos->is_ending)
        chaos->longest_gap_ms = gap;
    chaos->last_arrival_ms = chaos->now_ms;
    ledger_arrived(
        &chaos->ledger, index,
        &(struct arrival){
            .receiver = person->number,
            .session = person->session,
            .refused = person->refused,
            .was_stored = xml_child(message, NS_DELAY, "delay") != NULL,
        });
}

/* The name that the roster has for the friend is the ordinal of the change. */
static void check_roster(struct person *person, const struct xml *iq)
{
    const struct xml *query = xml_child(iq, NS_ROSTER, "query");
    const struct xml *item = query ? xml_child(query, NS_ROSTER, "item") : NULL;
    uint64_t name = 0;

    person->asks_roster = false;
    person->knows_roster = true;
    if (item)
        (void)!str_to_u64(xml_get(item, "name"), &name);
    if (name < person->roster_done || name > person->roster_sent) {
        person->chaos->roster_wrong++;
        tell(person->chaos, person,
             "roster holds change %u, but %u was confirmed, %u sent",
             (unsigned)name, person->roster_done, person->roster_sent);
    }
}

static void on_roster_answer(struct person *person, struct str id, bool is_done)
{
    uint64_t ordinal = 0;

    (void)!str_to_u64((struct str){id.p + 1, id.len - 1}, &ordinal);
    if (ordinal <= person->roster_seen || ordinal > person->roster_sent) {
        if (person->refused)
            return;
        person->chaos->roster_wrong++;
        tell(person->chaos, person, "second answer to roster change %u",
             (unsigned)ordinal);
        return;
    }
    person->roster_seen = (uint32_t)ordinal;
    if (is_done)
        person->roster_done = (uint32_t)ordinal;
    else
        tell(person->chaos, person, "roster change %u: error",
             (unsigned)ordinal);
}

static void on_iq(struct person *person, const struct xml *iq)
{
    struct str type = xml_get(iq, "type"), id = xml_get(iq, "id");
    bool is_answer = str_is(type, "result") || str_is(type, "error");
    char text[256];

    if (!is_answer) {
        snprintf(text, sizeof(text), "<iq type='result' id='%.*s'/>",
                 id.len < 100 ? (int)id.len : 0, id.p ? id.p : "");
        session_send(person, text, NO_MESSAGE);
    } else if (person->stage == BINDING) {
        if (str_is(type, "result"))
            session_bound(person);
        else
            client_fail(&person->client, "bind refused");
    } else if (str_is(id, "roster")) {
        if (str_is(type, "result"))
            check_roster(person, iq);
        person->asks_roster = false;
    } else if (id.len > 1 && id.p[0] == 'r') {
        on_roster_answer(person, id, str_is(type, "result"));
    }
}

/* One's own presence in the room ends the entry (XEP-0045 §7.1). */
static void on_presence(struct person *person, const struct xml *presence)
{
    const struct str ns = STR("http://jabber.org/protocol/muc#user");
    const struct xml *x = xml_child(presence, ns, "x");
    const struct xml *status = x ? xml_child(x, ns, "status") : NULL;

    bool was_in_room = person->is_in_room;

    for (; status; status = xml_next(status, ns, "status"))
        if (str_is(xml_get(status, "code"), "110"))
            person->is_in_room = !xml_get(presence, "type").p;
    if (was_in_room && !person->is_in_room) {
        tell(person->chaos, person, "is put out of the room");
        person->chaos->put_out++;
    }
    if (x && !person->is_in_room && str_is(xml_get(presence, "type"), "error"))
        tell(person->chaos, person, "is not let into the room");
}

static void on_stream_error(struct person *person, const struct xml *element)
{
    const struct xml *condition = xml_child(element, STR_NONE, NULL);
    char why[100];

    snprintf(why, sizeof(why), "stream error %.*s",
             condition ? (int)condition->name.len : 0,
             condition ? condition->name.p : "");
    client_fail(&person->client, why);
}

static void on_element(struct person *person, const struct xml *element)
{
    if (str_eq(element->ns, NS_SM)) {
        session_on_ack_element(person, element);
        return;
    }
    if (str_eq(element->ns, streams)) {
        on_stream_error(person, element);
        return;
    }
    /* What comes behind our </stream:stream> was not received: we have said
     * what we got, and the server has to keep the rest. */
    if (person->stage == CLOSING)
        return;
    person->received++;
    if (str_is(element->name, "message"))
        on_message(person, element);
    else if (str_is(element->name, "iq"))
        on_iq(person, element);
    else if (str_is(element->name, "presence"))
        on_presence(person, element);
}

void stanza_on_input(struct client *client)
{
    struct person *person = (struct person *)client;
    struct str in = buf_view(&client->in);
    struct xml *element;

    while (client->state == CLIENT_READY) {
        switch (xml_stream_feed(person->parser, &person->chaos->arena, &in,
                                &element)) {
        case XML_STANZA:
            on_element(person, element);
            break;
        case XML_STREAM_CLOSE:
            session_on_close(person);
            break;
        case XML_FAILED:
            client_fail(client, "broken XML");
            break;
        default:
            buf_reset(&client->in);
            return;
        }
        arena_reset(&person->chaos->arena);
    }
}

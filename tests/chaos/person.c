/* What a person does when. */
#include "chaos.h"

#include <stdio.h>
#include <stdlib.h>

/* So many stanzas at most wait for an acknowledgement before one pauses. */
#define MOST_UNACKED 500
/* As a client's library would, one gives a silent connection up. */
#define HUNG_MS      20000
#define LOGIN_MS     20000
#define ASK_EVERY_MS 200

unsigned person_side(const struct chaos *chaos, unsigned number)
{
    return chaos->options.other_domain ? number % 2 : 0;
}

const char *person_domain(const struct chaos *chaos, unsigned number)
{
    return person_side(chaos, number) ? chaos->options.other_domain
                                      : chaos->options.domain;
}

void person_start(struct chaos *chaos, unsigned number)
{
    struct person *person = &chaos->people[number];

    person->chaos = chaos;
    person->number = number;
    person->stage = WAITING;
    person->due_ms = chaos->now_ms + number * 10;
    snprintf(person->client.user, sizeof(person->client.user), "user%u",
             number);
}

bool person_chats(struct person *person, unsigned receiver)
{
    struct chaos *chaos = person->chaos;
    char text[400];
    uint32_t index;

    if (person->stage != ONLINE || person->count >= MOST_UNACKED)
        return false;
    index = ledger_add(&chaos->ledger, person->number, receiver);
    snprintf(text, sizeof(text),
             "<message to='user%u@%s%s' type='chat' id='m%u'>"
             "<body>chaos %u %u</body></message>",
             receiver, person_domain(chaos, receiver),
             (person->number + receiver) % 2 ? "/chaos" : "", index, index,
             chaos->ledger.messages[index].ordinal);
    session_send(person, text, index);
    client_flush(&person->client);
    return true;
}

bool person_is_regular(const struct person *person)
{
    return person->number < person->chaos->options.regulars;
}

bool person_tells_room(struct person *person)
{
    struct chaos *chaos = person->chaos;
    char text[400];
    uint32_t index;

    if (person->stage != ONLINE || !person->is_in_room ||
        person->count >= MOST_UNACKED)
        return false;
    index = ledger_add_to_room(&chaos->ledger, person->number,
                               chaos->options.regulars);
    snprintf(text, sizeof(text),
             "<message to='" ROOM "%s' type='groupchat' id='g%u'>"
             "<body>room %u %u</body></message>",
             chaos->options.domain, index, index,
             chaos->ledger.messages[index].ordinal);
    session_send_to_room(person, text, index);
    client_flush(&person->client);
    return true;
}

void person_changes_roster(struct person *person)
{
    char text[400];

    if (person->stage != ONLINE || person->roster_seen != person->roster_sent)
        return;
    person->roster_sent++;
    snprintf(text, sizeof(text),
             "<iq type='set' id='r%u'><query xmlns='jabber:iq:roster'>"
             "<item jid='friend@%s' name='%u'/></query></iq>",
             person->roster_sent, person_domain(person->chaos, person->number),
             person->roster_sent);
    session_send(person, text, NO_MESSAGE);
    client_flush(&person->client);
}

void person_leave(struct person *person)
{
    if (person->stage != ONLINE || person_is_regular(person))
        return;
    person->stage = LEAVING;
    person->is_leaving = true;
    session_send(person, "<presence type='unavailable'/>", NO_MESSAGE);
    session_request(person);
    client_flush(&person->client);
}

static void close_when_acknowledged(struct person *person)
{
    if (person->count > 0)
        return;
    buf_printf(&person->client.out,
               "<a xmlns='urn:xmpp:sm:3' h='%u'/></stream:stream>",
               person->received);
    person->stage = CLOSING;
    person->since_ms = person->chaos->now_ms;
    client_flush(&person->client);
}

static void look_after_session(struct person *person)
{
    struct chaos *chaos = person->chaos;

    if (person->asked_ms && chaos->now_ms - person->asked_ms > HUNG_MS) {
        chaos->hung++;
        tell(chaos, person, "no answer to <r/> for %d s", HUNG_MS / 1000);
        client_fail(&person->client, "hung");
        return;
    }
    if (person->count > 0 && !person->asked_ms &&
        chaos->now_ms - person->since_ms >= ASK_EVERY_MS) {
        person->since_ms = chaos->now_ms;
        session_request(person);
        client_flush(&person->client);
    }
    if (person->stage == LEAVING)
        close_when_acknowledged(person);
    if (chaos->is_ending && person->stage == ONLINE && !person->asks_roster &&
        !person->knows_roster && person->count == 0) {
        person->asks_roster = true;
        session_send(person,
                     "<iq type='get' id='roster'>"
                     "<query xmlns='jabber:iq:roster'/></iq>",
                     NO_MESSAGE);
        client_flush(&person->client);
    }
}

void person_tick(struct person *person)
{
    struct chaos *chaos = person->chaos;

    if (person->client.state == CLIENT_FAILED)
        client_reset(&person->client);
    switch (person->stage) {
    case AWAY:
    case WAITING:
        if (chaos->now_ms < person->due_ms &&
            !(chaos->is_ending && person->stage == AWAY))
            return;
        person->stage = LOGIN;
        person->since_ms = chaos->now_ms;
        client_start(&person->client, &chaos->wires[person_side(chaos, person->number)]);
        return;
    case ONLINE:
    case LEAVING:
        look_after_session(person);
        return;
    default:
        if (chaos->now_ms - person->since_ms > LOGIN_MS) {
            tell(chaos, person, "stuck in stage %d for %d s", person->stage,
                 LOGIN_MS / 1000);
            chaos->hung++;
            client_fail(&person->client, "stuck");
        }
    }
}

void person_free(struct person *person)
{
    client_reset(&person->client);
    xml_stream_free(person->parser);
    for (size_t i = 0; i < person->count; i++)
        free(person->queue[(person->first + i) & (person->cap - 1)].text);
    free(person->queue);
}

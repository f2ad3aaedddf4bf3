/* What clients say to each other by number, and the books they keep: of what
 * was acknowledged, of what came, how often and in which order. */
#include "sim.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What XEP-0198 counts, by what can be said again: a message by its number. */
#define PRESENCE (-1)
#define CARBONS  (-2)
#define QUESTION 100
#define ANSWER   1000 /* and 100 times who asked, and the number */

void say(struct person *person, const char *format, ...)
{
    char text[1024];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    trace(person->world, "%s says %s", person_name(person->index), text);
    buf_add(&person->out, str_of(text));
}

const char *person_name(unsigned index)
{
    static const char *const names[PEOPLE] = {"u0", "u1", "u2", "u0/s"};

    return names[index];
}

static const char *full_jid(unsigned index)
{
    static const char *const names[PEOPLE] = {
        "u0@example.com/r", "u1@example.com/r", "u2@example.com/r",
        "u0@example.com/s"};

    return names[index];
}

unsigned receiver_of(unsigned from, unsigned number)
{
    return (account_of(from) + 1 + number % (ACCOUNTS - 1)) % ACCOUNTS;
}

unsigned account_of(unsigned index)
{
    return index % ACCOUNTS;
}

/* --- saying --------------------------------------------------------------- */

static const char *asks_for_h(const struct person *person)
{
    return person->is_plain ? "" : "<r xmlns='urn:xmpp:sm:3'/>";
}

static bool is_for_full(const struct world *world, unsigned number)
{
    return world->says_full && number % 3 == 2;
}

static void say_message(struct person *person, unsigned number)
{
    unsigned to = receiver_of(person->index, number);

    say(person,
        "<message to='u%u@example.com%s' type='chat' id='m-%u-%u-%u'>"
        "<body>x</body></message>%s",
        to, is_for_full(person->world, number) ? "/r" : "", person->index, to,
        number, asks_for_h(person));
}

static void say_question(struct person *person, unsigned number)
{
    say(person,
        "<iq type='get' to='%s' id='q-%u-%u'><query "
        "xmlns='jabber:iq:version'/></iq>%s",
        full_jid(receiver_of(person->index, number)), person->index, number,
        asks_for_h(person));
}

static void say_presence(struct person *person)
{
    int priority =
        person->index < ACCOUNTS ? 0 : person->world->priority_of_second;

    say(person, "<presence><priority>%d</priority></presence>", priority);
}

static void say_what(struct person *person, int what)
{
    if (what == PRESENCE)
        say_presence(person);
    else if (what == CARBONS)
        say(person, "<iq type='set' id='c1'><enable "
                    "xmlns='urn:xmpp:carbons:2'/></iq>");
    else if (what >= ANSWER)
        say(person, "<iq type='result' to='%s' id='q-%d-%d'/>%s",
            full_jid((unsigned)(what - ANSWER) / 100), (what - ANSWER) / 100,
            (what - ANSWER) % 100, asks_for_h(person));
    else if (what >= QUESTION)
        say_question(person, (unsigned)(what - QUESTION));
    else
        say_message(person, (unsigned)what);
}

/* What XEP-0198 counts is said. */
static void say_counted(struct person *person, int what)
{
    if (person->h_sent >= COUNT_OF(person->outstanding))
        abort();
    person->outstanding[person->h_sent++] = what;
    say_what(person, what);
}

void say_again(struct person *person)
{
    for (uint32_t i = person->h_acked; i < person->h_sent; i++)
        say_what(person, person->outstanding[i]);
}

void say_hello(struct person *person)
{
    if (person->world->wants_carbons && account_of(person->index) == 0)
        say_counted(person, CARBONS);
    say_counted(person, PRESENCE);
}

static void ask(struct person *person)
{
    unsigned number = person->asked++;
    struct question *question =
        &person->world->questions[person->index][number];

    question->generation = person->generation;
    say_counted(person, QUESTION + (int)number);
}

void talk(struct person *person)
{
    struct world *world = person->world;
    unsigned number;

    if (world->asks && person->asked < QUESTIONS && pick(world, 4) == 0) {
        ask(person);
        return;
    }
    if (world->said[person->index] == MESSAGES)
        return;
    number = world->said[person->index]++;
    world->messages[person->index][number].is_sent = true;
    world->messages[person->index][number].sent_ms = world->now_ms;
    say_counted(person, (int)number);
}

bool is_owed(const struct person *person)
{
    for (uint32_t i = person->h_acked; i < person->h_sent; i++)
        if (person->outstanding[i] >= 0)
            return true;
    return false;
}

/* --- being told ----------------------------------------------------------- */

void take_h(struct person *person, uint32_t h)
{
    struct world *world = person->world;

    if (h < person->h_acked || h > person->h_sent)
        broken_by_one(world, "%s: h=%u after %u, sent %u",
                      person_name(person->index), h, person->h_acked,
                      person->h_sent);
    for (; person->h_acked < h && person->h_acked < person->h_sent;
         person->h_acked++) {
        int what = person->outstanding[person->h_acked];

        if (what >= 0 && what < QUESTION)
            world->messages[person->index][what].is_acked = true;
        else if (what >= QUESTION && what < ANSWER)
            world->questions[person->index][what - QUESTION].is_acked = true;
    }
}

static void note_unacknowledged(struct person *person, unsigned from,
                                unsigned number)
{
    if (person->unacked_count == COUNT_OF(person->unacked))
        abort();
    person->unacked[person->unacked_count].from = from;
    person->unacked[person->unacked_count++].number = number;
}

/* Carbons are for other devices; to have a message as a copy is to have it. */
static void take_copy(struct person *person, struct message *message,
                      const char *name)
{
    if (message->copied[person->index] == person->generation)
        broken_by_one(person->world, "%s was copied to %s twice", name,
                      person_name(person->index));
    message->copied[person->index] = person->generation;
    message->delivered++;
}

/* What is said to a resource that is away waits for its presence, and what is
 * said to one that is bound goes ahead; what another device had and did not
 * acknowledge comes when that leaves. */
static bool may_be_overtaken(const struct person *person, unsigned number)
{
    return is_for_full(person->world, number) ||
           account_of(person->index) == account_of(ACCOUNTS);
}

/* What an earlier session of his had, and did not acknowledge, is stored when
 * that ends: behind what was stored since it was lost. */
static bool was_given_back(const struct person *person,
                           const struct message *message)
{
    return person->generation > 1 && message->sent_ms < person->begun_ms;
}

static void is_overtaken(struct person *person, const struct message *message,
                         unsigned last, bool is_late, const char *name)
{
    if (is_late && was_given_back(person, message))
        person->world->overtaken++;
    else
        broken_by_one(person->world, "%s came to %s after %u", name,
                      person_name(person->index), last);
}

static void take_itself(struct person *person, struct message *message,
                        unsigned from, unsigned number, bool is_late,
                        const char *name)
{
    unsigned *last =
        &person->last_seq[from][is_for_full(person->world, number)];

    if (message->got[person->index] == person->generation)
        broken_by_one(person->world, "%s came to %s twice", name,
                      person_name(person->index));
    if (number + 1 < *last && !(is_late && may_be_overtaken(person, number)))
        is_overtaken(person, message, *last - 1, is_late, name);
    if (*last < number + 1)
        *last = number + 1;
    message->got[person->index] = person->generation;
    message->delivered++;
}

void take_message(struct person *person, const char *text)
{
    struct world *world = person->world;
    unsigned from, to, number;
    const char *id = strstr(text, "'m-");
    struct message *message;
    char name[32];

    person->h_in++;
    if (!id || sscanf(id, "'m-%u-%u-%u", &from, &to, &number) != 3 ||
        from >= PEOPLE || number >= MESSAGES || strstr(text, "<sent "))
        return;
    snprintf(name, sizeof(name), "m-%u-%u-%u", from, to, number);
    message = &world->messages[from][number];
    if (strstr(text, "type='error'")) {
        message->is_bounced = true;
        return;
    }
    /* The database had refused its row in the moment before sm died: it was
     * returned, came again, and was stored then. */
    if (message->is_bounced)
        return;
    if (strstr(text, "<received "))
        take_copy(person, message, name);
    else
        take_itself(person, message, from, number,
                    strstr(text, "<delay") != NULL, name);
    if (!person->is_plain)
        note_unacknowledged(person, from, number);
}

void take_iq(struct person *person, const char *text)
{
    const char *id = strstr(text, "'q-");
    struct question *question;
    unsigned from, number;

    person->h_in++;
    if (!id || sscanf(id, "'q-%u-%u", &from, &number) != 2 || from >= PEOPLE ||
        number >= QUESTIONS)
        return;
    question = &person->world->questions[from][number];
    if (strstr(text, "type='get'")) {
        say_counted(person, ANSWER + (int)(100 * from + number));
        return;
    }
    if (from != person->index || question->generation != person->generation)
        return;
    /* Nobody was there, says an sm that dies; its successor finds him. */
    if (strstr(text, "type='error'"))
        question->is_void = true;
    if (question->answers++ > 0 && !question->is_void)
        broken_by_one(person->world, "q-%u-%u was answered twice", from,
                      number);
}

/* --- ending --------------------------------------------------------------- */

void forget_session(struct person *person)
{
    for (uint32_t i = person->h_acked; i < person->h_sent; i++) {
        int what = person->outstanding[i] - ANSWER;

        if (what >= 0) /* he may not have said it */
            person->world->questions[what / 100][what % 100].is_void = true;
    }
    person->generation++;
    person->begun_ms = person->world->now_ms;
    person->h_in = person->h_acked = person->h_sent = 0;
    person->unacked_count = 0;
    memset(person->last_seq, 0, sizeof(person->last_seq));
}

void acknowledge(struct person *person)
{
    person->unacked_count = 0;
    say(person, "<a xmlns='urn:xmpp:sm:3' h='%u'/>", person->h_in);
}

/* What it did not acknowledge counts as nothing that came. */
void leave(struct person *person)
{
    say(person, "</stream:stream>");
    person->is_leaving = true;
    for (unsigned i = 0; i < person->unacked_count; i++)
        person->world
            ->messages[person->unacked[i].from][person->unacked[i].number]
            .delivered--;
    person->unacked_count = 0;
    person->resume_id[0] = '\0';
    for (unsigned i = 0; i < PEOPLE; i++) /* returned, maybe, and answered */
        for (unsigned n = 0; n < QUESTIONS; n++)
            if (i != person->index &&
                receiver_of(i, n) == account_of(person->index))
                person->world->questions[i][n].is_void = true;
}

/* A client's streams: it logs in, resumes, leaves and vanishes. */
#include "sim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEADER                                                                 \
    "<stream:stream to='example.com' version='1.0' xmlns='jabber:client' "     \
    "xmlns:stream='http://etherx.jabber.org/streams'>"

static uint32_t attribute(const char *text, const char *name)
{
    const char *at = strstr(text, name);

    return at ? (uint32_t)strtoul(at + strlen(name), NULL, 10) : 0;
}

static void log_in_anew(struct person *person)
{
    person->resume_id[0] = '\0';
    forget_session(person);
    say(person,
        "<iq type='set' id='b1'><bind "
        "xmlns='urn:ietf:params:xml:ns:xmpp-bind'>"
        "<resource>%s</resource></bind></iq>",
        person->index < ACCOUNTS ? "r" : "s");
    person->state = BINDING;
}

static void comes_online(struct person *person)
{
    person->state = ONLINE;
    say_hello(person);
}

static void begin_session(struct person *person)
{
    if (person->is_plain) {
        comes_online(person);
        return;
    }
    say(person, "<enable xmlns='urn:xmpp:sm:3' resume='true'/>");
    person->state = ENABLING;
}

static void resumed(struct person *person, const char *text)
{
    take_h(person, attribute(text, " h='"));
    person->state = ONLINE;
    say_again(person);
}

static void features(struct person *person)
{
    static const char *const secrets[] = {"AHUwAHA=", "AHUxAHA=", "AHUyAHA="};

    if (person->state == HEADER_SENT) {
        say(person,
            "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' "
            "mechanism='PLAIN'>%s</auth>",
            secrets[account_of(person->index)]);
        person->state = AUTH_SENT;
    } else if (person->resume_id[0]) {
        say(person, "<resume xmlns='urn:xmpp:sm:3' previd='%s' h='%u'/>",
            person->resume_id, person->h_in);
        person->state = RESUMING;
    } else {
        log_in_anew(person);
    }
}

static void enabled(struct person *person, const char *text)
{
    const char *id = strstr(text, " id='");

    if (id)
        sscanf(id, " id='%63[^']", person->resume_id);
    person->h_in = person->unacked_count = 0; /* counting begins */
    comes_online(person);
}

static void take(struct person *person, const char *text)
{
    trace(person->world, "%s gets %s", person_name(person->index), text);
    if (!strncmp(text, "<stream:features", 16)) {
        features(person);
    } else if (!strncmp(text, "<success", 8)) {
        say(person, HEADER);
        person->state = AGAIN;
    } else if (!strncmp(text, "<message", 8)) {
        take_message(person, text);
    } else if (person->state == BINDING && !strncmp(text, "<iq", 3)) {
        if (strstr(text, "type='result'"))
            begin_session(person);
        else
            person_drop(person, true);
    } else if (!strncmp(text, "<iq", 3)) {
        take_iq(person, text);
    } else if (!strncmp(text, "<presence", 9)) {
        person->h_in++;
    } else if (!strncmp(text, "<enabled", 8)) {
        enabled(person, text);
    } else if (!strncmp(text, "<resumed", 8)) {
        resumed(person, text);
    } else if (!strncmp(text, "<failed", 7)) {
        if (strstr(text, " h='"))
            take_h(person, attribute(text, " h='"));
        if (person->state == RESUMING && strstr(text, "item-not-found"))
            log_in_anew(person);
        else
            person_drop(person, true);
    } else if (!strncmp(text, "<a ", 3)) {
        take_h(person, attribute(text, " h='"));
    } else if (!strncmp(text, "<r ", 3)) {
        acknowledge(person);
    } else if (!strncmp(text, "<failure", 8) ||
               !strncmp(text, "<stream:error", 13)) {
        person_drop(person, true);
    }
}

/* Length of the first whole element (a stream's header counts as one), or 0. */
static size_t whole(struct str text)
{
    int depth = 0;

    for (size_t i = 0; i < text.len; i++) {
        size_t start = i;
        char quote = 0;

        if (text.p[i] != '<')
            continue;
        for (; i < text.len && (quote || text.p[i] != '>'); i++) {
            if (quote)
                quote = text.p[i] == quote ? 0 : quote;
            else if (text.p[i] == '\'' || text.p[i] == '"')
                quote = text.p[i];
        }
        if (i >= text.len)
            return 0;
        if (text.p[start + 1] == '?' ||
            !strncmp(text.p + start, "<stream:stream", 14) ||
            !strncmp(text.p + start, "</stream:stream", 15))
            return i + 1;
        if (text.p[start + 1] == '/')
            depth--;
        else if (text.p[i - 1] != '/')
            depth++;
        if (depth == 0)
            return i + 1;
    }
    return 0;
}

/* What the kernel has taken for one without XEP-0198, who does not read it any
 * more: nobody knows better. */
static void lose_unread(struct person *person, struct str rest)
{
    const char *at = rest.p, *end = rest.p + rest.len;

    while (person->is_plain && at && at < end &&
           (at = memmem(at, (size_t)(end - at), "id='m-", 6))) {
        unsigned from, to, number;
        char id[32];

        snprintf(id, sizeof(id), "%.*s", (int)(end - at < 31 ? end - at : 31),
                 at);
        if (sscanf(id, "id='m-%u-%u-%u'", &from, &to, &number) == 3 &&
            from < PEOPLE && number < MESSAGES)
            person->world->messages[from][number].delivered++;
        at += 6;
    }
}

static void listen_to(struct person *person)
{
    size_t length;

    while (person->client && (length = whole(buf_view(&person->got))) > 0) {
        char text[2048];

        snprintf(text, sizeof(text), "%.*s", (int)length,
                 buf_view(&person->got).p);
        buf_consume(&person->got, length);
        if (!strncmp(text, "</stream", 8))
            person_drop(person, true);
        else if (person->is_leaving)
            lose_unread(person, str_of(text));
        else
            take(person, text);
    }
}

/* is_known: the c2sd lives, and learns of it. */
void person_drop(struct person *person, bool is_known)
{
    if (!person->client)
        return;
    trace(person->world, "%s is disconnected", person_name(person->index));
    if (is_known) {
        client_lost(person->client);
        client_release(person->client);
    }
    lose_unread(person, buf_view(&person->got));
    person->client = NULL;
    person->is_leaving = false;
    person->state = AWAY;
    person->again_ms = person->world->now_ms + 50 + pick(person->world, 3000);
    buf_clear(&person->in);
    buf_clear(&person->out);
    buf_clear(&person->got);
}

/* --- connections that nobody closed --------------------------------------- */

void person_vanish(struct person *person)
{
    struct world *world = person->world;

    for (size_t i = 0; i < ZOMBIES && person->client; i++) {
        struct zombie *zombie = &world->zombies[i];

        if (zombie->client)
            continue;
        *zombie = (struct zombie){person->client, person->at,
                                  world->now_ms + 500 + pick(world, 8000)};
        person_drop(person, false);
    }
}

void zombies_step(struct world *world)
{
    for (size_t i = 0; i < ZOMBIES; i++) {
        struct zombie *zombie = &world->zombies[i];
        struct process *process = &world->processes[zombie->at];

        if (!zombie->client || zombie->end_ms > world->now_ms ||
            process->stalled_ms > world->now_ms)
            continue;
        process->c2sd.now_ms = world->now_ms;
        client_lost(zombie->client);
        client_release(zombie->client);
        zombie->client = NULL;
    }
}

void zombies_forget(struct world *world, unsigned at)
{
    for (size_t i = 0; i < ZOMBIES; i++)
        if (world->zombies[i].at == at)
            world->zombies[i].client = NULL;
}

/* --- steps ---------------------------------------------------------------- */

static void connect_person(struct person *person)
{
    struct world *world = person->world;
    struct process *process;

    person->at = pick(world, 2);
    process = &world->processes[person->at];
    if (!process->is_alive || process->is_draining ||
        process->stalled_ms > world->now_ms)
        return;
    process->c2sd.now_ms = world->now_ms;
    person->client = client_new(&process->c2sd, person, "192.0.2.1", true);
    trace(world, "%s connects to c2s/%u", person_name(person->index),
          person->at);
    say(person, HEADER);
    person->state = HEADER_SENT;
}

static void serve(struct person *person, struct process *process)
{
    struct client *client = person->client;
    struct str bytes = buf_view(&person->out);

    process->c2sd.now_ms = person->world->now_ms;
    if (bytes.len && !client_is_paused(client)) {
        size_t length = pick(person->world, 3)
                            ? bytes.len
                            : 1 + pick(person->world, (unsigned)bytes.len);

        client_receive(client, (struct str){bytes.p, length});
        buf_consume(&person->out, length);
    }
    client_continue(client);
    client_before_write(client);
    bytes = buf_view(&client->out);
    buf_add(&person->got, bytes);
    buf_consume(&client->out, bytes.len);
    if (bytes.len)
        client_written(client, bytes.len);
    if (client->state == CLIENT_CLOSING) {
        listen_to(person);
        person_drop(person, true);
    }
    process_turn(process);
}

void person_step(struct person *person, bool may_talk)
{
    struct world *world = person->world;
    struct process *process = &world->processes[person->at];

    if (!person->client) {
        if (world->now_ms >= person->again_ms)
            connect_person(person);
        return;
    }
    if (process->is_alive && process->stalled_ms <= world->now_ms)
        serve(person, process);
    listen_to(person);
    if (!person->client || !may_talk || person->state != ONLINE ||
        person->is_leaving)
        return;
    if (world->leaves && pick(world, 60) == 0)
        leave(person);
    else if (pick(world, 8) == 0)
        talk(person);
}

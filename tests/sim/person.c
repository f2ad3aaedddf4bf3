/* A client with XEP-0198: it chats by number, resumes, and keeps books. */
#include "sim.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEADER                                                                 \
    "<stream:stream to='example.com' version='1.0' xmlns='jabber:client' "     \
    "xmlns:stream='http://etherx.jabber.org/streams'>"

static void say(struct person *person, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static void say(struct person *person, const char *format, ...)
{
    char text[1024];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    trace(person->world, "u%u says %s", person->index, text);
    buf_add(&person->out, str_of(text));
}

/* Notes a stanza that XEP-0198 counts. */
static void count(struct person *person, int message)
{
    if (person->h_sent >= COUNT_OF(person->outstanding))
        abort();
    person->outstanding[person->h_sent++] = message;
}

static void say_message(struct person *person, unsigned number)
{
    unsigned to = (person->index + 1 + number % (PEOPLE - 1)) % PEOPLE;

    say(person,
        "<message to='u%u@example.com' type='chat' id='m-%u-%u-%u'>"
        "<body>x</body></message>%s",
        to, person->index, to, number,
        person->is_plain ? "" : "<r xmlns='urn:xmpp:sm:3'/>");
}

static void take_h(struct person *person, uint32_t h)
{
    struct world *world = person->world;

    if (h < person->h_acked || h > person->h_sent)
        broken_by_one(world, "u%u: h=%u after %u, sent %u", person->index, h,
               person->h_acked, person->h_sent);
    for (; person->h_acked < h && person->h_acked < person->h_sent;
         person->h_acked++) {
        int message = person->outstanding[person->h_acked];

        if (message >= 0)
            world->messages[person->index][message].is_acked = true;
    }
}

static void take_message(struct person *person, const char *text)
{
    struct world *world = person->world;
    unsigned from, to, number;
    const char *id = strstr(text, "m-");
    struct message *message;

    person->h_in++;
    if (!id || sscanf(id, "m-%u-%u-%u", &from, &to, &number) != 3 ||
        from >= PEOPLE || number >= MESSAGES)
        return;
    message = &world->messages[from][number];
    if (strstr(text, "type='error'")) {
        message->is_bounced = true;
        return;
    }
    /* The database had refused its row in the moment before sm died: it was
     * returned, came again, and was stored then. */
    if (message->is_bounced)
        return;
    if (message->delivered && message->generation == person->generation)
        broken_by_one(world, "m-%u-%u-%u came twice", from, to, number);
    if (number + 1 < person->last_seq[from])
        broken_by_one(world, "m-%u-%u-%u came after %u", from, to, number,
                      person->last_seq[from] - 1);
    person->last_seq[from] = number + 1;
    message->delivered++;
    message->generation = person->generation;
}

static uint32_t attribute(const char *text, const char *name)
{
    const char *at = strstr(text, name);

    return at ? (uint32_t)strtoul(at + strlen(name), NULL, 10) : 0;
}

static void log_in_anew(struct person *person)
{
    person->resume_id[0] = '\0';
    person->generation++;
    person->h_in = person->h_acked = person->h_sent = 0;
    memset(person->last_seq, 0, sizeof(person->last_seq));
    say(person, "<iq type='set' id='b1'><bind "
                "xmlns='urn:ietf:params:xml:ns:xmpp-bind'>"
                "<resource>r</resource></bind></iq>");
    person->state = BINDING;
}

static void comes_online(struct person *person)
{
    person->state = ONLINE;
    count(person, -1);
    say(person, "<presence/>");
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
    for (uint32_t i = person->h_acked; i < person->h_sent; i++) {
        if (person->outstanding[i] >= 0)
            say_message(person, (unsigned)person->outstanding[i]);
        else
            say(person, "<presence/>");
    }
}

static void features(struct person *person)
{
    static const char *const secrets[] = {"AHUwAHA=", "AHUxAHA=", "AHUyAHA="};

    if (person->state == HEADER_SENT) {
        say(person,
            "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' "
            "mechanism='PLAIN'>%s</auth>",
            secrets[person->index]);
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
    comes_online(person);
}

static void take(struct person *person, const char *text)
{
    bool is_counted =
        !strncmp(text, "<presence", 9) || !strncmp(text, "<iq", 3);

    trace(person->world, "u%u gets %s", person->index, text);
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
    } else if (is_counted) {
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
        say(person, "<a xmlns='urn:xmpp:sm:3' h='%u'/>", person->h_in);
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
        else
            take(person, text);
    }
}

/* What the kernel had taken for one without XEP-0198: nobody knows better. */
static void lose_unread(struct person *person)
{
    struct str rest = buf_view(&person->got);
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

/* is_known: the c2sd lives, and learns of it. */
void person_drop(struct person *person, bool is_known)
{
    if (!person->client)
        return;
    trace(person->world, "u%u is disconnected", person->index);
    if (is_known) {
        client_lost(person->client);
        client_release(person->client);
    }
    lose_unread(person);
    person->client = NULL;
    person->state = AWAY;
    person->again_ms = person->world->now_ms + 50 + pick(person->world, 3000);
    buf_clear(&person->in);
    buf_clear(&person->out);
    buf_clear(&person->got);
}

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
    trace(world, "u%u connects to c2s/%u", person->index, person->at);
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
    if (person->client && may_talk && person->state == ONLINE &&
        world->said[person->index] < MESSAGES && pick(world, 8) == 0) {
        unsigned number = world->said[person->index]++;

        world->messages[person->index][number].is_sent = true;
        count(person, (int)number);
        say_message(person, number);
    }
}

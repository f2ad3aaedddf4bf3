/* One room: everybody joins, then one speaks. Each occupant must see each other
 * one's presence once, and each message once and in order. */
#include "load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECOND   UINT64_C(1000000000)
#define STALL_NS (60 * SECOND)
#define BODY     "<body>load "

static const char padding[] =
    "Two households, both alike in dignity, in fair Verona, where we lay our "
    "scene, from ancient grudge";

/* --- what comes in -------------------------------------------------------- */

static void note_presence(struct speaker *speaker, struct str stanza)
{
    struct load *load = speaker->load;
    size_t length = strlen(load->options.room);
    /* Behind the room's address alone: a resource may begin with n too. */
    const char *room = memmem(stanza.p, stanza.len, load->options.room, length);
    unsigned long who;

    if (!room)
        return; /* somebody's ordinary presence */
    room += length;
    if (strncmp(room, "/n", 2) != 0)
        return; /* the room's own, by which ejabberd tells of its picture */
    who = strtoul(room + 2, NULL, 10);
    if (who >= load->options.connections) {
        load->wrong++;
        return;
    }
    if (speaker->seen[who / 8] & (1u << who % 8)) {
        load->again++; /* ejabberd says one to each occupant twice */
        return;
    }
    speaker->seen[who / 8] |= (uint8_t)(1u << who % 8);
    load->presences++;
    load->joined += who == speaker->number;
}

static void note_message(struct speaker *speaker, struct str stanza)
{
    const char *body = memmem(stanza.p, stanza.len, BODY, sizeof(BODY) - 1);
    struct str rest;
    uint64_t ordinal;

    if (!body)
        return; /* the subject */
    body += sizeof(BODY) - 1;
    rest = (struct str){body, (size_t)(stanza.p + stanza.len - body)};
    if (!str_to_u64(str_cut(&rest, ' '), &ordinal) ||
        ordinal != speaker->received)
        speaker->load->wrong++;
    speaker->received++;
    speaker->load->delivered++;
}

static bool take(struct speaker *speaker, const char *end,
                 void (*note)(struct speaker *speaker, struct str stanza))
{
    struct buf *in = &speaker->client.in;
    struct str bytes = buf_view(in);
    const char *found = memmem(bytes.p, bytes.len, end, strlen(end));

    if (!found)
        return false;
    bytes.len = (size_t)(found - bytes.p) + strlen(end);
    if (note)
        note(speaker, bytes);
    buf_consume(in, bytes.len);
    return true;
}

static void note_answer(struct speaker *speaker, struct str stanza)
{
    (void)stanza;
    speaker->load->is_room_open = true;
}

void room_receive(struct speaker *speaker)
{
    for (;;) {
        struct str in = buf_view(&speaker->client.in);
        const char *start = in.len ? memchr(in.p, '<', in.len) : NULL;
        bool goes_on;

        if (!start || in.p + in.len - start < 3)
            return;
        if (start[1] == 'p')
            goes_on = take(speaker, "</presence>", note_presence);
        else if (start[1] == 'm')
            goes_on = take(speaker, "</message>", note_message);
        else if (start[1] == 'i')
            goes_on = take(speaker, ">", note_answer);
        else
            goes_on = take(speaker, ">", NULL);
        if (!goes_on)
            return;
    }
}

/* --- what is done --------------------------------------------------------- */

/* Turns the wheel until `count` has reached `goal`; false without progress. */
static bool turn_until(struct load *load, const uint64_t *count, uint64_t goal)
{
    uint64_t last = *count, progress = now_ns();

    while (*count < goal) {
        client_wire_turn(&load->wire, 10);
        if (*count != last)
            progress = now_ns();
        last = *count;
        if (now_ns() - progress > STALL_NS || load->failed > 0)
            return false;
    }
    return true;
}

static void join(struct speaker *speaker)
{
    buf_printf(&speaker->client.out,
               "<presence to='%s/n%u'><x xmlns='http://jabber.org/protocol/muc'"
               "/></presence>",
               speaker->load->options.room, speaker->number);
    client_flush(&speaker->client);
}

/* The first occupant makes an instant room (XEP-0045 §10.1.2). */
static bool open_room(struct load *load)
{
    struct speaker *owner = &load->speakers[0];
    uint64_t start = now_ns();

    join(owner);
    if (!turn_until(load, &load->joined, 1))
        return false;
    buf_printf(&owner->client.out,
               "<iq type='set' id='open' to='%s'>"
               "<query xmlns='http://jabber.org/protocol/muc#owner'>"
               "<x xmlns='jabber:x:data' type='submit'/></query></iq>",
               load->options.room);
    client_flush(&owner->client);
    while (!load->is_room_open && now_ns() - start < STALL_NS)
        client_wire_turn(&load->wire, 10);
    return load->is_room_open;
}

static bool join_all(struct load *load)
{
    uint64_t total = load->options.connections;

    if (!open_room(load))
        return false;
    for (uint64_t i = 1; i < total; i++) {
        join(&load->speakers[i]);
        if (i >= load->options.window &&
            !turn_until(load, &load->joined, i + 1 - load->options.window))
            return false;
    }
    return turn_until(load, &load->presences, total * total);
}

static bool speak_all(struct load *load)
{
    struct speaker *speaker = &load->speakers[0];
    uint64_t occupants = load->options.connections;

    for (uint64_t i = 0; i < load->options.messages; i++) {
        buf_printf(&speaker->client.out,
                   "<message to='%s' type='groupchat' id='m%llu'>" BODY
                   "%llu %s</body></message>",
                   load->options.room, (unsigned long long)i,
                   (unsigned long long)i, padding);
        client_flush(&speaker->client);
        if (i >= load->options.window &&
            !turn_until(load, &load->delivered,
                        (i + 1 - load->options.window) * occupants))
            return false;
    }
    return turn_until(load, &load->delivered,
                      load->options.messages * occupants);
}

static bool measured(struct load *load, const struct processes *processes,
                     bool (*drive)(struct load *load), const uint64_t *count,
                     const char *unit)
{
    struct process_sample before, after;
    uint64_t start = now_ns();
    bool good;

    processes_sample(processes, &before, false);
    good = drive(load);
    processes_sample(processes, &after, false);
    printf("room of %u: %llu times a %s, %.0f per second, %llu wrong%s\n",
           load->options.connections, (unsigned long long)*count, unit,
           (double)*count / ((double)(now_ns() - start) / 1e9),
           (unsigned long long)load->wrong, good ? "" : ", NOT ALL CAME");
    print_shares(processes, &before, &after, *count, unit);
    return good && load->wrong == 0;
}

bool run_room(struct load *load, const struct processes *processes)
{
    unsigned bytes = load->options.connections / 8 + 1;

    for (unsigned i = 0; i < load->options.connections; i++)
        load->speakers[i].seen = mem_zalloc(bytes);
    return measured(load, processes, join_all, &load->presences,
                    "join presence") &&
           measured(load, processes, speak_all, &load->delivered,
                    "message delivery");
}

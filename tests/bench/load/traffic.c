#include "load.h"

#include <stdlib.h>
#include <string.h>

/* Bodies are "load <ordinal> <nanoseconds> …"; about 300 bytes a message. */
#define BODY "<body>load "

static const char padding[] =
    "Two households, both alike in dignity, in fair Verona, where we lay our "
    "scene, from ancient grudge break to new mutiny, where civil blood makes";

void traffic_send(struct speaker *sender)
{
    buf_printf(&sender->client.out,
               "<message to='load%u@%s/load' type='chat' id='m%llu'>" BODY
               "%llu %llu %s</body></message>",
               sender->number + 1, sender->load->options.domain,
               (unsigned long long)sender->sent,
               (unsigned long long)sender->sent, (unsigned long long)now_ns(),
               padding);
    sender->sent++;
}

static void record(struct latencies *latencies, uint64_t nanoseconds)
{
    if (latencies->count == latencies->cap) {
        latencies->cap = latencies->cap ? latencies->cap * 2 : 65536;
        latencies->microseconds =
            mem_realloc(latencies->microseconds,
                        latencies->cap * sizeof(*latencies->microseconds));
    }
    latencies->microseconds[latencies->count++] =
        (uint32_t)(nanoseconds / 1000);
}

static void one_message(struct speaker *speaker, struct str rest)
{
    struct load *load = speaker->load;
    uint64_t ordinal, sent_at;

    if (!str_to_u64(str_cut(&rest, ' '), &ordinal) ||
        !str_to_u64(str_cut(&rest, ' '), &sent_at) ||
        ordinal != speaker->received)
        load->wrong++;
    else
        record(&load->latencies, now_ns() - sent_at);
    speaker->received++;
    load->delivered++;
    if (load->refill) {
        struct speaker *sender = &load->speakers[speaker->number - 1];

        traffic_send(sender);
        client_flush(&sender->client);
    }
}

void traffic_receive(struct speaker *speaker)
{
    for (;;) {
        struct str in = buf_view(&speaker->client.in);
        const char *body, *end;

        if (in.len == 0)
            return;
        end = memmem(in.p, in.len, "</message>", 10);
        if (!end)
            return;
        body = memmem(in.p, (size_t)(end - in.p), BODY, sizeof(BODY) - 1);
        if (body) {
            body += sizeof(BODY) - 1;
            one_message(speaker, (struct str){body, (size_t)(end - body)});
        }
        buf_consume(&speaker->client.in, (size_t)(end - in.p) + 10);
    }
}

#include "load.h"

#include <stdio.h>
#include <string.h>

void speaker_start(struct load *load, unsigned number)
{
    struct speaker *speaker = &load->speakers[number];

    speaker->load = load;
    speaker->number = number;
    snprintf(speaker->client.user, sizeof(speaker->client.user), "load%u",
             number);
    client_start(&speaker->client, &load->wire);
}

void speaker_on_ready(struct client *client)
{
    buf_add_text(&client->out, "<iq type='set' id='b'>"
                               "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>"
                               "<resource>load</resource></bind></iq>");
}

static void come_online(struct speaker *speaker)
{
    static const char end[] = "</iq>";
    struct buf *in = &speaker->client.in;
    struct str bytes = buf_view(in);
    const char *found = memmem(bytes.p, bytes.len, end, strlen(end));

    if (!found)
        return;
    buf_consume(in, (size_t)(found - bytes.p) + strlen(end));
    buf_add_text(&speaker->client.out, "<presence/>");
    speaker->is_online = true;
    speaker->load->online++;
}

void speaker_on_input(struct client *client)
{
    struct speaker *speaker = (struct speaker *)client;

    if (!speaker->is_online)
        come_online(speaker);
    if (speaker->is_online)
        speaker->load->receive(speaker);
}

void speaker_on_failed(struct client *client, enum client_state state,
                       const char *why)
{
    struct speaker *speaker = (struct speaker *)client;

    if (speaker->load->failed++ < 10)
        fprintf(stderr, "%s failed in state %d: %s\n", client->user, state,
                why);
    if (speaker->is_online)
        speaker->load->online--;
    speaker->is_online = false;
}

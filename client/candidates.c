#include "candidates.h"

#include <stdlib.h>
#include <string.h>

#include "clock.h"

#define MAX_CANDIDATES 10
#define PATIENCE_MS    45000

struct candidate {
    char *host, *jid;
    unsigned short port;
};

struct candidates {
    struct candidate all[MAX_CANDIDATES];
    size_t count, at; /* the one that is tried */
    char key[SOCKS_KEY + 1];
    struct dial *dial;
    long until_ms;
};

static void add(struct candidates *candidates, xmpp_stanza_t *element)
{
    const char *name = xmpp_stanza_get_name(element);
    const char *host = xmpp_stanza_get_attribute(element, "host");
    const char *port = xmpp_stanza_get_attribute(element, "port");
    const char *jid = xmpp_stanza_get_attribute(element, "jid");
    uint64_t number;

    if (candidates->count == MAX_CANDIDATES || !name ||
        strcmp(name, "streamhost") != 0 || !host || !jid ||
        !str_to_u64(str_of(port), &number) || number == 0 || number > 65535)
        return;
    candidates->all[candidates->count++] =
        (struct candidate){.host = str_dup_heap(str_of(host)),
                           .jid = str_dup_heap(str_of(jid)),
                           .port = (unsigned short)number};
}

struct candidates *candidates_new(xmpp_stanza_t *query,
                                  const char key[SOCKS_KEY + 1])
{
    struct candidates *candidates = NEW(struct candidates);
    xmpp_stanza_t *element = xmpp_stanza_get_children(query);

    memcpy(candidates->key, key, sizeof(candidates->key));
    candidates->until_ms = clock_ms() + PATIENCE_MS;
    for (; element; element = xmpp_stanza_get_next(element))
        add(candidates, element);
    return candidates;
}

enum dial_state candidates_step(struct candidates *candidates)
{
    const struct candidate *now = &candidates->all[candidates->at];
    enum dial_state state;

    if (candidates->at == candidates->count ||
        clock_ms() >= candidates->until_ms)
        return DIAL_FAILED;
    if (!candidates->dial)
        candidates->dial = dial_new(now->host, now->port, candidates->key);
    state = dial_step(candidates->dial);
    if (state != DIAL_FAILED)
        return state;
    dial_free(candidates->dial);
    candidates->dial = NULL;
    candidates->at++;
    return DIAL_GOES_ON;
}

int candidates_take(struct candidates *candidates, const char **jid)
{
    *jid = candidates->all[candidates->at].jid;
    return dial_take(candidates->dial);
}

void candidates_free(struct candidates *candidates)
{
    if (!candidates)
        return;
    for (size_t i = 0; i < candidates->count; i++) {
        free(candidates->all[i].host);
        free(candidates->all[i].jid);
    }
    dial_free(candidates->dial);
    free(candidates);
}

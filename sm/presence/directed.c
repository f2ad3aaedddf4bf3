/* Whom a session has sent directed presence (RFC 6121 §4.6). */
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "sm/presence/presence.h"
#include "sm/session/keepsake.h"

/* Addresses that one session may show itself to, and their bytes: all of them
 * go to c2sd with each keepsake. */
#define MAX_DIRECTED       1000
#define MAX_DIRECTED_BYTES 65536u

void presence_forget_directed(struct session *session, struct str jid)
{
    struct directed **link = &session->directed, *gone;

    while ((gone = *link)) {
        if (str_eq((struct str){gone->jid, gone->len}, jid)) {
            *link = gone->next;
            session->directed_bytes -= gone->len;
            free(gone);
            keepsake_soon(session);
            return;
        }
        link = &gone->next;
    }
}

bool presence_remember_directed(struct session *session, struct str jid)
{
    struct directed *directed;
    unsigned count = 0;

    LL_FOREACH(session->directed, directed)
    {
        if (++count >= MAX_DIRECTED ||
            str_eq((struct str){directed->jid, directed->len}, jid))
            return false;
    }
    if (session->directed_bytes + jid.len > MAX_DIRECTED_BYTES)
        return false;
    directed = mem_zalloc(sizeof(*directed) + jid.len);
    memcpy(directed->jid, jid.p, jid.len);
    directed->len = jid.len;
    LL_PREPEND(session->directed, directed);
    session->directed_bytes += jid.len;
    return true;
}

bool presence_was_directed(const struct session *session, struct str bare)
{
    const struct directed *directed;

    LL_FOREACH(session->directed, directed)
    {
        struct str jid = {directed->jid, directed->len};

        if (str_starts(jid, bare) &&
            (jid.len == bare.len || jid.p[bare.len] == '/'))
            return true;
    }
    return false;
}

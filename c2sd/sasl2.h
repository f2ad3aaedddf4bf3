/* Logging in by XEP-0388: what the client wants with its login is done before
 * it is told of its success: its session is resumed (XEP-0198), or a resource
 * bound and things enabled for it (XEP-0386). */
#ifndef POSTHOUSE_C2SD_SASL2_H
#define POSTHOUSE_C2SD_SASL2_H

#include "client.h"

/* What may be wanted, as the stream features tell it. */
#define SASL2_INLINE                                                           \
    "<inline><sm xmlns='urn:xmpp:sm:3'/><bind xmlns='urn:xmpp:bind:0'>"        \
    "<inline><feature var='urn:xmpp:carbons:2'/>"                              \
    "<feature var='urn:xmpp:csi:0'/><feature var='urn:xmpp:sm:3'/></inline>"   \
    "</bind></inline>"

/* All are copies; heap. */
struct wish {
    struct str data;      /* of the mechanism's success, in Base64 */
    struct str previd, h; /* <resume/>; absent: it wants none */
    struct str failed;    /* why it was not resumed */
    bool binds;
    struct str tag;        /* what it calls itself; absent: nothing */
    struct str user_agent; /* its installation's number; absent: it has none */
    bool carbons, enables, inactive;
    struct str resume, max; /* attributes of <enable/> */
    struct str jid;         /* full: bound, and not enabled yet */
};

/* Takes over what an <authenticate/> asks for. False when it is malformed. */
MUST_CHECK bool sasl2_take_wish(struct client *client,
                                const struct xml *authenticate);
/* authd knows the client (client->jid, client->grant): does what is wanted.
 * data: of the mechanism, in Base64; absent: none. */
void sasl2_go_on(struct client *client, struct str data);
/* Adds to a <session-open/> what is wanted with it. */
void sasl2_describe(const struct client *client, struct xml *open);
/* sm has bound a resource. True when the session stands now; else sm enables
 * XEP-0198 next. */
MUST_CHECK bool sasl2_opened(struct client *client, struct str full);
/* sm has refused to resume, or to bind. */
void sasl2_refused(struct client *client, struct str condition,
                   struct str text);
/* The client has its session, if it wanted one: it is told, with the result of
 * XEP-0198 (<enabled/>, <resumed/> or NULL). */
void sasl2_succeed(struct client *client, struct xml *managed);
/* Frees client->wish. */
void sasl2_forget(struct client *client);

#endif

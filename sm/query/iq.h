/* Queries that the server answers, by itself or for an account (RFC 6120
 * §8.2.3, RFC 6121 §8.5.1): dispatch by a table that also feeds service
 * discovery. */
#ifndef POSTHOUSE_SM_IQ_H
#define POSTHOUSE_SM_IQ_H

#include "common/directory/permission.h"
#include "sm/session/session.h"

/* Whom an IQ is addressed to. */
enum iq_place {
    IQ_AT_SERVER = 1,  /* to='domain' */
    IQ_AT_SELF = 2,    /* no `to`, or the sender's own bare JID */
    IQ_AT_ACCOUNT = 4, /* to='user@domain', from somebody else */
};

/* One IQ get or set that is being answered. Made on the stack by dispatch;
 * iq_keep gives a handler one that lives until it is answered. */
struct iq_request {
    struct sm *sm;
    struct duty *duty;
    struct arena *arena;
    struct xml *iq;
    struct xml *payload;
    struct jid from;
    struct jid to; /* when the IQ had none: the sender's bare JID */
    enum iq_place place;
    struct account
        *account; /* of `to`, else of the sender; NULL when the sender
                     is foreign and the server is asked. A kept request
                     has none: find it again by account_find */
    struct session *session; /* the sender's, when it is a session of the
                                account; not in a kept request */
    struct arena own;        /* of a kept one */
    struct iq_request *next; /* for a handler's list */
    struct xml *result;      /* for a handler: the answer in the making */
    uint64_t number;         /* for a handler */
    void *data;              /* for a handler; in the arena */
    /* Where the answer goes; NULL: it is routed to the asker. */
    void (*answered)(void *ctx, const struct xml *result);
    void *answered_ctx;
    bool is_kept;
};

typedef void iq_handler(struct iq_request *request);

/* One row of what is answered. `places` or'ed. A feature is advertised in
 * disco#info of these places; FEATURE_HIDDEN rows are not. */
struct iq_row {
    const char *type; /* "get" or "set" */
    const char *element;
    struct str ns;
    unsigned places;
    iq_handler *handler;
    bool is_hidden; /* not advertised as a feature */
    bool is_stored; /* writes rows: nothing for a guest */
};
extern const struct iq_row iq_rows[];
extern const size_t iq_row_count;

/* An IQ for the server or an account; exactly one answer will be routed.
 * account and session may be NULL, see struct iq_request. */
void iq_dispatch(struct sm *sm, struct account *account,
                 struct session *session, struct duty *duty, struct xml *iq,
                 const struct jid *from, const struct jid *to,
                 enum iq_place place);

/* An empty result to fill in, in request->arena. */
struct xml *iq_make_result(struct iq_request *request);
/* Routes the answer and ends the request (frees a kept one). */
void iq_answer(struct iq_request *request, struct xml *result);
/* The same with a stanza error (RFC 6120 §8.3); text may be NULL. */
void iq_refuse(struct iq_request *request, enum stanza_error condition,
               const char *text);
/* A copy that outlives the call: holds the duty until it is answered. The one
 * passed to the handler must not be answered any more. */
struct iq_request *iq_keep(struct iq_request *request);
/* Whether the asker may; else he is refused as the permission says. */
MUST_CHECK bool iq_may(struct iq_request *request, enum permission permission);
/* Done-callback for the store's writes: ctx is a kept request; answers with an
 * empty result, or internal-server-error. */
void iq_answer_written(void *ctx, bool ok);

/* Handlers: roster_iq.c, iq_disco.c, iq_info.c (version, time, last, ping),
 * iq_external.c, iq_vcard.c, iq_private.c, iq_search.c, iq_blocking.c,
 * iq_privacy.c, iq_offline.c, iq_invisible.c, iq_archive.c, iq_archive_prefs.c,
 * iq_register.c, iq_session.c; pep/request.c.
 */
iq_handler handle_roster_get, handle_roster_set;
iq_handler handle_disco_info, handle_disco_items;
/* What the server answers to disco#info: <query/> in the arena of sm. */
struct xml *disco_describe_server(struct sm *sm);
iq_handler handle_version, handle_time, handle_time_old, handle_last,
    handle_ping;
iq_handler handle_services, handle_credentials;
iq_handler handle_vcard_get, handle_vcard_set;
iq_handler handle_private_get, handle_private_set;
iq_handler handle_pep;
iq_handler handle_search_get, handle_search_set;
iq_handler handle_blocklist_get, handle_block, handle_unblock;
iq_handler handle_archive_query, handle_archive_form, handle_archive_metadata,
    handle_archive_prefs_get, handle_archive_prefs_set;
iq_handler handle_carbons_enable, handle_carbons_disable;
iq_handler handle_invisible, handle_visible;
iq_handler handle_privacy_get, handle_privacy_set;
iq_handler handle_offline_get, handle_offline_set;
iq_handler handle_register_get, handle_register_set;
iq_handler handle_command;
iq_handler handle_session;

/* Whether an IQ for a resource may reach it: last activity is for those who see
 * the user's presence (XEP-0012 §5). */
MUST_CHECK bool iq_last_may_pass(const struct account *account,
                                 const struct xml *iq, const struct jid *from);

/* False when there is no archive, and the request was told. */
MUST_CHECK bool iq_archive_is_there(struct iq_request *request);

/* XEP-0013's node of disco#info and disco#items: true when it was asked for and
 * will be answered. */
MUST_CHECK bool iq_offline_discovered(struct iq_request *request);

#endif

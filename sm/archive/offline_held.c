/* The queue of a detached session whose c2sd, the other holder of it, is gone:
 * it is written to the database until the session is resumed or given up. */
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "common/log/log.h"
#include "sm/archive/archive.h"
#include "sm/archive/offline.h"
#include "sm/route.h"
#include "sm/session/session_queue.h"
#include "sm/store/store.h"

/* A row that is being written, or all of a session's that are let go. */
struct writing {
    struct account *account;
    struct duty *duty;
    struct queued *queued; /* whose row it is; NULL: none, or it has gone */
    bool is_release;
};

void writing_forget(struct writing *writing)
{
    writing->queued = NULL;
}

static void on_written(void *ctx, bool ok)
{
    struct writing *writing = ctx;
    struct account *account = writing->account;
    struct sm *sm = account->sm;

    arena_reset(&sm->arena);
    if (!ok)
        log_event(LOG_LEVEL_ERROR, "held-not-written",
                  LOG_STR("jid", account->jid.bare));
    if (writing->queued) {
        writing->queued->writing = NULL;
        /* The row has it, however long it takes until the session is resumed.
         */
        if (ok)
            queued_release_sender(writing->queued);
    }
    duty_drop(writing->duty);
    offline_write_done(account, writing->is_release);
    free(writing);
    sessions_settle(sm);
    account_update_idle(account);
}

static struct writing *begin(struct account *account, struct duty *duty)
{
    struct writing *writing = NEW(struct writing);

    *writing = (struct writing){.account = account, .duty = duty};
    duty_hold(duty);
    offline_write_begin(account);
    account_update_idle(account);
    return writing;
}

static struct str origin_of(const struct queued *queued)
{
    if (queued->origin)
        return str_of(queued->origin);
    return queued->duty ? queued->duty->origin : STR_NONE;
}

/* What is in the archive is referred to; the rest becomes a row of its own. */
static void hold(struct session *session, struct queued *queued,
                 const struct xml *stanza)
{
    struct account *account = session->account;
    struct sm *sm = account->sm;
    struct writing *writing = begin(account, queued->duty);
    int64_t id = archive_stamp_of(stanza, account->jid.bare);
    struct str holder = str_of(session->resume_id);
    struct store_message row;

    queued->writing = writing;
    writing->queued = queued;
    if (id) {
        archive_write_before(account, queued->duty, id);
        store_offline_refer(sm->store, store_user(&account->jid), id,
                            origin_of(queued), queued->stamp_ms, holder,
                            on_written, writing);
        return;
    }
    row = offline_row(account, queued->duty, queued_body(queued, session));
    store_offline_add(sm->store, &row, queued->stamp_ms, holder, on_written,
                      writing);
}

void session_store_queued(struct session *session, struct queued *queued)
{
    struct account *account = session->account;
    struct sm *sm = account->sm;
    struct xml *stanza;
    struct str body;

    if (account->is_guest || !session->is_resumable || !queued->is_solid ||
        queued->is_stored)
        return;
    body = queued_body(queued, session);
    stanza = xml_parse(sm->parser, &sm->arena, body);
    if (!stanza || stanza_kind(stanza) != STANZA_MESSAGE ||
        !offline_is_worth_keeping(stanza))
        return;
    queued->is_stored = true;
    session->has_stored = true;
    hold(session, queued, stanza);
}

void session_store_queue(struct session *session)
{
    struct queued *queued;

    for (queued = session->queue; queued; queued = queued->next)
        session_store_queued(session, queued);
}

void session_stored_taken(struct session *session)
{
    struct account *account = session->account;
    struct queued *queued;

    if (!session->has_stored)
        return;
    session->has_stored = false;
    for (queued = session->queue; queued; queued = queued->next) {
        queued->is_stored = false;
        if (queued->writing)
            writing_forget(queued->writing); /* the c2sd holds it now */
        queued->writing = NULL;
    }
    store_offline_taken(account->sm->store, store_user(&account->jid),
                        str_of(session->resume_id), on_written,
                        begin(account, NULL));
}

void offline_release(struct account *account, struct str holder)
{
    struct writing *writing = begin(account, NULL);

    writing->is_release = true;
    account->has_held = false;
    store_offline_release(account->sm->store, store_user(&account->jid), holder,
                          on_written, writing);
}

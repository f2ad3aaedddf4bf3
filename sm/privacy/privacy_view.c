#include "sm/privacy/privacy_view.h"

#include <utlist.h>

#include "sm/presence/contact.h"
#include "sm/presence/presence.h"

/* Between one session and one contact. */
struct sight {
    struct session *session;
    struct jid contact;
    bool shows, sees; /* by subscription */
    bool out, in;     /* what the lists allow */
};

struct privacy_view {
    struct sight *sights;
    size_t count;
};

static void judge(struct sight *sight)
{
    const struct session *session = sight->session;

    sight->out = privacy_allows(session->account, session, &sight->contact,
                                PRIVACY_PRESENCE_OUT);
    sight->in = privacy_allows(session->account, session, &sight->contact,
                               PRIVACY_PRESENCE_IN);
}

static size_t count_sessions(const struct account *account)
{
    const struct session *session;
    size_t count;

    DL_COUNT(account->sessions, session, count);
    return count;
}

struct gathering {
    struct privacy_view *view;
    const struct account *account;
    struct arena *arena;
};

static void add_contact(void *ctx, const struct contact *contact)
{
    const struct gathering *gathering = ctx;
    struct privacy_view *view = gathering->view;
    struct sight sight = {.shows = contact->sees, .sees = contact->is_seen};
    struct session *session;

    if ((!sight.shows && !sight.sees) ||
        !jid_parse(&sight.contact, gathering->arena, contact->jid))
        return;
    DL_FOREACH(gathering->account->sessions, session)
    {
        if (!session->is_available || session->is_doomed)
            continue;
        sight.session = session;
        judge(&sight);
        view->sights[view->count++] = sight;
    }
}

struct privacy_view *privacy_view_new(const struct account *account,
                                      struct arena *arena)
{
    struct privacy_view *view = arena_alloc(arena, sizeof(*view));
    size_t most = contact_count(account) * count_sessions(account) + 1;

    view->count = 0;
    view->sights = arena_alloc(arena, most * sizeof(*view->sights));
    contact_each(account, add_contact,
                 &(struct gathering){view, account, arena});
    return view;
}

static void show_change(const struct sight *before, struct duty *duty)
{
    struct sight now = *before;

    judge(&now);
    if (now.shows && now.out != before->out)
        presence_show_one(now.session, duty, now.contact.full, now.out);
    if (!now.sees || now.in == before->in)
        return;
    if (now.in)
        presence_probe(now.session, duty, now.contact.full);
    else
        presence_hide_contact(now.session, duty, now.contact.full);
}

void privacy_view_show_changes(const struct privacy_view *before,
                               struct duty *duty)
{
    for (size_t i = 0; i < before->count; i++)
        show_change(&before->sights[i], duty);
}

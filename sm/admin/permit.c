#include "sm/admin/permit.h"

#include "common/link/control.h"
#include "common/log/log.h"
#include "common/service/service.h"
#include "sm/presence/contact.h"
#include "sm/route.h"
#include "sm/transfer/transfer.h"
#include "sm/transfer/upload.h"

bool permit(const struct sm *sm, struct str bare_jid,
            enum permission permission)
{
    return permission_decide(sm->directory,
                             directory_find(sm->directory, bare_jid),
                             permission, sm->config)
        .is_allowed;
}

int64_t permit_limit(const struct account *account, enum permission permission)
{
    const struct sm *sm = account->sm;

    return permission_decide(sm->directory,
                             directory_find(sm->directory, account->jid.bare),
                             permission, sm->config)
        .number;
}

/* --- what a stanza asks for ------------------------------------------------ */

static void note_file(void *ctx, const struct transfer_file *file)
{
    (void)file;
    *(bool *)ctx = true;
}

static bool offers_file(const struct account *account, const struct xml *stanza,
                        const struct jid *to)
{
    bool found = false;

    (void)account, (void)to;
    transfer_each_file(stanza, note_file, &found);
    return found;
}

/* A status is words as well: those who see it anyway may hear it directly. */
static bool presence_is_said(const struct account *account,
                             const struct xml *stanza, const struct jid *to)
{
    switch (presence_type(stanza)) {
    case PRESENCE_SUBSCRIBE:
        return true;
    case PRESENCE_AVAILABLE:
    case PRESENCE_UNAVAILABLE:
        return !contact_sees(account, to->bare);
    default:
        return false;
    }
}

/* Says something of its own to its addressee: no answer, no notification. */
static bool is_said(const struct account *account, const struct xml *stanza,
                    const struct jid *to)
{
    switch (stanza_kind(stanza)) {
    case STANZA_MESSAGE:
        return message_type(stanza) != MESSAGE_ERROR;
    case STANZA_PRESENCE:
        return presence_is_said(account, stanza, to);
    case STANZA_IQ:
        /* What goes to the bare address the server answers, unless it is a file
         * that it keeps for him. */
        return (iq_type(stanza) == IQ_GET || iq_type(stanza) == IQ_SET) &&
               (to->resource.len || offers_file(account, stanza, to));
    case STANZA_NONE:
        break;
    }
    return false;
}

static bool is_outside(const struct account *account, const struct xml *stanza,
                       const struct jid *to)
{
    const struct directory *directory = account->sm->directory;

    return sm_serves(account->sm, to->domain) && to->local.len &&
           !jid_bare_eq(to, &account->jid) && is_said(account, stanza, to) &&
           !directory_are_close(directory_find(directory, account->jid.bare),
                                directory_find(directory, to->bare));
}

/* A room writes to whom it is told to invite. */
static bool invites_outside(const struct account *account,
                            const struct xml *stanza, const struct jid *to)
{
    const struct directory *directory = account->sm->directory;
    const struct xml *x = xml_child(stanza, NS_MUC_USER, "x");
    const struct xml *invite = x ? xml_child(x, NS_MUC_USER, "invite") : NULL;
    struct jid invited;

    (void)to;
    for (; invite; invite = xml_next(invite, NS_MUC_USER, "invite"))
        if (jid_parse(&invited, &account->sm->arena, xml_get(invite, "to")) &&
            sm_serves(account->sm, invited.domain) &&
            !directory_are_close(directory_find(directory, account->jid.bare),
                                 directory_find(directory, invited.bare)))
            return true;
    return false;
}

bool permit_is_abroad(const struct sm *sm, struct str domain)
{
    return !sm_serves(sm, domain) &&
           !service_has(sm->config, SERVICE_ROOMS, domain) &&
           !service_has(sm->config, SERVICE_PROXY, domain) &&
           !service_has(sm->config, SERVICE_UPLOAD, domain) &&
           !service_has(sm->config, SERVICE_BROADCAST, domain) &&
           !channels_is_up(sm->channels, domain);
}

static bool asks_for_slot(const struct account *account,
                          const struct xml *stanza, const struct jid *to)
{
    struct transfer_file file;

    return upload_is_asked(account->sm, stanza, to, &file);
}

static bool is_foreign(const struct account *account, const struct xml *stanza,
                       const struct jid *to)
{
    (void)stanza;
    return permit_is_abroad(account->sm, to->domain);
}

static const struct {
    bool (*is_asked)(const struct account *account, const struct xml *stanza,
                     const struct jid *to);
    enum permission permission;
} questions[] = {
    {is_foreign, MAY_FEDERATE},
    {is_outside, MAY_CHAT_OUTSIDE},
    {invites_outside, MAY_CHAT_OUTSIDE},
    {offers_file, MAY_SEND_FILE},
    {asks_for_slot, MAY_SEND_FILE},
    {asks_for_slot, MAY_UPLOAD},
};

/* mucd alone knows whether a room is there; it is told who may make none. */
static void mark_for_rooms(const struct account *account, struct xml *stanza,
                           const struct jid *to)
{
    const struct sm *sm = account->sm;
    struct xml *mark;

    while ((mark = xml_child(stanza, NS_LINK_CONTROL, CTL_RESTRICTED)))
        xml_remove(mark);
    if (stanza_kind(stanza) == STANZA_PRESENCE &&
        presence_type(stanza) == PRESENCE_AVAILABLE &&
        service_has(sm->config, SERVICE_ROOMS, to->domain) &&
        !permit(sm, account->jid.bare, MAY_CREATE_ROOM))
        xml_add(stanza, NS_LINK_CONTROL, STR(CTL_RESTRICTED));
}

bool permit_stanza(struct account *account, struct duty *duty,
                   struct xml *stanza, const struct jid *to)
{
    struct sm *sm = account->sm;

    for (size_t i = 0; i < COUNT_OF(questions); i++) {
        const struct permission_row *row =
            &permission_rows[questions[i].permission];

        if (permit(sm, account->jid.bare, questions[i].permission) ||
            !questions[i].is_asked(account, stanza, to))
            continue;
        log_event(LOG_LEVEL_INFO, "not-permitted",
                  LOG_STR("jid", account->jid.bare), LOG_STR("to", to->full),
                  LOG_STR("permission", str_of(row->name)));
        route_error(sm, duty, stanza, row->refusal, row->text);
        return false;
    }
    mark_for_rooms(account, stanza, to);
    return true;
}

bool permit_from_abroad(struct sm *sm, struct duty *duty,
                        const struct xml *stanza, const struct jid *to)
{
    if (!to->local.len || permit(sm, to->bare, MAY_FEDERATE))
        return true;
    if (stanza_kind(stanza) != STANZA_PRESENCE)
        route_error(sm, duty, stanza, ERR_SERVICE_UNAVAILABLE, NULL);
    return false;
}

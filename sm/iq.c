#include "iq.h"

#include <stdlib.h>

#include "route.h"

#define ANYWHERE (IQ_AT_SERVER | IQ_AT_SELF | IQ_AT_ACCOUNT)

const struct iq_row iq_rows[] = {
    {"get", "query", "jabber:iq:roster", IQ_AT_SELF, handle_roster_get, true},
    {"set", "query", "jabber:iq:roster", IQ_AT_SELF, handle_roster_set, true},
    {"get", "query", "http://jabber.org/protocol/disco#info", ANYWHERE,
     handle_disco_info, false},
    {"get", "query", "http://jabber.org/protocol/disco#items", ANYWHERE,
     handle_disco_items, false},
    {"get", "query", "jabber:iq:version", IQ_AT_SERVER, handle_version, false},
    {"get", "time", "urn:xmpp:time", IQ_AT_SERVER, handle_time, false},
    {"get", "query", "jabber:iq:time", IQ_AT_SERVER, handle_time_old, false},
    {"get", "query", "jabber:iq:last", ANYWHERE, handle_last, false},
    {"get", "ping", "urn:xmpp:ping", ANYWHERE, handle_ping, false},
    {"get", "vCard", "vcard-temp", ANYWHERE, handle_vcard_get, false},
    {"set", "vCard", "vcard-temp", IQ_AT_SELF, handle_vcard_set, false},
    {"get", "query", "jabber:iq:private", IQ_AT_SELF, handle_private_get,
     false},
    {"set", "query", "jabber:iq:private", IQ_AT_SELF, handle_private_set,
     false},
    {"get", "query", "jabber:iq:search", IQ_AT_SERVER, handle_search_get,
     false},
    {"set", "query", "jabber:iq:search", IQ_AT_SERVER, handle_search_set,
     false},
    {"get", "blocklist", "urn:xmpp:blocking", IQ_AT_SELF, handle_blocklist_get,
     false},
    {"set", "block", "urn:xmpp:blocking", IQ_AT_SELF, handle_block, false},
    {"set", "unblock", "urn:xmpp:blocking", IQ_AT_SELF, handle_unblock, false},
    {"get", "query", "jabber:iq:privacy", IQ_AT_SELF, handle_privacy_get,
     false},
    {"set", "query", "jabber:iq:privacy", IQ_AT_SELF, handle_privacy_set,
     false},
    {"get", "offline", "http://jabber.org/protocol/offline", IQ_AT_SELF,
     handle_offline_get, false},
    {"set", "offline", "http://jabber.org/protocol/offline", IQ_AT_SELF,
     handle_offline_set, false},
    {"get", "query", "jabber:iq:register", IQ_AT_SERVER | IQ_AT_SELF,
     handle_register_get, false},
    {"set", "query", "jabber:iq:register", IQ_AT_SERVER | IQ_AT_SELF,
     handle_register_set, false},
    {"set", "session", "urn:ietf:params:xml:ns:xmpp-session",
     IQ_AT_SERVER | IQ_AT_SELF, handle_session, true},
};
const size_t iq_row_count = COUNT_OF(iq_rows);

/* The row that answers; `known` tells whether its namespace is one of ours. */
static const struct iq_row *find_row(const struct iq_request *request,
                                     bool *known)
{
    const char *type = iq_type(request->iq) == IQ_SET ? "set" : "get";

    *known = false;
    for (size_t i = 0; i < iq_row_count; i++) {
        const struct iq_row *row = &iq_rows[i];

        if (!str_is(request->payload->ns, row->ns))
            continue;
        *known = true;
        if (str_is(request->payload->name, row->element) &&
            str_is(str_of(type), row->type) && (row->places & request->place))
            return row;
    }
    return NULL;
}

void iq_dispatch(struct sm *sm, struct account *account,
                 struct session *session, struct duty *duty, struct xml *iq,
                 const struct jid *from, const struct jid *to,
                 enum iq_place place)
{
    struct iq_request request = {
        .sm = sm,
        .duty = duty,
        .arena = &sm->arena,
        .iq = iq,
        .payload = iq_payload(iq),
        .from = *from,
        .to = *to,
        .place = place,
        .account = account,
        .session = session,
    };
    const struct iq_row *row;
    bool known;

    if (!request.payload || xml_next(request.payload, STR_NONE, NULL)) {
        iq_refuse(&request, ERR_BAD_REQUEST,
                  "A query has exactly one child element");
        return;
    }
    row = find_row(&request, &known);
    if (row)
        row->handler(&request);
    else
        iq_refuse(&request,
                  known && place != IQ_AT_ACCOUNT ? ERR_FEATURE_NOT_IMPLEMENTED
                                                  : ERR_SERVICE_UNAVAILABLE,
                  NULL);
}

/* --- answering ------------------------------------------------------------
 */

struct xml *iq_make_result(struct iq_request *request)
{
    struct xml *result = iq_result(request->arena, request->iq);

    if (!xml_get(result, "from").p && request->place != IQ_AT_SELF)
        xml_set(result, STR("from"), request->to.full);
    return result;
}

static void end(struct iq_request *request)
{
    if (!request->is_kept)
        return;
    duty_drop(request->duty);
    arena_clear(&request->own);
    free(request);
}

void iq_answer(struct iq_request *request, struct xml *result)
{
    /* Routing needs both addresses; the server speaks for the account. */
    xml_set(result, STR("to"), request->from.full);
    if (!xml_get(result, "from").p)
        xml_set(result, STR("from"), request->to.full);
    route(request->sm, request->duty, result);
    end(request);
}

void iq_refuse(struct iq_request *request, enum stanza_error condition,
               const char *text)
{
    struct xml *reply =
        stanza_error_reply(request->arena, request->iq, condition, text);

    if (reply)
        iq_answer(request, reply);
    else
        end(request);
}

struct iq_request *iq_keep(struct iq_request *request)
{
    struct iq_request *kept = NEW(struct iq_request);
    struct arena *own = &kept->own;

    *kept = *request;
    kept->own = (struct arena){0};
    own = &kept->own;
    kept->arena = own;
    kept->iq = xml_dup(own, request->iq);
    kept->payload = iq_payload(kept->iq);
    (void)!jid_parse(&kept->from, own, request->from.full);
    (void)!jid_parse(&kept->to, own, request->to.full);
    kept->account = NULL;
    kept->session = NULL;
    kept->is_kept = true;
    duty_hold(request->duty);
    return kept;
}

void iq_answer_written(void *ctx, bool ok)
{
    struct iq_request *request = ctx;

    if (ok)
        iq_answer(request, iq_make_result(request));
    else
        iq_refuse(request, ERR_INTERNAL_SERVER_ERROR,
                  "The change could not be stored");
}

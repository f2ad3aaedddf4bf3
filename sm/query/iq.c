#include "sm/query/iq.h"

#include <stdlib.h>

#include "sm/admin/permit.h"
#include "sm/route.h"

#define ANYWHERE (IQ_AT_SERVER | IQ_AT_SELF | IQ_AT_ACCOUNT)

const struct iq_row iq_rows[] = {
    {"get", "query", NS_ROSTER, IQ_AT_SELF, handle_roster_get, true, false},
    {"set", "query", NS_ROSTER, IQ_AT_SELF, handle_roster_set, true, true},
    {"get", "query", NS_DISCO_INFO, ANYWHERE, handle_disco_info, false, false},
    {"get", "query", NS_DISCO_ITEMS, ANYWHERE, handle_disco_items, false,
     false},
    {"get", "query", NS_VERSION, IQ_AT_SERVER, handle_version, false, false},
    {"get", "time", NS_TIME, IQ_AT_SERVER, handle_time, false, false},
    {"get", "query", NS_TIME_OLD, IQ_AT_SERVER, handle_time_old, false, false},
    {"get", "query", NS_LAST, ANYWHERE, handle_last, false, false},
    {"get", "ping", NS_PING, ANYWHERE, handle_ping, false, false},
    {"get", "services", NS_EXTDISCO, IQ_AT_SERVER, handle_services, false,
     false},
    {"get", "credentials", NS_EXTDISCO, IQ_AT_SERVER, handle_credentials, false,
     false},
    {"get", "vCard", NS_VCARD, ANYWHERE, handle_vcard_get, false, false},
    {"set", "vCard", NS_VCARD, IQ_AT_SELF, handle_vcard_set, false, true},
    {"get", "query", NS_PRIVATE, IQ_AT_SELF, handle_private_get, false, false},
    {"set", "query", NS_PRIVATE, IQ_AT_SELF, handle_private_set, false, true},
    {"get", "pubsub", NS_PUBSUB, IQ_AT_SELF | IQ_AT_ACCOUNT, handle_pep, true,
     false},
    {"set", "pubsub", NS_PUBSUB, IQ_AT_SELF | IQ_AT_ACCOUNT, handle_pep, true,
     true},
    {"get", "pubsub", NS_PUBSUB_OWNER, IQ_AT_SELF, handle_pep, true, false},
    {"set", "pubsub", NS_PUBSUB_OWNER, IQ_AT_SELF, handle_pep, true, true},
    {"get", "query", NS_SEARCH, IQ_AT_SERVER, handle_search_get, false, false},
    {"set", "query", NS_SEARCH, IQ_AT_SERVER, handle_search_set, false, false},
    {"set", "command", NS_COMMANDS, IQ_AT_SERVER, handle_command, false, false},
    {"get", "blocklist", NS_BLOCKING, IQ_AT_SELF, handle_blocklist_get, false,
     false},
    {"set", "block", NS_BLOCKING, IQ_AT_SELF, handle_block, false, true},
    {"set", "unblock", NS_BLOCKING, IQ_AT_SELF, handle_unblock, false, true},
    {"get", "query", NS_MAM, IQ_AT_SELF, handle_archive_form, true, false},
    {"set", "query", NS_MAM, IQ_AT_SELF, handle_archive_query, true, false},
    {"get", "metadata", NS_MAM, IQ_AT_SELF, handle_archive_metadata, true,
     false},
    {"get", "prefs", NS_MAM, IQ_AT_SELF, handle_archive_prefs_get, true,
     false},
    {"set", "prefs", NS_MAM, IQ_AT_SELF, handle_archive_prefs_set, true, true},
    {"set", "enable", NS_CARBONS, IQ_AT_SELF, handle_carbons_enable, false,
     false},
    {"set", "disable", NS_CARBONS, IQ_AT_SELF, handle_carbons_disable, false,
     false},
    {"set", "invisible", NS_INVISIBLE, IQ_AT_SELF, handle_invisible, false,
     false},
    {"set", "visible", NS_INVISIBLE, IQ_AT_SELF, handle_visible, false, false},
    {"get", "query", NS_PRIVACY, IQ_AT_SELF, handle_privacy_get, false, false},
    {"set", "query", NS_PRIVACY, IQ_AT_SELF, handle_privacy_set, false, true},
    {"get", "offline", NS_OFFLINE, IQ_AT_SELF, handle_offline_get, false,
     false},
    {"set", "offline", NS_OFFLINE, IQ_AT_SELF, handle_offline_set, false, true},
    {"get", "query", NS_REGISTER, IQ_AT_SERVER | IQ_AT_SELF,
     handle_register_get, false, false},
    {"set", "query", NS_REGISTER, IQ_AT_SERVER | IQ_AT_SELF,
     handle_register_set, false, false},
    {"set", "session", NS_SESSION, IQ_AT_SERVER | IQ_AT_SELF, handle_session,
     true, false},
};
const size_t iq_row_count = COUNT_OF(iq_rows);

/* The row that answers. Without one, `condition` tells why: what only the owner
 * may ask is forbidden to others, what is known but not here is not
 * implemented. */
static const struct iq_row *find_row(const struct iq_request *request,
                                     enum stanza_error *condition)
{
    const char *type = iq_type(request->iq) == IQ_SET ? "set" : "get";

    *condition = ERR_SERVICE_UNAVAILABLE;
    for (size_t i = 0; i < iq_row_count; i++) {
        const struct iq_row *row = &iq_rows[i];

        if (!str_eq(request->payload->ns, row->ns))
            continue;
        if (str_is(request->payload->name, row->element) &&
            str_is(str_of(type), row->type)) {
            if (row->places & request->place)
                return row;
            if (request->place == IQ_AT_ACCOUNT && row->places == IQ_AT_SELF)
                *condition = ERR_FORBIDDEN;
        }
        if (request->place != IQ_AT_ACCOUNT)
            *condition = ERR_FEATURE_NOT_IMPLEMENTED;
    }
    return NULL;
}

/* XEP-0191 §3.3: to those whom the user does not want he is not there. */
static bool is_unwanted(const struct iq_request *request)
{
    return request->place == IQ_AT_ACCOUNT &&
           !privacy_allows(request->account, NULL, &request->from, PRIVACY_IQ);
}

static void answer(struct iq_request *request)
{
    enum stanza_error condition;
    const struct iq_row *row;

    if (is_unwanted(request)) {
        iq_refuse(request, ERR_SERVICE_UNAVAILABLE, NULL);
        return;
    }
    row = find_row(request, &condition);
    if (!row)
        iq_refuse(request, condition, NULL);
    else if (row->is_stored && request->account->is_guest)
        iq_refuse(request, ERR_NOT_ALLOWED, "Nothing is kept for a guest");
    else
        row->handler(request);
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
    enum iq_type type = iq_type(iq);

    if (type == IQ_RESULT || type == IQ_ERROR)
        return; /* to a push, or to nothing that was asked */
    if (type == IQ_INVALID || !request.payload ||
        xml_next(request.payload, STR_NONE, NULL))
        iq_refuse(&request, ERR_BAD_REQUEST,
                  "A query is a get or set with exactly one child element");
    else
        answer(&request);
}

/* --- answering ------------------------------------------------------------ */

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
    if (request->answered)
        request->answered(request->answered_ctx, result);
    else
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

bool iq_may(struct iq_request *request, enum permission permission)
{
    const struct permission_row *row = &permission_rows[permission];

    if (permit(request->sm, request->from.bare, permission))
        return true;
    iq_refuse(request, row->refusal, row->text);
    return false;
}

struct iq_request *iq_keep(struct iq_request *request)
{
    struct iq_request *kept = NEW(struct iq_request);
    struct arena *own = &kept->own;

    *kept = *request;
    kept->own = (struct arena){0};
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

#include "sm/session/carbons.h"

#include <utlist.h>

#include "sm/archive/archive.h"
#include "sm/query/iq.h"
#include "sm/session/keepsake.h"
#include "sm/session/session_queue.h"

static const char *const names[] = {
    [CARBON_SENT] = "sent", [CARBON_RECEIVED] = "received"};

/* --- which messages (§6.1) ------------------------------------------------ */

static bool has_im_payload(const struct xml *message)
{
    const struct xml *child = xml_child(message, STR_NONE, NULL);

    for (; child; child = xml_next(child, STR_NONE, NULL))
        if (str_eq(child->ns, NS_CHATSTATES) ||
            str_eq(child->ns, NS_RECEIPTS) ||
            str_eq(child->ns, NS_CHAT_MARKERS) ||
            xml_is(child, NS_CONFERENCE, "x"))
            return true;
    return false;
}

static bool is_invitation(const struct xml *of_room)
{
    return xml_child(of_room, NS_MUC_USER, "invite") ||
           xml_child(of_room, NS_MUC_USER, "decline");
}

/* Whether an error answers a message that was copied. What came back of that
 * tells; where nothing did, as from this server, it may have been one: better
 * an error of something unheard of than a message that seems to have arrived.
 */
static bool answers_copied(const struct xml *error)
{
    const struct xml *child = xml_child(error, STR_NONE, NULL);
    bool tells = false;

    for (; child; child = xml_next(child, STR_NONE, NULL))
        tells = tells || !xml_is(child, NS_CLIENT, "error");
    return !tells || xml_child(error, NS_CLIENT, "body") ||
           has_im_payload(error);
}

bool carbons_are_due(const struct xml *message, enum carbon direction)
{
    const struct xml *of_room = xml_child(message, NS_MUC_USER, "x");

    if (xml_child(message, NS_CARBONS, "private") ||
        xml_child(message, NS_HINTS, "no-copy"))
        return false;
    if (message_type(message) == MESSAGE_GROUPCHAT)
        return false;
    if (of_room && direction == CARBON_RECEIVED)
        return is_invitation(of_room);
    switch (message_type(message)) {
    case MESSAGE_CHAT:
        return true;
    case MESSAGE_ERROR:
        return answers_copied(message);
    case MESSAGE_NORMAL:
        return xml_child(message, NS_CLIENT, "body") || of_room ||
               has_im_payload(message);
    default:
        return has_im_payload(message);
    }
}

/* --- copies --------------------------------------------------------------- */

/* Not that of the message: who got the one need not have got the other. */
static struct str origin_of_copy(struct sm *sm, struct duty *duty)
{
    struct str origin = queued_origin(sm, duty);

    return origin.len ? arena_printf(&sm->arena, "%.*s:copy", STR_ARG(origin))
                      : STR_NONE;
}

void carbon_send(struct session *session, struct duty *duty,
                 const struct xml *message, enum carbon direction)
{
    struct account *account = session->account;
    struct arena *arena = &account->sm->arena;
    struct xml *copy, *forwarded;

    if (!session->wants_carbons || session->is_doomed)
        return;
    copy = xml_new(arena, NS_CLIENT, STR("message"));
    xml_set(copy, STR("from"), account->jid.bare);
    xml_set(copy, STR("to"), session->jid.full);
    xml_set(copy, STR("type"), xml_get(message, "type"));
    forwarded = xml_add(xml_add(copy, NS_CARBONS, str_of(names[direction])),
                        NS_FORWARD, STR("forwarded"));
    xml_append(forwarded, xml_dup(arena, message));
    session_send_from(session, duty, origin_of_copy(account->sm, duty), copy);
}

/* The id is for the user's own eyes (XEP-0313 §3.4): it leaves the message
 * again.
 */
void carbons_of_sent(const struct session *sender, struct duty *duty,
                     struct xml *message, int64_t archive_id)
{
    struct account *account = sender->account;
    struct xml *stamp = NULL;
    struct session *session;

    if (!account->sessions->next || !carbons_are_due(message, CARBON_SENT))
        return;
    if (archive_id)
        stamp = archive_stamp(message, account->jid.bare, archive_id);
    DL_FOREACH(account->sessions, session)
    if (session != sender)
        carbon_send(session, duty, message, CARBON_SENT);
    if (stamp)
        xml_remove(stamp);
}

struct xml *carbons_original(const struct xml *copy)
{
    static const enum carbon all[] = {CARBON_SENT, CARBON_RECEIVED};
    const struct xml *child;

    for (size_t i = 0; i < COUNT_OF(all); i++) {
        child = xml_child(copy, NS_CARBONS, names[all[i]]);
        if (child)
            child = xml_child(child, NS_FORWARD, "forwarded");
        if (child)
            return xml_child(child, NS_CLIENT, "message");
    }
    return NULL;
}

bool carbons_is_copy(const struct xml *stanza)
{
    return xml_child(stanza, NS_CARBONS, names[CARBON_SENT]) ||
           xml_child(stanza, NS_CARBONS, names[CARBON_RECEIVED]);
}

/* --- enabling (§4, §5) ---------------------------------------------------- */

static void set_wanted(struct iq_request *request, bool is_wanted)
{
    struct session *session = request->session;

    if (!session) {
        iq_refuse(request, ERR_NOT_ALLOWED, NULL);
        return;
    }
    session->wants_carbons = is_wanted;
    keepsake_due(session);
    iq_answer(request, iq_make_result(request));
}

void handle_carbons_enable(struct iq_request *request)
{
    set_wanted(request, true);
}

void handle_carbons_disable(struct iq_request *request)
{
    set_wanted(request, false);
}

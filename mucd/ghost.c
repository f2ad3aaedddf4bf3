#include "ghost.h"

#include "common/log/log.h"
#include "presence.h"
#include "send.h"

/* The delivery errors of §8.1 and XEP-0410; sm says service-unavailable of a
 * resource that is gone. */
static bool tells_of_a_ghost(const struct xml *stanza)
{
    static const char *const conditions[] = {
        "gone",     "item-not-found",          "recipient-unavailable",
        "redirect", "remote-server-not-found", "remote-server-timeout"};
    const struct xml *error = xml_child(stanza, NS_CLIENT, "error");

    for (size_t i = 0; error && i < COUNT_OF(conditions); i++)
        if (xml_child(error, NS_STANZA_ERROR, conditions[i]))
            return true;
    return error && stanza_kind(stanza) != STANZA_IQ &&
           xml_child(error, NS_STANZA_ERROR, "service-unavailable");
}

void ghost_bounced(struct mucd *mucd, struct duty *duty,
                   const struct xml *stanza, const struct jid *from,
                   const struct jid *to)
{
    struct room *room = room_find(mucd, to->bare);
    struct seat *seat = room ? room_seat(room, from->full) : NULL;
    const struct change change = {.codes = {333}};

    if (!seat || !tells_of_a_ghost(stanza))
        return;
    log_event(LOG_LEVEL_INFO, "ghost-removed", LOG_STR("room", to->bare),
              LOG_STR("jid", from->full));
    seat_leave(seat, duty, &change);
}

/* --- the silent ----------------------------------------------------------- */

static void ping(struct seat *seat)
{
    struct room *room = seat->occupant->room;
    struct mucd *mucd = room->mucd;
    struct xml *iq = xml_new(&mucd->arena, NS_CLIENT, STR("iq"));

    xml_set(iq, STR("type"), STR("get"));
    xml_set(iq, STR("from"), room->jid.bare);
    xml_set(iq, STR("to"), seat->jid.full);
    xml_set(iq, STR("id"), stanza_new_id(&mucd->arena));
    xml_add(iq, NS_PING, STR("ping"));
    seat->pinged_ms = mucd->steady_ms;
    send_at_once(mucd, NULL, iq);
}

/* Silent ones are asked once; who does not answer then is gone (§17.1.2). */
static void check_room(struct room *room, int64_t silent_ms, int64_t answer_ms)
{
    const struct change change = {.codes = {333}};
    int64_t now_ms = room->mucd->steady_ms;
    struct seat *seat, *next;

    for (seat = room->seats; seat; seat = next) {
        bool is_last = HASH_COUNT(room->seats) == 1;

        next = seat->hh.next;
        if (seat->pinged_ms == 0 && now_ms - seat->heard_ms > silent_ms) {
            ping(seat);
        } else if (seat->pinged_ms && now_ms - seat->pinged_ms > answer_ms) {
            log_event(LOG_LEVEL_INFO, "ghost-removed",
                      LOG_STR("room", room->jid.bare),
                      LOG_STR("jid", seat->jid.full));
            seat_leave(seat, NULL, &change);
            if (is_last)
                return; /* the room may be gone with him */
        }
    }
}

void ghosts_look_for(struct mucd *mucd)
{
    int64_t silent_ms = config_int(mucd->config, "mucd.ping-after") * 1000;
    int64_t answer_ms = config_int(mucd->config, "mucd.ping-timeout") * 1000;
    struct room *room, *next;

    if (silent_ms == 0)
        return;
    HASH_ITER(hh, mucd->rooms, room, next)
    check_room(room, silent_ms, answer_ms);
}

#include "history.h"

#include <string.h>
#include <utlist.h>

#define MESSAGE_END STR("</message>")

struct bounds {
    uint64_t chars, stanzas;
    int64_t since_ms;
};

static uint64_t limit(const struct xml *wanted, const char *name,
                      uint64_t fallback)
{
    uint64_t value;

    return wanted && str_to_u64(xml_get(wanted, name), &value) &&
                   value < fallback
               ? value
               : fallback;
}

static struct bounds read_bounds(const struct room *room,
                                 const struct xml *wanted)
{
    struct bounds bounds = {
        .chars = limit(wanted, "maxchars", UINT64_MAX),
        .stanzas = limit(wanted, "maxstanzas", room->settings.max_history)};
    uint64_t seconds;
    int64_t since_ms;

    if (!wanted)
        return bounds;
    if (str_to_u64(xml_get(wanted, "seconds"), &seconds) &&
        seconds < INT64_MAX / 1000)
        bounds.since_ms = room->mucd->now_ms - (int64_t)seconds * 1000;
    if (xml_get(wanted, "since").p &&
        stanza_parse_timestamp(xml_get(wanted, "since"), &since_ms) &&
        since_ms > bounds.since_ms)
        bounds.since_ms = since_ms;
    return bounds;
}

/* Bytes of an entry with the time it was sent; in the event's arena. */
static struct str history_stamped(const struct room *room, struct str stanza,
                                  int64_t sent_ms)
{
    struct arena *arena = &room->mucd->arena;
    struct str stamp = stanza_timestamp(arena, sent_ms);
    struct buf out = {0};
    struct str copy;

    buf_add(&out, (struct str){stanza.p, stanza.len - MESSAGE_END.len});
    buf_add_text(&out, "<delay xmlns='urn:xmpp:delay' from='");
    xml_escape(&out, room->jid.bare);
    buf_add_text(&out, "' stamp='");
    buf_add(&out, stamp);
    buf_add_text(&out, "'/>");
    buf_add(&out, MESSAGE_END);
    copy = arena_dup(arena, buf_view(&out));
    buf_clear(&out);
    return copy;
}

/* The oldest entry that is within all bounds, going back from the newest. */
static const struct entry *find_first(const struct room *room,
                                      const struct bounds *bounds)
{
    const struct entry *first = NULL;
    const struct entry *entry = room->entries ? room->entries->prev : NULL;
    uint64_t chars = 0, stanzas = 0;

    while (entry && entry->sent_ms >= bounds->since_ms) {
        if (entry->stanza.len) {
            chars += entry->stanza.len;
            if (chars > bounds->chars || ++stanzas > bounds->stanzas)
                break;
            first = entry;
        }
        entry = entry == room->entries ? NULL : entry->prev;
    }
    return first;
}

static void send_subject(const struct room *room, struct batch *batch)
{
    struct mucd *mucd = room->mucd;
    struct xml *message = xml_new(&mucd->arena, NS_CLIENT, STR("message"));

    xml_set(message, STR("from"),
            room->subject_nick.len ? room_occupant_jid(room, room->subject_nick)
                                   : room->jid.bare);
    xml_set(message, STR("type"), STR("groupchat"));
    xml_add_leaf(message, NS_CLIENT, STR("subject"),
                 room->subject.p ? room->subject : STR(""));
    if (room->subject_ms)
        stanza_add_delay(message, room->jid.bare, room->subject_ms, NULL);
    batch_add(batch, send_bytes(mucd, message));
}

void history_send(const struct room *room, struct batch *batch,
                  const struct xml *wanted)
{
    const struct bounds bounds = read_bounds(room, wanted);
    const struct entry *entry = find_first(room, &bounds);

    for (; entry; entry = entry->next)
        if (entry->stanza.len)
            batch_add(batch,
                      history_stamped(room, entry->stanza, entry->sent_ms));
    send_subject(room, batch);
}

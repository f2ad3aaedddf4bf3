/* What was said in a room, as far as it is in memory: for who enters, and to
 * know a stanza that comes a second time. */
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "common/codec/codec.h"
#include "room.h"

/* What is left of it is its origin. */
static void entry_empty(struct room *room, struct entry *entry)
{
    if (!entry->stanza.len)
        return;
    room->kept_count--;
    room->kept_bytes -= entry->stanza.len;
    text_drop(&entry->stanza);
}

static void entry_free(struct room *room, struct entry *entry)
{
    entry_empty(room, entry);
    text_drop(&entry->stanza); /* an empty one */
    DL_DELETE(room->entries, entry);
    room->entry_count--;
    text_drop(&entry->origin);
    text_drop(&entry->nick);
    free(entry);
}

void room_forget_entries(struct room *room)
{
    while (room->entries)
        entry_free(room, room->entries);
}

struct entry *room_entry_of(const struct room *room, struct str origin)
{
    struct entry *entry;

    DL_FOREACH(room->entries, entry)
    if (origin.len && str_eq(entry->origin, origin))
        return entry;
    return NULL;
}

struct entry *room_entry_by_stanza_id(const struct room *room, struct str id)
{
    struct entry *entry;

    DL_FOREACH(room->entries, entry)
    if (entry->stanza.p && str_is(id, entry->stanza_id))
        return entry;
    return NULL;
}

void room_stanza_id(const struct room *room, struct str origin,
                    char into[STANZA_ID_LEN + 1])
{
    unsigned char mac[32];
    struct arena arena = {0};
    struct str text;

    hmac_sha256(str_of(room->secret), origin, mac);
    text =
        hex_encode(&arena, (struct str){(const char *)mac, STANZA_ID_LEN / 2});
    memcpy(into, text.p, STANZA_ID_LEN);
    into[STANZA_ID_LEN] = 0;
    arena_clear(&arena);
}

static struct entry *oldest(const struct room *room, bool with_stanza)
{
    struct entry *entry = room->entries;

    while ((entry->stanza.len > 0) != with_stanza)
        entry = entry->next;
    return entry;
}

/* What only passes through a room (who is typing) takes no message from those
 * who enter; nor do large ones take more memory than there is for a room. */
static void forget_oldest(struct room *room)
{
    size_t most =
        (size_t)config_int(room->mucd->config, "mucd.max-history-size");

    while (room->kept_count > REMEMBERED ||
           (room->kept_bytes > most && room->kept_count > 1))
        entry_empty(room, oldest(room, true));
    while (room->entry_count - room->kept_count > REMEMBERED)
        entry_free(room, oldest(room, false));
}

void entry_replace(struct room *room, struct entry *entry, struct str stanza)
{
    entry_empty(room, entry);
    entry->stanza = str_dup(stanza);
    room->kept_count++;
    room->kept_bytes += stanza.len;
}

struct entry *room_add_entry(struct room *room, uint64_t id, int64_t sent_ms,
                             struct str stanza, struct str origin,
                             struct str nick)
{
    struct entry *entry = NEW(struct entry);

    entry->id = id;
    entry->sent_ms = sent_ms;
    entry->stanza = str_dup(stanza);
    entry->origin = str_dup(origin);
    entry->nick = str_dup(nick);
    room_stanza_id(room, origin, entry->stanza_id);
    DL_APPEND(room->entries, entry);
    room->entry_count++;
    room->kept_count += stanza.len > 0;
    room->kept_bytes += stanza.len;
    forget_oldest(room);
    if (id > room->last_id)
        room->last_id = id;
    return entry;
}

uint64_t room_next_id(struct room *room)
{
    uint64_t by_clock = (uint64_t)room->mucd->now_ms << 10;

    return by_clock > room->last_id ? by_clock : room->last_id + 1;
}

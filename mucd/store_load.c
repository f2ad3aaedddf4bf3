/* The rooms of an earlier process, brought back into memory. */
#include "common/daemon/daemon.h"
#include "common/log/log.h"
#include "hats.h"
#include "mucd_statements.h"
#include "presence.h"
#include "store_internal.h"
#include "vcard.h"

#include <stdlib.h>
#include <string.h>

typedef void take_row(struct mucd *mucd, const struct jid *jid,
                      const struct db_result *result, size_t row);

/* One table after the other: members need their rooms. */
struct step {
    struct store *store;
    unsigned index;
};

static void take_room(struct mucd *mucd, const struct jid *jid,
                      const struct db_result *result, size_t row)
{
    struct room *room = room_new(mucd, jid);
    const struct xml *form =
        xml_parse(mucd->parser, &mucd->arena, db_text(result, row, 3));
    struct str secret = db_text(result, row, 8);

    if (!form || !settings_read_form(&room->settings, form))
        log_event(LOG_LEVEL_ERROR, "bad-room-settings",
                  LOG_STR("room", jid->bare));
    room->is_locked = db_bool(result, row, 2);
    room->subject = str_dup(db_text(result, row, 4));
    room->subject_nick = str_dup(db_text(result, row, 5));
    room->subject_ms = db_int(result, row, 6);
    room_take_vcard(room, db_text(result, row, 7));
    room->department = str_dup(db_text(result, row, 9));
    hats_read(room, db_text(result, row, 10));
    if (secret.len == ROOM_SECRET_LEN)
        memcpy(room->secret, secret.p, ROOM_SECRET_LEN);
}

static void take_member(struct mucd *mucd, const struct jid *jid,
                        const struct db_result *result, size_t row)
{
    struct room *room = room_find(mucd, jid->bare);
    enum affiliation affiliation = affiliation_by_name(db_text(result, row, 3));
    struct member *member;

    if (!room || affiliation == AFFILIATION_COUNT)
        return;
    member = room_member_get(room, db_text(result, row, 2));
    member->affiliation = affiliation;
    member_set_nick(room, member, db_text(result, row, 4));
    member->reason = str_dup(db_text(result, row, 5));
}

static void take_occupant(struct mucd *mucd, const struct jid *jid,
                          const struct db_result *result, size_t row)
{
    struct room *room = room_find(mucd, jid->bare);
    enum role role = role_by_name(db_text(result, row, 4));
    struct occupant *occupant;
    struct jid full;

    if (!room || role == ROLE_COUNT ||
        !jid_parse(&full, &mucd->arena, db_text(result, row, 2)))
        return;
    occupant = seat_new(room, &full, db_text(result, row, 3), role)->occupant;
    free((char *)occupant->presence.p);
    occupant->presence = str_dup(db_text(result, row, 5));
    occupant_refresh(occupant);
}

static void take_message(struct mucd *mucd, const struct jid *jid,
                         const struct db_result *result, size_t row)
{
    struct room *room = room_find(mucd, jid->bare);

    if (room)
        room_add_entry(room, (uint64_t)db_int(result, row, 2),
                       db_int(result, row, 3), db_text(result, row, 6),
                       db_text(result, row, 4), db_text(result, row, 5))
            ->is_restored = true;
}

struct load_step {
    size_t statement;
    take_row *take;
};

static const struct load_step steps[] = {
    {MUCD_LOAD_ROOMS, take_room},
    {MUCD_LOAD_MEMBERS, take_member},
    {MUCD_LOAD_OCCUPANTS, take_occupant},
    {MUCD_LOAD_MESSAGES, take_message},
};

static void read_step(struct step *step);

static void finish(struct store *store)
{
    struct room *room, *next;

    /* A room that was being left when its process died. */
    HASH_ITER(hh, store->mucd->rooms, room, next)
    room_settle(room, NULL);
    store_load_directory(store);
}

void store_is_loaded(struct store *store)
{
    if (store->is_ready)
        return;
    store->is_ready = true;
    log_event(LOG_LEVEL_INFO, "rooms-loaded",
              LOG_INT("rooms", store->mucd->room_count),
              LOG_INT("occupants", store->mucd->occupant_count));
    store->on_ready(store->ctx, store->epoch);
}

static void on_rows(void *ctx, enum db_status status,
                    const struct db_result *result)
{
    struct step *step = ctx;
    struct mucd *mucd = step->store->mucd;

    if (status == DB_CLOSED) {
        free(step);
        return;
    }
    mucd->now_ms = clock_unix_ms();
    mucd->steady_ms = (int64_t)clock_monotonic_ms();
    for (size_t row = 0; status == DB_OK && row < db_rows(result); row++) {
        struct jid jid;

        arena_reset(&mucd->arena);
        jid = jid_make(&mucd->arena, db_text(result, row, 1),
                       db_text(result, row, 0), STR_NONE);
        if (mucd_owns(mucd, jid.bare))
            steps[step->index].take(mucd, &jid, result, row);
    }
    if (++step->index < COUNT_OF(steps)) {
        read_step(step);
        return;
    }
    finish(step->store);
    free(step);
}

static void read_step(struct step *step)
{
    char most[24];
    const struct str params[] = {db_number(most, REMEMBERED)};

    db_read(step->store->db, steps[step->index].statement, params, on_rows,
            step);
}

void store_load(struct store *store)
{
    struct step *step = NEW(struct step);

    step->store = store;
    read_step(step);
}

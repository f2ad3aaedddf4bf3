#include "store.h"

#include <stdlib.h>

#include "common/daemon/daemon.h"
#include "hats.h"
#include "mucd_statements.h"
#include "shell_store.h"
#include "store_internal.h"

#define READERS     2
#define MAX_COLUMNS 4

static struct str present(struct str text)
{
    return text.p ? text : STR("");
}

/* --- writes --------------------------------------------------------------- */

struct writing {
    struct store *store;
    struct duty *duty;
};

static void on_written(void *ctx, enum db_status status,
                       const struct db_result *result)
{
    struct writing writing = *(struct writing *)ctx;

    (void)result;
    free(ctx);
    writing.store->waiting_writes--;
    /* At the end nothing is told: frames stay undischarged and come again. */
    if (status != DB_CLOSED)
        duty_written(writing.duty, status == DB_OK);
}

static void write_row(struct store *store, size_t statement,
                      const struct str *params, struct duty *duty)
{
    struct writing *writing = NEW(struct writing);

    *writing = (struct writing){store, duty};
    duty_writing(duty);
    store->waiting_writes++;
    db_write(store->db, statement, params, on_written, writing);
}

static struct str settings_text(const struct room *room, struct buf *out)
{
    struct arena *arena = &room->mucd->arena;
    struct xml *parent = xml_new(arena, NS_DATA, STR("settings"));

    settings_write_form(&room->settings, parent, NULL);
    xml_write(out, parent->first, NS_CLIENT);
    return buf_view(out);
}

void store_room_put(struct store *store, const struct room *room,
                    struct duty *duty)
{
    struct buf settings = {0};
    char subject_ms[24];

    write_row(
        store, MUCD_ROOM_PUT,
        (struct str[]){
            room->jid.domain, room->jid.local, present(room->settings.name),
            db_boolean(room->settings.is_public), db_boolean(room->is_locked),
            settings_text(room, &settings), present(room->subject),
            present(room->subject_nick),
            db_number(subject_ms, room->subject_ms), present(room->vcard),
            str_of(room->secret), present(room->department), hats_write(room)},
        duty);
    buf_clear(&settings);
}

void store_room_remove(struct store *store, const struct room *room,
                       struct duty *duty)
{
    write_row(store, MUCD_ROOM_REMOVE,
              (struct str[]){room->jid.domain, room->jid.local}, duty);
}

void store_member_put(struct store *store, const struct room *room,
                      const struct member *member, struct duty *duty)
{
    write_row(store, MUCD_MEMBER_PUT,
              (struct str[]){room->jid.domain, room->jid.local, member->jid,
                             str_of(affiliation_name(member->affiliation)),
                             member->nick, member->reason},
              duty);
}

void store_member_remove(struct store *store, const struct room *room,
                         struct str bare, struct duty *duty)
{
    write_row(store, MUCD_MEMBER_REMOVE,
              (struct str[]){room->jid.domain, room->jid.local, bare}, duty);
}

void store_seat_put(struct store *store, const struct seat *seat,
                    struct duty *duty)
{
    const struct occupant *occupant = seat->occupant;
    const struct jid *room = &occupant->room->jid;

    write_row(store, MUCD_OCCUPANT_PUT,
              (struct str[]){room->domain, room->local, seat->jid.full,
                             occupant->nick, str_of(role_name(occupant->role)),
                             present(occupant->presence)},
              duty);
}

void store_seat_remove(struct store *store, const struct room *room,
                       struct str full, struct duty *duty)
{
    write_row(store, MUCD_OCCUPANT_REMOVE,
              (struct str[]){room->jid.domain, room->jid.local, full}, duty);
}

/* Without an archive only what somebody who enters may read is kept. */
static void trim(struct store *store, const struct room *room,
                 struct duty *duty)
{
    const struct entry *oldest = room->entries ? room->entries->prev : NULL;
    unsigned kept = room->settings.max_history;
    char id[24];

    while (oldest && oldest != room->entries && kept > 0) {
        kept -= oldest->stanza.len > 0;
        oldest = oldest->prev;
    }
    if (oldest && oldest != room->entries)
        write_row(store, MUCD_MESSAGES_TRIM,
                  (struct str[]){room->jid.domain, room->jid.local,
                                 db_number(id, (int64_t)oldest->id)},
                  duty);
}

void store_message_add(struct store *store, const struct room *room,
                       const struct entry *entry, struct str sender,
                       struct duty *duty)
{
    char id[24], sent[24];

    write_row(store, MUCD_MESSAGE_ADD,
              (struct str[]){room->jid.domain, room->jid.local,
                             db_number(id, (int64_t)entry->id),
                             db_number(sent, entry->sent_ms),
                             present(entry->origin), sender,
                             present(entry->nick), entry->stanza,
                             str_of(entry->stanza_id)},
              duty);
    if (!room->settings.is_logged)
        trim(store, room, duty);
}

void store_message_replace(struct store *store, const struct room *room,
                           struct str stanza_id, struct str stanza,
                           struct duty *duty)
{
    write_row(
        store, MUCD_MESSAGE_REPLACE,
        (struct str[]){room->jid.domain, room->jid.local, stanza_id, stanza},
        duty);
}

/* --- reads ---------------------------------------------------------------- */

struct reading {
    struct store *store;
    store_rows *rows;
    void *ctx;
    unsigned columns;
    bool is_behind_writes;
};

static void on_read(void *ctx, enum db_status status,
                    const struct db_result *result)
{
    struct reading *reading = ctx;
    struct mucd *mucd = reading->store->mucd;
    size_t count = status == DB_OK ? db_rows(result) : 0;

    reading->store->waiting_writes -= reading->is_behind_writes;
    if (status != DB_CLOSED) {
        mucd->now_ms = clock_unix_ms();
        mucd->steady_ms = (int64_t)clock_monotonic_ms();
        arena_reset(&mucd->arena);
        for (size_t row = 0; row < count; row++) {
            struct str columns[MAX_COLUMNS];

            for (unsigned i = 0; i < reading->columns; i++)
                columns[i] = db_text(result, row, i);
            reading->rows(reading->ctx, columns, true);
        }
        reading->rows(reading->ctx, NULL, status == DB_OK);
    }
    free(reading);
}

static void read_rows(struct store *store, size_t statement,
                      const struct str *params, unsigned columns,
                      store_rows *rows, void *ctx)
{
    struct reading *reading = NEW(struct reading);

    *reading =
        (struct reading){store, rows, ctx, columns, store->waiting_writes > 0};
    store->waiting_writes += reading->is_behind_writes;
    /* Whoever has heard a message finds it in the archive. */
    if (reading->is_behind_writes)
        db_write(store->db, statement, params, on_read, reading);
    else
        db_read(store->db, statement, params, on_read, reading);
}

/* read and count have the same parameters. */
static void ask_archive(struct store *store, size_t statement,
                        const struct room *room, const struct store_page *page,
                        unsigned columns, store_rows *rows, void *ctx)
{
    char from[24], until[24], max[24];

    read_rows(store, statement,
              (struct str[]){room->jid.domain, room->jid.local,
                             db_number(from, page->from_ms),
                             db_number(until, page->until_ms), page->after,
                             page->before, page->nick, page->sender,
                             db_number(max, page->max)},
              columns, rows, ctx);
}

void store_archive_read(struct store *store, const struct room *room,
                        const struct store_page *page, store_rows *rows,
                        void *ctx)
{
    ask_archive(store,
                page->is_backward ? MUCD_ARCHIVE_READ_BACK : MUCD_ARCHIVE_READ,
                room, page, 4, rows, ctx);
}

void store_archive_count(struct store *store, const struct room *room,
                         const struct store_page *page, store_rows *rows,
                         void *ctx)
{
    ask_archive(store, MUCD_ARCHIVE_COUNT, room, page, 1, rows, ctx);
}

void store_archive_named(struct store *store, const struct room *room,
                         struct str ids, store_rows *rows, void *ctx)
{
    read_rows(store, MUCD_ARCHIVE_NAMED,
              (struct str[]){room->jid.domain, room->jid.local, ids}, 4, rows,
              ctx);
}

void store_archive_ends(struct store *store, const struct room *room,
                        store_rows *rows, void *ctx)
{
    read_rows(store, MUCD_ARCHIVE_ENDS,
              (struct str[]){room->jid.domain, room->jid.local}, 2, rows, ctx);
}

void store_rooms_list(struct store *store, struct str domain, struct str after,
                      struct str asker, unsigned max, store_rows *rows,
                      void *ctx)
{
    char most[24];

    read_rows(store, MUCD_ROOMS_LIST,
              (struct str[]){domain, after, db_number(most, max), asker}, 2,
              rows, ctx);
}

/* --- opening and closing -------------------------------------------------- */

static void on_epoch(void *ctx, enum db_status status,
                     const struct db_result *result)
{
    struct store *store = ctx;

    if (status != DB_OK || db_rows(result) == 0 || store->is_loading)
        return;
    store->is_loading = true;
    store->epoch = (uint64_t)db_int(result, 0, 0);
    store_load(store);
}

static void on_connected(void *ctx)
{
    struct store *store = ctx;

    if (!store->is_loading)
        db_read(store->db, MUCD_EPOCH_NEXT, NULL, on_epoch, store);
    else if (store->is_ready)
        store_load_directory(store); /* what was notified was not heard */
}

static void on_notify(void *ctx, struct str channel, struct str payload)
{
    struct store *store = ctx;

    (void)channel, (void)payload;
    if (store->is_ready)
        store_load_directory(store);
}

struct store *store_open(uv_loop_t *loop, const char *conninfo,
                         struct mucd *mucd,
                         void (*on_ready)(void *ctx, uint64_t epoch), void *ctx)
{
    static const char *const channels[] = {"posthouse_directory", NULL};
    struct store *store = NEW(struct store);
    struct db_options options = {
        .conninfo = conninfo,
        .statements = mucd_statements,
        .statement_count = MUCD_STATEMENT_COUNT,
        .readers = READERS,
        .on_connected = on_connected,
        .on_notify = on_notify,
        .listen = channels,
        .ctx = store,
    };

    store->mucd = mucd;
    store->on_ready = on_ready;
    store->ctx = ctx;
    store->db = db_open(loop, &options);
    return store;
}

void store_close(struct store *store)
{
    db_close(store->db);
    free(store);
}

/* The archive of a room (XEP-0313 §3.3.2, §6.1.2). */
#include "common/archive/archive.h"

#include "history.h"
#include "iq.h"
#include "presence.h"
#include "send.h"
#include "store.h"

#define MOST_PAGE_BYTES (1u << 20) /* a page ends when it has so many */

/* A question under way; in the request's arena. */
struct asked {
    struct archive_query query;
    struct store_page wanted;
    size_t named;    /* ids that the archive must have */
    size_t known;    /* of them, those that it has */
    unsigned listed; /* of those, the ones that are wanted themselves */
    struct archive_page page;
    struct str matches; /* how many there are; absent: was not asked */
    bool sees_senders;  /* who asks may know real addresses */
};

/* Who may enter may read; nobody else. */
static bool may_read(const struct iq_request *request)
{
    const struct settings *settings = &request->room->settings;
    enum affiliation standing = iq_standing(request);

    if (standing == AFFILIATION_OUTCAST || request->room->is_locked)
        return false;
    if (request->seat || standing >= AFFILIATION_MEMBER)
        return true;
    return settings->is_public && !settings->is_members_only &&
           !settings->has_password;
}

static bool sees_senders(const struct iq_request *request)
{
    if (request->seat)
        return occupant_sees_jids(request->seat->occupant);
    return request->room->settings.whois == WHOIS_ANYONE ||
           iq_standing(request) >= AFFILIATION_ADMIN;
}

/* False when the asker was told why not. */
static bool is_open(struct iq_request *request)
{
    if (!may_read(request))
        iq_refuse(request, ERR_FORBIDDEN, NULL);
    else if (!request->room->settings.is_logged)
        iq_refuse(request, ERR_SERVICE_UNAVAILABLE, "Nothing is archived");
    else
        return true;
    return false;
}

/* --- what is asked of the store ------------------------------------------- */

static struct str join(struct arena *arena, const struct str *ids, size_t count)
{
    struct buf joined = {0};
    struct str text = STR_NONE;

    for (size_t i = 0; i < count; i++) {
        if (!ids[i].p)
            continue;
        if (buf_len(&joined) > 0)
            buf_add_char(&joined, STORE_ID_SEPARATOR);
        buf_add(&joined, ids[i]);
    }
    if (buf_len(&joined) > 0)
        text = arena_dup(arena, buf_view(&joined));
    buf_clear(&joined);
    return text;
}

/* Who speaks here does so by a nickname; whose it is only some may ask. */
static void want_speaker(struct asked *asked, const struct jid *room)
{
    const struct jid *with = &asked->query.with;

    if (!with->full.p)
        return;
    if (asked->sees_senders && !str_eq(with->bare, room->bare))
        asked->wanted.sender = with->full;
    else
        asked->wanted.nick =
            str_eq(with->bare, room->bare) && with->resource.len
                ? with->resource
                : STR("");
}

static void fill_page(struct asked *asked, struct arena *arena,
                      const struct jid *room)
{
    const struct archive_query *query = &asked->query;
    struct store_page *wanted = &asked->wanted;

    wanted->from_ms = query->start_ms > 0 ? query->start_ms : 0;
    if (query->end_ms != INT64_MAX) /* nothing is older than 1970 */
        wanted->until_ms = query->end_ms > 0 ? query->end_ms : 1;
    wanted->after =
        join(arena, (struct str[]){query->after, query->after_id}, 2);
    wanted->before =
        join(arena, (struct str[]){query->before, query->before_id}, 2);
    want_speaker(asked, room);
    wanted->is_backward = query->is_backward;
    wanted->max = query->max + 1; /* one more tells that there is more */
}

/* --- the answer ----------------------------------------------------------- */

static void add_row(struct iq_request *request, const struct str *columns)
{
    struct asked *asked = request->data;
    struct archive_found found = {.id = columns[0],
                                  .stanza = columns[2],
                                  .sender = asked->sees_senders ? columns[3]
                                                                : STR_NONE};

    if (str_to_i64(columns[1], &found.sent_ms))
        archive_page_add(&asked->page, request->arena, &found);
}

/* What it had of this kind was taken out when it came. */
static void add_sender(struct xml *message, struct str sender)
{
    struct xml *x = xml_add(message, NS_MUC_USER, STR("x"));

    xml_set(xml_add(x, NS_MUC_USER, STR("item")), STR("jid"), sender);
}

static void send_one(struct iq_request *request,
                     const struct archive_found *found)
{
    struct mucd *mucd = request->mucd;
    const struct asked *asked = request->data;
    struct xml *inner = xml_parse(mucd->parser, &mucd->arena, found->stanza);
    struct xml *message;

    if (!inner)
        return;
    if (found->sender.p)
        add_sender(inner, found->sender);
    message = archive_result(&mucd->arena, &asked->query, found->id,
                             found->sent_ms, inner);
    xml_set(message, STR("from"), request->to.bare);
    xml_set(message, STR("to"), request->from.full);
    send_at_once(mucd, request->duty, message);
}

static void end_query(struct iq_request *request, struct xml *answer)
{
    request->mucd->archive_queries--;
    iq_answer(request, answer);
}

static void fail_query(struct iq_request *request, enum stanza_error condition)
{
    request->mucd->archive_queries--;
    iq_refuse(request, condition, NULL);
}

static void end(struct iq_request *request)
{
    struct asked *asked = request->data;
    struct xml *result = iq_make_result(request);

    if (asked->wanted.is_backward && !asked->query.id_count)
        archive_page_turn(&asked->page);
    for (size_t i = 0; i < asked->page.count; i++)
        send_one(request, archive_page_at(&asked->page, &asked->query, i));
    archive_add_fin(result, &asked->page, asked->matches);
    end_query(request, result);
}

static void on_found(void *ctx, const struct str *columns, bool ok)
{
    struct iq_request *request = ctx;

    if (columns)
        add_row(request, columns);
    else if (ok)
        end(request);
    else
        fail_query(request, ERR_INTERNAL_SERVER_ERROR);
}

/* None of them is on the page of none that was asked for. */
static void count(struct asked *asked, struct arena *arena, struct str number)
{
    asked->matches = arena_dup(arena, number);
    asked->page.is_cut = !str_is(number, "0");
}

static void on_counted(void *ctx, const struct str *columns, bool ok)
{
    struct iq_request *request = ctx;

    if (columns)
        count(request->data, request->arena, columns[0]);
    else
        on_found(ctx, NULL, ok);
}

static void ask(struct iq_request *request, const struct room *room)
{
    const struct asked *asked = request->data;
    struct store *store = request->mucd->store;

    if (asked->query.wants_count)
        store_archive_count(store, room, &asked->wanted, on_counted, request);
    else
        store_archive_read(store, room, &asked->wanted, on_found, request);
}

/* --- ids that have to be there -------------------------------------------- */

static void end_named(struct iq_request *request)
{
    struct asked *asked = request->data;
    const struct room *room = room_find(request->mucd, request->to.bare);

    if (asked->known < asked->named || !room) {
        fail_query(request, ERR_ITEM_NOT_FOUND);
    } else if (!asked->query.id_count) {
        ask(request, room);
    } else {
        if (asked->query.wants_count)
            count(asked, request->arena,
                  arena_printf(request->arena, "%u", asked->listed));
        end(request);
    }
}

static void on_named(void *ctx, const struct str *columns, bool ok)
{
    struct iq_request *request = ctx;
    struct asked *asked = request->data;

    if (columns) {
        asked->known++;
        if (archive_lists(&asked->query, columns[0])) {
            asked->listed++;
            add_row(request, columns);
        }
    } else if (ok) {
        end_named(request);
    } else {
        fail_query(request, ERR_INTERNAL_SERVER_ERROR);
    }
}

static void ask_first(struct iq_request *request, const struct room *room)
{
    struct asked *asked = request->data;
    struct str *ids =
        arena_alloc(request->arena, (asked->query.id_count + 4) * sizeof(*ids));

    asked->named = archive_named_ids(&asked->query, ids);
    if (asked->named)
        store_archive_named(request->mucd->store, room,
                            join(request->arena, ids, asked->named), on_named,
                            request);
    else
        ask(request, room);
}

/* --- handlers ------------------------------------------------------------- */

static bool is_busy(const struct mucd *mucd)
{
    int64_t most = config_int(mucd->config, "mucd.max-archive-queries");

    return most && mucd->archive_queries >= (unsigned)most;
}

void handle_archive_query(struct iq_request *request)
{
    static const enum stanza_error conditions[] = {
        [ARCHIVE_MALFORMED] = ERR_BAD_REQUEST,
        [ARCHIVE_UNKNOWN] = ERR_FEATURE_NOT_IMPLEMENTED,
        [ARCHIVE_TOO_MANY] = ERR_RESOURCE_CONSTRAINT,
    };
    const struct room *room = request->room;
    enum archive_reading reading;
    struct iq_request *kept;
    struct asked *asked;

    if (!is_open(request))
        return;
    if (is_busy(request->mucd)) {
        iq_refuse(request, ERR_RESOURCE_CONSTRAINT,
                  "Too many queries are under way");
        return;
    }
    kept = iq_keep(request);
    asked = arena_alloc(kept->arena, sizeof(*asked));
    kept->data = asked;
    reading = archive_read_query(
        &asked->query, kept->arena, kept->payload,
        (unsigned)config_int(kept->mucd->config, "mucd.max-archive-page"),
        false);
    if (reading != ARCHIVE_READ) {
        iq_refuse(kept, conditions[reading], NULL);
        return;
    }
    asked->sees_senders = sees_senders(request);
    archive_page_init(&asked->page, kept->arena, asked->query.max,
                      MOST_PAGE_BYTES);
    fill_page(asked, kept->arena, &kept->to);
    kept->mucd->archive_queries++;
    ask_first(kept, room);
}

void handle_archive_form(struct iq_request *request)
{
    struct xml *result = iq_make_result(request);

    archive_add_form(result, false);
    iq_answer(request, result);
}

static void on_end(void *ctx, const struct str *columns, bool ok)
{
    struct iq_request *request = ctx;
    struct asked *asked = request->data;
    const struct archive_found *found = asked->page.found;

    if (columns) {
        add_row(request,
                (struct str[]){columns[0], columns[1], STR(""), STR("")});
    } else if (!ok) {
        iq_refuse(request, ERR_INTERNAL_SERVER_ERROR, NULL);
    } else {
        struct xml *result = iq_make_result(request);

        archive_add_metadata(result, found[0].id, found[0].sent_ms, found[1].id,
                             found[1].sent_ms);
        iq_answer(request, result);
    }
}

void handle_archive_metadata(struct iq_request *request)
{
    struct iq_request *kept;
    struct asked *asked;

    if (!is_open(request))
        return;
    kept = iq_keep(request);
    asked = arena_alloc(kept->arena, sizeof(*asked));
    kept->data = asked;
    archive_page_init(&asked->page, kept->arena, 2, 1);
    store_archive_ends(kept->mucd->store, request->room, on_end, kept);
}

/* The archive of a user, asked by himself (XEP-0313). */
#include <stdlib.h>

#include "sm/archive/archive.h"
#include "sm/query/iq.h"
#include "sm/session/keepsake.h"
#include "sm/route.h"
#include "sm/store/store.h"

/* A page ends when so much of the session's queue is full of it. */
#define SHARE_OF_QUEUE 4
#define LONGEST_SEARCH 256u /* bytes */

struct found {
    int64_t id;
    struct str stanza;
};

/* A question under way; in the request's arena. */
struct asked {
    struct archive_query query;
    struct store_page page;
    size_t named; /* ids that the archive must have */
    size_t known; /* of them, those that it has */
    struct found *found;
    size_t count, bytes, most_bytes;
    bool is_cut; /* there is more than the page has room for */
};

/* --- patterns ---------------------------------------------------------------
 */

static void add_quoted(struct buf *pattern, struct str literal)
{
    struct buf escaped = {0};
    struct str text;

    xml_escape(&escaped, literal);
    text = buf_view(&escaped);
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.p[i];
        bool is_plain = c >= 0x80 || (c >= '0' && c <= '9') ||
                        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                        c == ' ' || c == '&' || c == ';';

        if (!is_plain)
            buf_add_char(pattern, '\\');
        buf_add_char(pattern, (char)c);
    }
    buf_clear(&escaped);
}

static struct str finish_pattern(struct arena *arena, struct buf *pattern)
{
    struct str text = arena_dup(arena, buf_view(pattern));

    buf_clear(pattern);
    return text;
}

/* The hash finds whom it is with; this compares, for a full address too. */
static struct str pattern_of_peer(struct arena *arena, const struct jid *peer)
{
    struct buf pattern = {0};

    buf_add_text(&pattern, "^[^>]* (from|to)='");
    add_quoted(&pattern, peer->full);
    buf_add_text(&pattern, jid_is_bare(peer) ? "['/]" : "'");
    return finish_pattern(arena, &pattern);
}

/* All words, wherever they are in bodies. Anchored, or each word would be looked
 * for from every character of a stanza on: thirty times the work. */
static struct str pattern_of_text(struct arena *arena, struct str text)
{
    struct buf pattern = {0};

    while (text.p) {
        struct str word = str_cut(&text, ' ');

        if (!word.len)
            continue;
        buf_add_text(&pattern, buf_len(&pattern) == 0 ? "^(?=" : "(?=");
        buf_add_text(&pattern, ".*<body[^>]*>[^<]*");
        add_quoted(&pattern, word);
        buf_add_char(&pattern, ')');
    }
    return buf_len(&pattern) ? finish_pattern(arena, &pattern) : STR_NONE;
}

/* --- the page --------------------------------------------------------------
 */

static int64_t larger(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Ids that are none were refused before. */
static void bound_by_ids(struct store_page *page,
                         const struct archive_query *query)
{
    int64_t id;

    if (archive_read_id(query->after, &id))
        page->above = larger(page->above, id);
    if (archive_read_id(query->after_id, &id))
        page->above = larger(page->above, id);
    if (archive_read_id(query->before, &id))
        page->below = smaller(page->below, id);
    if (archive_read_id(query->before_id, &id))
        page->below = smaller(page->below, id);
}

static void fill_page(struct asked *asked, const struct account *account,
                      struct arena *arena)
{
    const struct archive_query *query = &asked->query;
    struct store_page *page = &asked->page;

    page->account = account->number;
    page->above = archive_floor(account);
    if (query->start_ms)
        page->above = larger(page->above, archive_id_at(query->start_ms) - 1);
    page->below = query->end_ms == INT64_MAX ? INT64_MAX
                                             : archive_id_at(query->end_ms + 1);
    bound_by_ids(page, query);
    if (query->with.full.p) {
        page->peer = archive_peer(query->with.bare);
        page->start_tag = pattern_of_peer(arena, &query->with);
    }
    if (query->text.p)
        page->text = pattern_of_text(arena, query->text);
    /* One resource of a peer is as rare as a word. */
    page->is_search =
        page->text.p || (query->with.full.p && query->with.resource.len);
    page->is_backward = query->is_backward;
    page->max = query->max + 1; /* one more tells that there is more */
}

/* --- the answer ------------------------------------------------------------
 */

static struct str id_text(struct arena *arena, int64_t id)
{
    return arena_printf(arena, "%lld", (long long)id);
}

static void send_one(struct iq_request *request, struct session *session,
                     const struct found *found)
{
    struct sm *sm = request->sm;
    const struct asked *asked = request->data;
    struct xml *inner, *message;

    arena_reset(&sm->arena); /* each is an event of its own */
    inner = xml_parse(sm->parser, &sm->arena, found->stanza);
    if (!inner)
        return;
    message = archive_result(&sm->arena, &asked->query,
                             id_text(&sm->arena, found->id),
                             archive_ms_of(found->id), inner);
    xml_set(message, STR("from"), request->to.bare);
    session_send(session, request->duty, message);
}

/* What he has read here does not come as an offline message too. */
static void on_read(void *ctx, bool ok)
{
    struct account *account = ctx;

    (void)ok; /* at worst it comes twice, with the same id */
    account->writes--;
    offline_recount(account);
    account_update_idle(account);
}

static void settle_offline(struct account *account, const struct asked *asked,
                           int64_t first, int64_t last)
{
    bool is_whole =
        !asked->page.peer && !asked->page.text.p && !asked->query.id_count;

    if (!is_whole || (account->offline_counted && !account->offline_count))
        return;
    account->writes++;
    store_offline_archived(account->sm->store, store_user(&account->jid), first,
                           last, on_read, account);
}

/* The found are in order of time from here on. */
static void put_in_order(struct asked *asked)
{
    for (size_t i = 0; asked->page.is_backward && i < asked->count / 2; i++) {
        struct found other = asked->found[asked->count - 1 - i];

        asked->found[asked->count - 1 - i] = asked->found[i];
        asked->found[i] = other;
    }
}

static void send_page(struct iq_request *request, struct account *account)
{
    const struct asked *asked = request->data;
    struct session *session =
        session_by_resource(account, request->from.resource);

    for (size_t i = 0; session && i < asked->count; i++)
        send_one(
            request, session,
            &asked->found[asked->query.is_flipped ? asked->count - 1 - i : i]);
    if (session && asked->count)
        settle_offline(account, asked, asked->found[0].id,
                       asked->found[asked->count - 1].id);
}

static void finish(struct iq_request *request)
{
    struct asked *asked = request->data;
    struct account *account = account_find(request->sm, request->to.bare);
    struct xml *result = iq_make_result(request);
    struct str first = STR_NONE, last = STR_NONE;

    put_in_order(asked);
    if (account)
        send_page(request, account);
    if (asked->count) {
        first = id_text(request->arena, asked->found[0].id);
        last = id_text(request->arena, asked->found[asked->count - 1].id);
    }
    archive_add_fin(result, first, last, STR_NONE, !asked->is_cut);
    iq_answer(request, result);
}

/* --- searches: few at once, for they may look at every message --------------
 */

/* False when it has to wait for others, and the client was told. */
static bool begin_search(struct iq_request *request)
{
    struct sm *sm = request->sm;
    struct account *account = account_find(sm, request->to.bare);

    if (sm->searches >= (unsigned)config_int(sm->config, "sm.searches") ||
        (account && account->is_searching)) {
        iq_refuse(request, ERR_RESOURCE_CONSTRAINT,
                  "Other searches are under way: try again later");
        return false;
    }
    sm->searches++;
    if (account)
        account->is_searching = true;
    return true;
}

static void end_search(const struct iq_request *request)
{
    struct account *account = account_find(request->sm, request->to.bare);

    request->sm->searches--;
    if (account)
        account->is_searching = false;
}

static void take_row(struct iq_request *request, const struct store_row *row)
{
    struct asked *asked = request->data;
    struct found *found = &asked->found[asked->count];

    if (asked->count == asked->query.max ||
        (asked->count && asked->bytes > asked->most_bytes)) {
        asked->is_cut = true;
        return;
    }
    if (!str_to_i64(row->columns[0], &found->id))
        return;
    found->stanza = arena_dup(request->arena, row->columns[1]);
    asked->bytes += found->stanza.len;
    asked->count++;
}

static void on_found(void *ctx, const struct store_row *row, enum store_end end)
{
    struct iq_request *request = ctx;
    const struct asked *asked = request->data;

    if (row) {
        take_row(request, row);
        return;
    }
    if (asked->page.is_search)
        end_search(request);
    if (end == STORE_ALL)
        finish(request);
    else if (end == STORE_TOO_LONG)
        iq_refuse(request, ERR_RESOURCE_CONSTRAINT,
                  "The search takes too long: narrow it in time");
    else
        iq_refuse(request, ERR_INTERNAL_SERVER_ERROR, NULL);
}

static void ask_for_page(struct iq_request *request)
{
    const struct asked *asked = request->data;

    if (!asked->page.is_search || begin_search(request))
        store_archive_page(request->sm->store, &asked->page, on_found, request);
}

/* --- ids that have to be there ---------------------------------------------
 */

/* "17,4711", or absent when one of them can be none. */
static struct str join_ids(struct arena *arena, const struct str *ids,
                           size_t count)
{
    struct buf joined = {0};
    struct str text;
    int64_t id;

    for (size_t i = 0; i < count; i++) {
        if (!archive_read_id(ids[i], &id)) {
            buf_clear(&joined);
            return STR_NONE;
        }
        if (i > 0)
            buf_add_char(&joined, ',');
        buf_add_u64(&joined, (uint64_t)id);
    }
    text = arena_dup(arena, buf_view(&joined));
    buf_clear(&joined);
    return text;
}

static bool is_named(const struct asked *asked, struct str id)
{
    for (size_t i = 0; i < asked->query.id_count; i++)
        if (str_eq(asked->query.ids[i], id))
            return true;
    return false;
}

static void on_named(void *ctx, const struct store_row *row, bool ok)
{
    struct iq_request *request = ctx;
    struct asked *asked = request->data;

    if (row) {
        asked->known++;
        if (is_named(asked, row->columns[0]))
            take_row(request, row);
    } else if (!ok) {
        iq_refuse(request, ERR_INTERNAL_SERVER_ERROR, NULL);
    } else if (asked->known < asked->named) {
        iq_refuse(request, ERR_ITEM_NOT_FOUND, NULL);
    } else if (asked->query.id_count) {
        asked->page.is_backward = false;
        finish(request);
    } else {
        ask_for_page(request);
    }
}

/* Each id once: the store tells each once. */
static size_t drop_doubles(struct str *ids, size_t count)
{
    size_t kept = 0;

    for (size_t i = 0; i < count; i++) {
        bool is_double = false;

        for (size_t k = 0; k < kept; k++)
            is_double |= str_eq(ids[k], ids[i]);
        if (!is_double)
            ids[kept++] = ids[i];
    }
    return kept;
}

/* The first question to the store. */
static void ask(struct iq_request *request, int64_t floor)
{
    struct asked *asked = request->data;
    struct store *store = request->sm->store;
    struct str *ids =
        arena_alloc(request->arena, (asked->query.id_count + 4) * sizeof(*ids));
    struct str joined;

    asked->named = drop_doubles(ids, archive_named_ids(&asked->query, ids));
    if (!asked->named) {
        ask_for_page(request);
        return;
    }
    joined = join_ids(request->arena, ids, asked->named);
    if (joined.p)
        store_archive_by_id(store, asked->page.account, joined, floor, on_named,
                            request);
    else
        iq_refuse(request, ERR_ITEM_NOT_FOUND, NULL);
}

/* --- handlers --------------------------------------------------------------
 */

static void refuse_reading(struct iq_request *request,
                           enum archive_reading reading)
{
    static const enum stanza_error conditions[] = {
        [ARCHIVE_MALFORMED] = ERR_BAD_REQUEST,
        [ARCHIVE_UNKNOWN] = ERR_FEATURE_NOT_IMPLEMENTED,
        [ARCHIVE_TOO_MANY] = ERR_RESOURCE_CONSTRAINT,
    };

    iq_refuse(request, conditions[reading], NULL);
}

bool iq_archive_is_there(struct iq_request *request)
{
    if (config_bool(request->sm->config, "sm.archive") &&
        !request->account->is_guest)
        return true;
    iq_refuse(request, ERR_SERVICE_UNAVAILABLE, "Nothing is archived");
    return false;
}

/* XEP-0313 §6.1.1: what it finds in the archive it does not get as an offline
 * message as well. */
static void note_reader(struct session *session)
{
    if (!session || session->is_available || session->reads_archive)
        return;
    session->reads_archive = true;
    keepsake_due(session);
}

void handle_archive_query(struct iq_request *request)
{
    const struct account *account = request->account;
    const struct config *config = request->sm->config;
    enum archive_reading reading;
    struct iq_request *kept;
    struct asked *asked;

    if (!iq_archive_is_there(request))
        return;
    note_reader(request->session);
    kept = iq_keep(request);
    asked = arena_alloc(kept->arena, sizeof(*asked));
    kept->data = asked;
    reading = archive_read_query(
        &asked->query, kept->arena, kept->payload,
        (unsigned)config_int(config, "sm.archive-page"), true);
    if (reading == ARCHIVE_READ && asked->query.text.len > LONGEST_SEARCH)
        reading = ARCHIVE_TOO_MANY;
    if (reading != ARCHIVE_READ) {
        refuse_reading(kept, reading);
        return;
    }
    asked->found = arena_alloc(kept->arena,
                               (asked->query.max + 1) * sizeof(*asked->found));
    asked->most_bytes =
        (size_t)config_int(config, "sm.session-queue") / SHARE_OF_QUEUE;
    fill_page(asked, account, kept->arena);
    ask(kept, archive_floor(account));
}

void handle_archive_form(struct iq_request *request)
{
    struct xml *result;

    if (!iq_archive_is_there(request))
        return;
    result = iq_make_result(request);
    archive_add_form(result, true);
    iq_answer(request, result);
}

static void on_ends(void *ctx, const struct store_row *row, bool ok)
{
    struct iq_request *request = ctx;
    int64_t first, last;

    if (row && str_to_i64(row->columns[0], &first) &&
        str_to_i64(row->columns[1], &last)) {
        request->result = iq_make_result(request);
        archive_add_metadata(request->result, id_text(request->arena, first),
                             archive_ms_of(first),
                             id_text(request->arena, last),
                             archive_ms_of(last));
    } else if (row) {
        request->result = iq_make_result(request);
        archive_add_metadata(request->result, STR_NONE, 0, STR_NONE, 0);
    } else if (ok && request->result) {
        iq_answer(request, request->result);
    } else {
        iq_refuse(request, ERR_INTERNAL_SERVER_ERROR, NULL);
    }
}

void handle_archive_metadata(struct iq_request *request)
{
    const struct account *account = request->account;

    if (iq_archive_is_there(request))
        store_archive_ends(request->sm->store, account->number,
                           archive_floor(account), on_ends, iq_keep(request));
}

/* The archive of a user, asked by himself (XEP-0313). */
#include "sm/query/iq_archive.h"

#include <stdlib.h>

#include "sm/archive/archive.h"
#include "sm/archive/page.h"

#define LONGEST_SEARCH 256u /* bytes */

/* --- searches: few at once, for they may look at every message ------------ */

/* False when it has to wait for others, and the client was told. */
static bool begin_search(struct iq_request *request)
{
    struct sm *sm = request->sm;
    struct account *account = account_find(sm, request->to.bare);

    if (sm->searches >= (unsigned)config_int(sm->config, "sm.searches") ||
        (account && account->is_searching)) {
        archive_answer_refuse(request, ERR_RESOURCE_CONSTRAINT,
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

static bool must_wait(struct iq_request *request)
{
    const struct asked *asked = request->data;

    return asked->wanted.is_search && !begin_search(request);
}

static void end_question(struct iq_request *request, enum store_end end)
{
    const struct asked *asked = request->data;

    if (asked->wanted.is_search)
        end_search(request);
    if (end == STORE_ALL)
        archive_answer_end(request);
    else if (end == STORE_TOO_LONG)
        archive_answer_refuse(request, ERR_RESOURCE_CONSTRAINT,
                              "The search takes too long: narrow it in time");
    else
        archive_answer_refuse(request, ERR_INTERNAL_SERVER_ERROR, NULL);
}

static void on_found(void *ctx, const struct store_row *row, enum store_end end)
{
    if (row)
        archive_answer_add(ctx, row);
    else
        end_question(ctx, end);
}

/* None of them is on the page of none that was asked for. */
static void on_counted(void *ctx, const struct store_row *row,
                       enum store_end end)
{
    struct iq_request *request = ctx;
    struct asked *asked = request->data;

    if (row) {
        asked->matches = arena_dup(request->arena, row->columns[0]);
        asked->page.is_cut = !str_is(asked->matches, "0");
    } else {
        end_question(request, end);
    }
}

static void ask_for_page(struct iq_request *request)
{
    const struct asked *asked = request->data;
    struct store *store = request->sm->store;

    if (must_wait(request))
        return;
    if (asked->query.wants_count)
        store_archive_count(store, &asked->wanted, on_counted, request);
    else
        store_archive_page(store, &asked->wanted, on_found, request);
}

/* --- ids that have to be there -------------------------------------------- */

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

/* What the question names is all there, and counted when that is all it wants.
 */
static void end_named(struct iq_request *request)
{
    struct asked *asked = request->data;

    asked->wanted.is_backward = false;
    if (asked->query.wants_count) {
        asked->matches = archive_id_text(request->arena, asked->listed);
        asked->page.is_cut = true;
    }
    archive_answer_end(request);
}

static void take_named(struct iq_request *request, const struct store_row *row)
{
    struct asked *asked = request->data;

    asked->known++;
    if (!archive_lists(&asked->query, row->columns[0]))
        return;
    asked->listed++;
    archive_answer_add(request, row);
}

static void on_named(void *ctx, const struct store_row *row, bool ok)
{
    struct iq_request *request = ctx;
    const struct asked *asked = request->data;

    if (row)
        take_named(request, row);
    else if (!ok)
        archive_answer_refuse(request, ERR_INTERNAL_SERVER_ERROR, NULL);
    else if (asked->known < asked->named)
        archive_answer_refuse(request, ERR_ITEM_NOT_FOUND, NULL);
    else if (asked->query.id_count)
        end_named(request);
    else
        ask_for_page(request);
}

/* The first question to the store. */
static void ask(struct iq_request *request, int64_t floor)
{
    struct asked *asked = request->data;
    struct store *store = request->sm->store;
    struct str *ids =
        arena_alloc(request->arena, (asked->query.id_count + 4) * sizeof(*ids));
    struct str joined;

    asked->named = archive_named_ids(&asked->query, ids);
    if (!asked->named) {
        ask_for_page(request);
        return;
    }
    joined = join_ids(request->arena, ids, asked->named);
    if (joined.p)
        store_archive_by_id(store, asked->wanted.account, joined, floor,
                            on_named, request);
    else
        archive_answer_refuse(request, ERR_ITEM_NOT_FOUND, NULL);
}

/* --- handlers ------------------------------------------------------------- */

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

static enum archive_reading read_question(struct iq_request *request)
{
    struct asked *asked = request->data;
    enum archive_reading reading = archive_read_query(
        &asked->query, request->arena, request->payload,
        (unsigned)config_int(request->sm->config, "sm.archive-page"), true);

    return reading == ARCHIVE_READ && asked->query.text.len > LONGEST_SEARCH
               ? ARCHIVE_TOO_MANY
               : reading;
}

void handle_archive_query(struct iq_request *request)
{
    const struct account *account = request->account;
    enum archive_reading reading;
    struct iq_request *kept;
    struct asked *asked;

    if (!iq_archive_is_there(request))
        return;
    kept = iq_keep(request);
    asked = arena_alloc(kept->arena, sizeof(*asked));
    kept->data = asked;
    reading = read_question(kept);
    if (reading != ARCHIVE_READ) {
        refuse_reading(kept, reading);
        return;
    }
    archive_answer_begin(kept, request->session);
    page_of_question(&asked->wanted, kept->arena, &asked->query, account);
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
        archive_add_metadata(
            request->result, archive_id_text(request->arena, first),
            archive_ms_of(first), archive_id_text(request->arena, last),
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

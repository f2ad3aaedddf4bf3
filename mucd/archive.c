/* The archive of a room (XEP-0313 §5.1.2), in pages (XEP-0059). */
#include "history.h"
#include "iq.h"
#include "send.h"
#include "store.h"

struct asked {
    struct archive_page page;
    struct str query_id;
    unsigned count;
    struct str first, last; /* stanza ids */
    struct str total;
    bool is_found; /* the ids that bound the page */
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

void handle_archive_form(struct iq_request *request)
{
    static const char *const fields[][2] = {
        {"with", "jid-single"},      {"start", "text-single"},
        {"end", "text-single"},      {"before-id", "text-single"},
        {"after-id", "text-single"},
    };
    struct xml *result = iq_make_result(request);
    struct xml *form =
        xml_add(xml_add(result, NS_MAM, STR("query")), NS_DATA, STR("x"));

    xml_set(form, STR("type"), STR("form"));
    form_add(form, "FORM_TYPE", "hidden", NS_MAM);
    for (size_t i = 0; i < COUNT_OF(fields); i++)
        form_add(form, fields[i][0], fields[i][1], STR_NONE);
    iq_answer(request, result);
}

/* --- reading the question ------------------------------------------------- */

static bool read_time(const struct xml *form, const char *name, int64_t *ms)
{
    struct str text = form_value(form, name);

    return !text.p || stanza_parse_timestamp(text, ms);
}

static bool read_form(struct iq_request *request, struct archive_page *page)
{
    const struct xml *form = form_of(request->payload, "submit");
    struct str with;
    struct jid jid;

    if (!form)
        return true;
    with = form_value(form, "with");
    if (with.p) {
        if (!jid_parse(&jid, request->arena, with))
            return false;
        /* Nobody else than occupants speaks here. */
        page->nick = str_eq(jid.bare, request->to.bare) && jid.resource.len
                         ? jid.resource
                         : STR("");
    }
    if (form_value(form, "after-id").len)
        page->after = form_value(form, "after-id");
    if (form_value(form, "before-id").len)
        page->before = form_value(form, "before-id");
    return read_time(form, "start", &page->from_ms) &&
           read_time(form, "end", &page->until_ms);
}

static void read_set(struct iq_request *request, struct archive_page *page)
{
    const struct xml *set = xml_child(request->payload, NS_RSM, "set");
    struct str after, before;
    uint64_t max;

    if (!set)
        return;
    after = xml_child_text(set, NS_RSM, "after");
    before = xml_child_text(set, NS_RSM, "before");
    if (str_to_u64(xml_child_text(set, NS_RSM, "max"), &max) && max < page->max)
        page->max = (unsigned)max;
    page->is_backward = before.p != NULL;
    if (after.len)
        page->after = after;
    if (before.len)
        page->before = before;
}

/* --- the answer ----------------------------------------------------------- */

static void send_one(struct iq_request *request, const struct str *columns)
{
    struct mucd *mucd = request->mucd;
    const struct asked *asked = request->data;
    struct xml *message = xml_new(&mucd->arena, NS_CLIENT, STR("message"));
    struct xml *result, *forwarded;
    struct xml *inner = xml_parse(mucd->parser, &mucd->arena, columns[2]);
    int64_t sent_ms = 0;

    if (!inner || !str_to_i64(columns[1], &sent_ms))
        return;
    xml_set(message, STR("from"), request->to.bare);
    xml_set(message, STR("to"), request->from.full);
    result = xml_add(message, NS_MAM, STR("result"));
    xml_set(result, STR("id"), columns[0]);
    if (asked->query_id.p)
        xml_set(result, STR("queryid"), asked->query_id);
    forwarded = xml_add(result, NS_FORWARD, STR("forwarded"));
    stanza_add_delay(forwarded, STR_NONE, sent_ms, NULL);
    xml_append(forwarded, inner);
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

static void finish(struct iq_request *request)
{
    const struct asked *asked = request->data;
    struct xml *result = iq_make_result(request);
    struct xml *fin = xml_add(result, NS_MAM, STR("fin"));
    struct xml *set;

    if (asked->count < asked->page.max)
        xml_set(fin, STR("complete"), STR("true"));
    set = xml_add(fin, NS_RSM, STR("set"));
    if (asked->count > 0) {
        xml_add_leaf(set, NS_RSM, STR("first"), asked->first);
        xml_add_leaf(set, NS_RSM, STR("last"), asked->last);
    }
    xml_add_leaf(set, NS_RSM, STR("count"), asked->total);
    end_query(request, result);
}

static void on_message(void *ctx, const struct str *columns, bool ok)
{
    struct iq_request *request = ctx;
    struct asked *asked = request->data;

    if (columns) {
        asked->last = arena_dup(request->arena, columns[0]);
        if (asked->count++ == 0)
            asked->first = asked->last;
        send_one(request, columns);
    } else if (ok) {
        finish(request);
    } else {
        fail_query(request, ERR_INTERNAL_SERVER_ERROR);
    }
}

static void on_count(void *ctx, const struct str *columns, bool ok)
{
    struct iq_request *request = ctx;
    struct asked *asked = request->data;
    const struct room *room = room_find(request->mucd, request->to.bare);

    if (columns) {
        asked->total = arena_dup(request->arena, columns[0]);
        asked->is_found = str_is(columns[1], "t");
    } else if (!ok) {
        fail_query(request, ERR_INTERNAL_SERVER_ERROR);
    } else if (!asked->is_found || !room) {
        fail_query(request, ERR_ITEM_NOT_FOUND);
    } else {
        store_archive_read(request->mucd->store, room, &asked->page, on_message,
                           request);
    }
}

static bool is_busy(const struct mucd *mucd)
{
    int64_t most = config_int(mucd->config, "mucd.max-archive-queries");

    return most && mucd->archive_queries >= (unsigned)most;
}

void handle_archive_query(struct iq_request *request)
{
    struct room *room = request->room;
    struct iq_request *kept;
    struct asked *asked;

    if (!may_read(request)) {
        iq_refuse(request, ERR_FORBIDDEN, NULL);
        return;
    }
    if (!room->settings.is_logged) {
        iq_refuse(request, ERR_SERVICE_UNAVAILABLE, "Nothing is archived");
        return;
    }
    if (is_busy(request->mucd)) {
        iq_refuse(request, ERR_RESOURCE_CONSTRAINT,
                  "Too many queries are under way");
        return;
    }
    kept = iq_keep(request);
    asked = arena_alloc(kept->arena, sizeof(*asked));
    kept->data = asked;
    asked->page.max =
        (unsigned)config_int(kept->mucd->config, "mucd.max-archive-page");
    asked->query_id = xml_get(kept->payload, "queryid");
    read_set(kept, &asked->page);
    if (!read_form(kept, &asked->page)) {
        iq_refuse(kept, ERR_BAD_REQUEST, NULL);
        return;
    }
    kept->mucd->archive_queries++;
    store_archive_count(kept->mucd->store, room, &asked->page, on_count, kept);
}

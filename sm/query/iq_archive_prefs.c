/* What a user wants to have archived (XEP-0441). */
#include <stdlib.h>

#include "sm/archive/archive.h"
#include "sm/query/iq.h"
#include "sm/store/store.h"

/* Preferences under way to the database; in the request's arena. */
struct wanted {
    enum archive_standard standard;
    struct str always, never;
};

static void add_list(struct xml *prefs, const char *name, struct str list)
{
    struct xml *element = xml_add(prefs, NS_MAM, str_of(name));

    while (list.len)
        xml_add_leaf(element, NS_MAM, STR("jid"),
                     str_cut(&list, ARCHIVE_LIST_SEPARATOR));
}

static void answer(struct iq_request *request, const struct account *account)
{
    struct xml *result = iq_make_result(request);
    struct xml *prefs = xml_add(result, NS_MAM, STR("prefs"));
    enum archive_standard standard =
        (enum archive_standard)account->archive_standard;

    xml_set(prefs, STR("default"), str_of(archive_standard_name(standard)));
    add_list(prefs, "always", account->archive_always);
    add_list(prefs, "never", account->archive_never);
    iq_answer(request, result);
}

void handle_archive_prefs_get(struct iq_request *request)
{
    if (iq_archive_is_there(request))
        answer(request, request->account);
}

/* --- setting -------------------------------------------------------------- */

/* Joins the addresses in canonical form. False when one is none, or there are
 * more than `room`. */
static bool read_list(struct arena *arena, const struct xml *prefs,
                      const char *name, uint64_t *room, struct str *list)
{
    const struct xml *element = xml_child(prefs, NS_MAM, name);
    const struct xml *item = element ? xml_child(element, NS_MAM, "jid") : NULL;
    struct buf joined = {0};
    bool is_fine = true;
    struct jid jid;

    for (; item && is_fine; item = xml_next(item, NS_MAM, "jid")) {
        is_fine = *room > 0 && jid_parse(&jid, arena, xml_text(item));
        if (!is_fine)
            break;
        --*room;
        if (buf_len(&joined))
            buf_add_char(&joined, ARCHIVE_LIST_SEPARATOR);
        buf_add(&joined, jid.full);
    }
    *list = joined.data ? arena_dup(arena, buf_view(&joined)) : STR("");
    buf_clear(&joined);
    return is_fine;
}

static void on_stored(void *ctx, bool ok)
{
    struct iq_request *request = ctx;
    const struct wanted *wanted = request->data;
    struct account *account = account_find(request->sm, request->to.bare);

    if (!ok || !account) {
        iq_refuse(request, ERR_INTERNAL_SERVER_ERROR,
                  "The change could not be stored");
        return;
    }
    account->archive_standard = wanted->standard;
    free((char *)account->archive_always.p);
    free((char *)account->archive_never.p);
    account->archive_always = str_dup(wanted->always);
    account->archive_never = str_dup(wanted->never);
    answer(request, account);
}

void handle_archive_prefs_set(struct iq_request *request)
{
    uint64_t room =
        (uint64_t)config_int(request->sm->config, "sm.archive-list-max-items");
    struct iq_request *kept;
    struct wanted *wanted;

    if (!iq_archive_is_there(request))
        return;
    kept = iq_keep(request);
    wanted = arena_alloc(kept->arena, sizeof(*wanted));
    kept->data = wanted;
    if (room == 0)
        room = UINT64_MAX;
    if (!archive_standard_of(xml_get(kept->payload, "default"),
                             &wanted->standard) ||
        !read_list(kept->arena, kept->payload, "always", &room,
                   &wanted->always) ||
        !read_list(kept->arena, kept->payload, "never", &room,
                   &wanted->never)) {
        iq_refuse(kept, room ? ERR_BAD_REQUEST : ERR_RESOURCE_CONSTRAINT, NULL);
        return;
    }
    store_archive_prefer(kept->sm->store, store_user(&kept->to),
                         str_of(archive_standard_name(wanted->standard)),
                         wanted->always, wanted->never, on_stored, kept);
}

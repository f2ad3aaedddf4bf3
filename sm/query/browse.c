#include "sm/query/browse.h"

#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "sm/admin/permit.h"
#include "sm/presence/contact.h"
#include "sm/query/search.h"

/* What a department, or the top, has below it. */
struct entry {
    struct str id; /* unique in the list: a node or a bare JID */
    struct str name;
    int64_t rank;
    bool is_person;
};

struct listing {
    struct iq_request *request;
    struct entry *entries;
    size_t count;
};

bool browse_may(const struct iq_request *request)
{
    return str_eq(request->from.domain, request->to.domain) &&
           (sm_is_admin(request->sm, request->from.bare) ||
            permit(request->sm, request->from.bare, MAY_SEARCH));
}

/* --- what is there -------------------------------------------------------- */

static void add(struct listing *listing, const struct entry *entry)
{
    /* In powers of two, so that a large department is not copied for each. */
    if ((listing->count & (listing->count - 1)) == 0)
        listing->entries = mem_realloc(
            listing->entries,
            (listing->count ? listing->count * 2 : 1) * sizeof(*entry));
    listing->entries[listing->count++] = *entry;
}

/* The nearest department above it that the asker may know of; NULL: the top.
 * What he may not know stands in nobody's way. */
static const struct directory_department *
shown_below(const struct iq_request *request,
            const struct directory_department *department)
{
    do
        department = department->parent;
    while (department && !search_may_know(request, department));
    return department;
}

static void add_departments(struct listing *listing,
                            const struct directory_department *above)
{
    struct iq_request *request = listing->request;
    const struct directory *directory = request->sm->directory;
    const struct directory_department *one =
        directory ? directory->departments : NULL;

    for (; one; one = one->hh.next) {
        if (!str_eq(one->domain, request->to.domain) ||
            !search_may_know(request, one) ||
            shown_below(request, one) != above)
            continue;
        add(listing, &(struct entry){.id = arena_printf(request->arena,
                                                        BROWSE_NODE "/%lld",
                                                        (long long)one->id),
                                     .name = one->name,
                                     .rank = one->rank});
    }
}

static void add_people(struct listing *listing,
                       const struct directory_department *department)
{
    const struct directory_membership *member;

    if (!department)
        return;
    LL_FOREACH2(department->members, member, next_of_department)
    add(listing, &(struct entry){.id = member->person->jid,
                                 .name = member->person->name,
                                 .is_person = true});
}

static int compare_text(struct str a, struct str b)
{
    int order = memcmp(a.p, b.p, a.len < b.len ? a.len : b.len);

    return order ? order : (a.len > b.len) - (a.len < b.len);
}

/* Departments first, by rank and name; then people by address. */
static int compare(const void *left, const void *right)
{
    const struct entry *a = left, *b = right;
    int order = a->is_person - b->is_person;

    if (!order)
        order = (a->rank > b->rank) - (a->rank < b->rank);
    if (!order && !a->is_person)
        order = compare_text(a->name, b->name);
    return order ? order : compare_text(a->id, b->id);
}

/* --- pages (XEP-0059) ----------------------------------------------------- */

struct page {
    size_t first, count;
    bool is_asked, is_found;
};

static size_t place_of(const struct listing *listing, struct str id)
{
    size_t i = 0;

    while (i < listing->count && !str_eq(listing->entries[i].id, id))
        i++;
    return i;
}

/* Not found: the page begins or ends at an item that is not there (§2.3). */
static struct page page_of(const struct listing *listing)
{
    const struct iq_request *request = listing->request;
    const struct xml *set = xml_child(request->payload, NS_RSM, "set");
    const struct xml *before = set ? xml_child(set, NS_RSM, "before") : NULL;
    struct str after = set ? xml_child_text(set, NS_RSM, "after") : STR_NONE;
    uint64_t most =
        (uint64_t)config_int(request->sm->config, "sm.search-max-results");
    uint64_t asked;
    size_t end = listing->count;
    struct page page = {.is_asked = set != NULL, .is_found = true};

    if (set && str_to_u64(xml_child_text(set, NS_RSM, "max"), &asked) &&
        asked < most)
        most = asked;
    if (after.len) {
        page.first = place_of(listing, after) + 1;
        page.is_found = page.first <= listing->count;
    }
    if (before && xml_text(before).len) {
        end = place_of(listing, xml_text(before));
        page.is_found &= end < listing->count;
    }
    if (page.first > end)
        page.first = end;
    if (before && end - page.first > most)
        page.first = end - (size_t)most;
    page.count = end - page.first < most ? end - page.first : (size_t)most;
    return page;
}

static void add_set(const struct listing *listing, const struct page *page,
                    struct xml *query)
{
    const struct entry *entries = listing->entries + page->first;
    struct xml *set, *first;

    if (!page->is_asked && page->count == listing->count)
        return;
    set = xml_add(query, NS_RSM, STR("set"));
    if (page->count) {
        first = xml_add_leaf(set, NS_RSM, STR("first"), entries[0].id);
        xml_set(first, STR("index"),
                arena_printf(query->arena, "%zu", page->first));
        xml_add_leaf(set, NS_RSM, STR("last"), entries[page->count - 1].id);
    }
    xml_add_leaf(set, NS_RSM, STR("count"),
                 arena_printf(query->arena, "%zu", listing->count));
}

static void add_item(const struct listing *listing, struct xml *query,
                     const struct entry *entry)
{
    struct xml *item = xml_add(query, NS_DISCO_ITEMS, STR("item"));

    xml_set(item, STR("jid"),
            entry->is_person ? entry->id : listing->request->to.domain);
    if (!entry->is_person)
        xml_set(item, STR("node"), entry->id);
    if (entry->name.len)
        xml_set(item, STR("name"), entry->name);
}

/* --- answering ------------------------------------------------------------ */

static void answer_items(struct iq_request *request,
                         const struct directory_department *department)
{
    struct listing listing = {.request = request};
    struct xml *result = iq_make_result(request);
    struct xml *query = xml_add(result, NS_DISCO_ITEMS, STR("query"));
    struct page page;

    xml_set(query, STR("node"), xml_get(request->payload, "node"));
    add_departments(&listing, department);
    add_people(&listing, department);
    if (listing.count)
        qsort(listing.entries, listing.count, sizeof(*listing.entries),
              compare);
    page = page_of(&listing);
    for (size_t i = 0; page.is_found && i < page.count; i++)
        add_item(&listing, query, &listing.entries[page.first + i]);
    if (page.is_found)
        add_set(&listing, &page, query);
    free(listing.entries);
    if (page.is_found)
        iq_answer(request, result);
    else
        iq_refuse(request, ERR_ITEM_NOT_FOUND, NULL);
}

static void answer_info(struct iq_request *request,
                        const struct directory_department *department)
{
    struct xml *result = iq_make_result(request);
    struct xml *query = xml_add(result, NS_DISCO_INFO, STR("query"));

    xml_set(query, STR("node"), xml_get(request->payload, "node"));
    disco_identity(query, "hierarchy", "branch",
                   department ? department->name
                              : stanza_text(request->iq, "Departments"));
    disco_feature(query, NS_DISCO_ITEMS);
    disco_feature(query, NS_RSM);
    iq_answer(request, result);
}

/* Nodes have numbers: a path would tell of departments above that the asker may
 * not know of. */
static const struct directory_department *
department_of(const struct iq_request *request, struct str number)
{
    const struct directory *directory = request->sm->directory;
    const struct directory_department *one =
        directory ? directory->departments : NULL;
    int64_t id;

    if (!str_to_i64(number, &id))
        return NULL;
    while (one && (one->id != id || !str_eq(one->domain, request->to.domain)))
        one = one->hh.next;
    return one && search_may_know(request, one) ? one : NULL;
}

bool browse_discovered(struct iq_request *request)
{
    const struct directory_department *department = NULL;
    struct str number = xml_get(request->payload, "node");
    struct str root = str_cut(&number, '/');

    if (request->place != IQ_AT_SERVER || !str_is(root, BROWSE_NODE))
        return false;
    if (number.len)
        department = department_of(request, number);
    if (!browse_may(request) || (number.len && !department))
        iq_refuse(request, ERR_ITEM_NOT_FOUND, NULL);
    else if (str_eq(request->payload->ns, NS_DISCO_INFO))
        answer_info(request, department);
    else
        answer_items(request, department);
    return true;
}

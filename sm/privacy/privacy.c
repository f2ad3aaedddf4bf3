#include "sm/privacy/privacy.h"

#include <stdlib.h>
#include <utlist.h>

#include "sm/presence/contact.h"
#include "sm/session/session.h"

#define MAX_LIST_BYTES (4u << 20)

struct privacy_list *privacy_find(const struct privacy *privacy,
                                  struct str name)
{
    struct privacy_list *list;

    LL_FOREACH(privacy->lists, list)
    if (str_eq(list->name, name))
        return list;
    return NULL;
}

struct privacy_list *privacy_default(const struct privacy *privacy)
{
    struct privacy_list *list;

    LL_FOREACH(privacy->lists, list)
    if (list->is_default)
        return list;
    return NULL;
}

void privacy_set_default(struct privacy *privacy,
                         const struct privacy_list *list)
{
    struct privacy_list *other;

    LL_FOREACH(privacy->lists, other)
    other->is_default = other == list;
}

bool privacy_item_blocks(const struct privacy_item *item)
{
    return item->match == PRIVACY_JID && !item->allow &&
           item->kinds == PRIVACY_ALL;
}

static void clear_items(struct privacy_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free((char *)list->items[i].value.p);
    free(list->items);
    list->items = NULL;
    list->count = 0;
}

static void free_list(struct privacy_list *list)
{
    clear_items(list);
    free((char *)list->name.p);
    free(list);
}

void privacy_clear(struct privacy *privacy)
{
    struct privacy_list *list;

    while ((list = privacy->lists)) {
        privacy->lists = list->next;
        free_list(list);
    }
}

void privacy_remove(struct privacy *privacy, struct privacy_list *list)
{
    LL_DELETE(privacy->lists, list);
    free_list(list);
}

/* --- reading (XEP-0016 §2.1) ---------------------------------------------- */

static unsigned read_kinds(const struct xml *element)
{
    static const struct {
        const char *name;
        unsigned kind;
    } names[] = {{"message", PRIVACY_MESSAGE},
                 {"iq", PRIVACY_IQ},
                 {"presence-in", PRIVACY_PRESENCE_IN},
                 {"presence-out", PRIVACY_PRESENCE_OUT}};
    unsigned kinds = 0;

    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (xml_child(element, element->ns, names[i].name))
            kinds |= names[i].kind;
    return kinds ? kinds : PRIVACY_ALL;
}

static bool read_match(struct privacy_item *item, struct str type,
                       struct str value, struct arena *arena)
{
    struct jid jid;

    item->value = STR_NONE;
    if (!type.p) {
        item->match = PRIVACY_ANY;
        return true;
    }
    if (!value.len)
        return false;
    if (str_is(type, "jid")) {
        item->match = PRIVACY_JID;
        if (!jid_parse(&jid, arena, value))
            return false;
        item->value = jid.full;
        return true;
    }
    item->value = value;
    item->match = str_is(type, "group") ? PRIVACY_GROUP : PRIVACY_SUBSCRIPTION;
    if (item->match == PRIVACY_GROUP)
        return true;
    return str_is(type, "subscription") &&
           (str_is(value, "both") || str_is(value, "to") ||
            str_is(value, "from") || str_is(value, "none"));
}

static bool read_item(struct privacy_item *item, const struct xml *element,
                      struct arena *arena)
{
    struct str action = xml_get(element, "action");
    uint64_t order;

    if (!str_to_u64(xml_get(element, "order"), &order) || order > UINT32_MAX)
        return false;
    item->order = (uint32_t)order;
    item->allow = str_is(action, "allow");
    item->kinds = read_kinds(element);
    return (item->allow || str_is(action, "deny")) &&
           read_match(item, xml_get(element, "type"), xml_get(element, "value"),
                      arena);
}

static int by_order(const void *a, const void *b)
{
    const struct privacy_item *x = a, *y = b;

    return (x->order > y->order) - (x->order < y->order);
}

bool privacy_set(struct privacy *privacy, struct arena *arena, struct str name,
                 const struct xml *element)
{
    struct privacy_item *items = NULL;
    struct privacy_list *list;
    size_t count = 0;

    for (const struct xml *i = xml_child(element, element->ns, "item"); i;
         i = xml_next(i, element->ns, "item")) {
        items = mem_realloc(items, (count + 1) * sizeof(*items));
        if (!read_item(&items[count++], i, arena)) {
            free(items);
            return false;
        }
    }
    if (count > 0)
        qsort(items, count, sizeof(*items), by_order);
    for (size_t i = 1; i < count; i++)
        if (items[i].order == items[i - 1].order) {
            free(items);
            return false;
        }
    for (size_t i = 0; i < count; i++)
        items[i].value = str_dup(items[i].value);
    list = privacy_find(privacy, name);
    if (!list) {
        list = NEW(struct privacy_list);
        list->name = str_dup(name);
        LL_PREPEND(privacy->lists, list);
    }
    clear_items(list);
    list->items = items;
    list->count = count;
    return true;
}

bool privacy_load(struct privacy *privacy, struct arena *arena, struct str name,
                  bool is_default, struct str items)
{
    static const struct xml_limits limits = {.max_stanza = MAX_LIST_BYTES,
                                             .max_depth = 8};
    struct xml_parser *parser = xml_parser_new(&limits);
    const struct xml *element = xml_parse(parser, arena, items);
    bool ok = element && privacy_set(privacy, arena, name, element);

    if (ok)
        privacy_find(privacy, name)->is_default = is_default;
    xml_parser_free(parser);
    return ok;
}

/* --- writing -------------------------------------------------------------- */

void privacy_write_item(const struct privacy_item *item, struct xml *into)
{
    static const char *const types[] = {[PRIVACY_JID] = "jid",
                                        [PRIVACY_GROUP] = "group",
                                        [PRIVACY_SUBSCRIPTION] =
                                            "subscription"};
    static const char *const kinds[] = {"message", "iq", "presence-in",
                                        "presence-out"};

    struct xml *element = xml_add(into, NS_PRIVACY, STR("item"));

    if (item->match != PRIVACY_ANY) {
        xml_set(element, STR("type"), str_of(types[item->match]));
        xml_set(element, STR("value"), item->value);
    }
    xml_set(element, STR("action"), item->allow ? STR("allow") : STR("deny"));
    xml_set(element, STR("order"),
            arena_printf(into->arena, "%u", (unsigned)item->order));
    for (unsigned k = 0; item->kinds != PRIVACY_ALL && k < COUNT_OF(kinds); k++)
        if (item->kinds & (1u << k))
            xml_add(element, NS_PRIVACY, str_of(kinds[k]));
}

void privacy_write(const struct privacy_list *list, struct xml *into)
{
    for (size_t i = 0; i < list->count; i++)
        privacy_write_item(&list->items[i], into);
}

/* --- deciding ------------------------------------------------------------- */

/* XEP-0016 §2.1: user@domain/resource, user@domain, domain/resource, domain. */
static bool jid_matches(struct str value, const struct jid *other)
{
    struct str rest = other->resource;

    if (str_eq(value, other->full) || str_eq(value, other->bare) ||
        str_eq(value, other->domain))
        return true;
    /* domain/resource */
    return other->local.len && rest.len &&
           value.len == other->domain.len + 1 + rest.len &&
           str_starts(value, other->domain) &&
           value.p[other->domain.len] == '/' &&
           str_eq((struct str){value.p + other->domain.len + 1, rest.len},
                  rest);
}

static bool item_matches(const struct privacy_item *item,
                         const struct jid *other, const struct contact *contact)
{
    switch (item->match) {
    case PRIVACY_ANY:
        return true;
    case PRIVACY_JID:
        return jid_matches(item->value, other);
    case PRIVACY_GROUP:
        return contact_has_group(contact, item->value);
    case PRIVACY_SUBSCRIPTION:
        return str_is(item->value, contact_subscription(contact));
    }
    return false;
}

/* The first rule that speaks of it; NULL: none does. */
static const struct privacy_item *find_rule(const struct account *account,
                                            const struct privacy_list *list,
                                            const struct jid *other,
                                            enum privacy_kind kind)
{
    struct contact contact = contact_of(account, other->bare);

    for (size_t i = 0; i < list->count; i++)
        if ((list->items[i].kinds & kind) &&
            item_matches(&list->items[i], other, &contact))
            return &list->items[i];
    return NULL;
}

/* The list that rules a session, or with NULL the account; NULL: none. */
static const struct privacy_list *
privacy_in_force(const struct account *account, const struct session *session)
{
    if (session && session->active_list)
        return session->active_list;
    return privacy_default(&account->privacy);
}

/* No rule keeps a user's resources apart (XEP-0016 §2.1), or them from their
 * server. */
static bool is_exempt(const struct account *account, const struct jid *other)
{
    return jid_bare_eq(other, &account->jid) ||
           str_eq(other->full, account->jid.domain);
}

bool privacy_allows(const struct account *account,
                    const struct session *session, const struct jid *other,
                    enum privacy_kind kind)
{
    const struct privacy_list *list = privacy_in_force(account, session);
    const struct privacy_item *rule;

    if (!list || is_exempt(account, other))
        return true;
    rule = find_rule(account, list, other, kind);
    return !rule || rule->allow;
}

bool privacy_is_blocked(const struct account *account,
                        const struct session *session, const struct jid *other)
{
    const struct privacy_list *list = privacy_in_force(account, session);
    const struct privacy_item *rule;

    if (!list || !list->is_default || is_exempt(account, other))
        return false;
    rule = find_rule(account, list, other, PRIVACY_OTHER);
    return rule && privacy_item_blocks(rule);
}

#include "sm/privacy/blocklist.h"

#include <stdlib.h>
#include <utlist.h>

static int by_name(const void *a, const void *b)
{
    const struct str *x = a, *y = b;

    return str_cmp(*x, *y);
}

struct names names_new(struct arena *arena, size_t room)
{
    return (struct names){arena_alloc(arena, (room + 1) * sizeof(struct str)),
                          0};
}

void names_sort(struct names *names)
{
    size_t kept = 0;

    if (names->count == 0)
        return;
    qsort(names->jids, names->count, sizeof(*names->jids), by_name);
    for (size_t i = 0; i < names->count; i++)
        if (kept == 0 || !str_eq(names->jids[kept - 1], names->jids[i]))
            names->jids[kept++] = names->jids[i];
    names->count = kept;
}

bool names_have(const struct names *names, struct str jid)
{
    return names->count > 0 && bsearch(&jid, names->jids, names->count,
                                       sizeof(*names->jids), by_name);
}

struct names names_without(struct arena *arena, const struct names *a,
                           const struct names *b)
{
    struct names rest = names_new(arena, a->count);

    for (size_t i = 0; i < a->count; i++)
        if (!names_have(b, a->jids[i]))
            rest.jids[rest.count++] = a->jids[i];
    return rest;
}

struct names blocklist_of(const struct account *account, struct arena *arena)
{
    const struct privacy_list *list = privacy_default(&account->privacy);
    size_t count = list ? list->count : 0;
    struct names names = names_new(arena, count);

    for (size_t i = 0; i < count; i++)
        if (privacy_item_blocks(&list->items[i]))
            names.jids[names.count++] = arena_dup(arena, list->items[i].value);
    names_sort(&names);
    return names;
}

void blocklist_push(struct account *account, struct duty *duty,
                    const char *change, const struct names *names)
{
    struct arena *arena = &account->sm->arena;
    struct session *session;

    DL_FOREACH(account->sessions, session)
    {
        struct xml *iq, *element;

        if (!session->wants_blocklist || session->is_doomed)
            continue;
        iq = xml_new(arena, NS_CLIENT, STR("iq"));
        xml_set(iq, STR("type"), STR("set"));
        xml_set(iq, STR("id"), stanza_new_id(arena));
        element = xml_add(iq, NS_BLOCKING, str_of(change));
        for (size_t i = 0; i < names->count; i++)
            xml_set(xml_add(element, NS_BLOCKING, STR("item")), STR("jid"),
                    names->jids[i]);
        session_send(session, duty, iq);
    }
}

void blocklist_push_changes(struct account *account, struct duty *duty,
                            const struct names *before)
{
    struct arena *arena = &account->sm->arena;
    struct names now = blocklist_of(account, arena);
    struct names gone = names_without(arena, before, &now);
    struct names added = names_without(arena, &now, before);

    if (gone.count > 0)
        blocklist_push(account, duty, "unblock", &gone);
    if (added.count > 0)
        blocklist_push(account, duty, "block", &added);
}

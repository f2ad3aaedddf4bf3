#include "sm/presence/roster.h"

#include <stdlib.h>

/* What each state is made of. */
struct part {
    bool to, from, out, in;
    const char *name;
};

static const struct part parts[] = {
    [SUB_NONE] = {false, false, false, false, "none"},
    [SUB_NONE_OUT] = {false, false, true, false, "none"},
    [SUB_NONE_IN] = {false, false, false, true, "none"},
    [SUB_NONE_OUT_IN] = {false, false, true, true, "none"},
    [SUB_TO] = {true, false, false, false, "to"},
    [SUB_TO_IN] = {true, false, false, true, "to"},
    [SUB_FROM] = {false, true, false, false, "from"},
    [SUB_FROM_OUT] = {false, true, true, false, "from"},
    [SUB_BOTH] = {true, true, false, false, "both"},
};

struct roster_item *roster_find(const struct roster *roster, struct str jid)
{
    struct roster_item *item;

    HASH_FIND(hh, roster->items, jid.p, jid.len, item);
    return item;
}

struct roster_item *roster_get(struct roster *roster, struct str jid)
{
    struct roster_item *item = roster_find(roster, jid);

    if (item)
        return item;
    item = NEW(struct roster_item);
    item->jid = str_dup(jid);
    HASH_ADD_KEYPTR(hh, roster->items, item->jid.p, item->jid.len, item);
    return item;
}

static void clear_details(struct roster_item *item)
{
    for (size_t i = 0; i < item->group_count; i++)
        free((char *)item->groups[i].p);
    free(item->groups);
    free((char *)item->name.p);
    item->groups = NULL;
    item->group_count = 0;
    item->name = STR_NONE;
}

void roster_set(struct roster *roster, struct roster_item *item,
                struct str name, const struct str *groups, size_t group_count)
{
    struct str new_name = str_dup(name);
    struct str *copies =
        group_count ? mem_alloc(group_count * sizeof(*copies)) : NULL;

    for (size_t i = 0; i < group_count; i++)
        copies[i] = str_dup(groups[i]);
    clear_details(item);
    item->name = new_name;
    item->groups = copies;
    item->group_count = group_count;
    if (!item->is_listed)
        roster->listed++;
    item->is_listed = true;
}

void roster_remove(struct roster *roster, struct roster_item *item)
{
    if (item->is_listed)
        roster->listed--;
    HASH_DEL(roster->items, item);
    clear_details(item);
    free((char *)item->request.p);
    free((char *)item->jid.p);
    free(item);
}

void roster_clear(struct roster *roster)
{
    struct roster_item *item, *next;

    HASH_ITER(hh, roster->items, item, next)
    roster_remove(roster, item);
}

bool roster_item_sees(const struct roster_item *item)
{
    return parts[item->state].from;
}

bool roster_item_is_seen(const struct roster_item *item)
{
    return parts[item->state].to;
}

bool roster_item_asks(const struct roster_item *item)
{
    return parts[item->state].out;
}

bool roster_item_is_asked(const struct roster_item *item)
{
    return parts[item->state].in;
}

const char *roster_item_subscription(const struct roster_item *item)
{
    return parts[item->state].name;
}

enum subscription_state roster_state(struct str subscription, bool asks,
                                     bool is_asked)
{
    for (size_t i = 0; i < COUNT_OF(parts); i++)
        if (str_is(subscription, parts[i].name) && parts[i].out == asks &&
            parts[i].in == is_asked)
            return (enum subscription_state)i;
    if (str_is(subscription, "both"))
        return SUB_BOTH; /* nothing is left to ask for */
    if (str_is(subscription, "to"))
        return is_asked ? SUB_TO_IN : SUB_TO;
    if (str_is(subscription, "from"))
        return asks ? SUB_FROM_OUT : SUB_FROM;
    return SUB_NONE;
}

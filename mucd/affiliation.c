#include "affiliation.h"

#include <string.h>

#include "presence.h"

#define MAX_LISTED 500u

struct list_row {
    const char *var;
    const char *label;
    enum affiliation affiliation;
};

static const struct list_row lists[] = {
    {"muc#roomconfig_roomadmins", "All administrators", AFFILIATION_ADMIN},
    {"muc#roomconfig_roomowners", "All owners", AFFILIATION_OWNER},
};

/* The role that comes with another affiliation (§5.1.3, note). */
static enum role role_after(const struct occupant *occupant,
                            enum affiliation old, enum affiliation now)
{
    const struct settings *settings = &occupant->room->settings;
    enum role entry =
        role_on_entry(now, settings->is_moderated, settings->is_members_only);

    if (entry == ROLE_NONE)
        return ROLE_NONE;
    if (now > old)
        return entry > occupant->role ? entry : occupant->role;
    return old >= AFFILIATION_ADMIN ? entry : occupant->role;
}

static void apply_to_occupant(struct occupant *occupant, struct duty *duty,
                              enum affiliation old, enum affiliation now,
                              struct change *change)
{
    enum role role = role_after(occupant, old, now);

    if (role != ROLE_NONE) {
        occupant_set_role(occupant, duty, role, change);
        return;
    }
    change->codes[0] = now == AFFILIATION_OUTCAST ? 301 : 321;
    occupant_remove(occupant, duty, change);
}

/* A banned domain has all its users who are not named themselves (§9.2). */
static bool concerns(const struct room *room, struct str jid,
                     const struct occupant *occupant)
{
    struct str bare = occupant->bare;

    if (str_eq(bare, jid))
        return true;
    return bare.len > jid.len && bare.p[bare.len - jid.len - 1] == '@' &&
           memcmp(bare.p + bare.len - jid.len, jid.p, jid.len) == 0 &&
           !room_member(room, bare);
}

void affiliation_apply(struct room *room, struct duty *duty, struct str bare,
                       enum affiliation affiliation, struct str reason,
                       struct str actor)
{
    enum affiliation old = room_affiliation(room, bare);
    struct str kept = arena_dup(&room->mucd->arena, bare);
    struct occupant *occupant, *next;

    room_set_affiliation(room, duty, kept, affiliation, reason);
    HASH_ITER(hh, room->occupants, occupant, next)
    {
        struct change change = {.reason = reason, .actor = actor};

        if (concerns(room, kept, occupant))
            apply_to_occupant(occupant, duty, old,
                              room_affiliation(room, occupant->bare), &change);
    }
}

/* --- the form's lists ----------------------------------------------------- */

void affiliation_write_lists(const struct room *room, const struct xml *asked,
                             struct xml *form)
{
    for (size_t i = 0; i < COUNT_OF(lists); i++) {
        struct xml *field = form_add(form, lists[i].var, "jid-multi", STR_NONE);

        xml_set(field, STR("label"), stanza_text(asked, lists[i].label));
        for (const struct member *m = room->members; m; m = m->hh.next)
            if (m->affiliation == lists[i].affiliation)
                xml_add_leaf(field, NS_DATA, STR("value"), m->jid);
    }
}

static bool is_named(const struct xml *field, struct str bare)
{
    const struct xml *value = xml_child(field, NS_DATA, "value");

    while (value && !str_eq(xml_text(value), bare))
        value = xml_next(value, NS_DATA, "value");
    return value != NULL;
}

/* Prepares each address in its place, so that equal ones have equal bytes. */
static bool prepare(const struct room *room, struct xml *field, unsigned *count)
{
    struct xml *value = xml_child(field, NS_DATA, "value");
    struct jid jid;

    for (*count = 0; value; value = xml_next(value, NS_DATA, "value")) {
        if (++*count > MAX_LISTED ||
            !jid_parse(&jid, &room->mucd->arena, xml_text(value)))
            return false;
        while (value->first)
            xml_remove(value->first);
        xml_add_text(value, jid.bare);
    }
    return true;
}

static unsigned count_new(const struct room *room, const struct xml *field)
{
    const struct xml *value = xml_child(field, NS_DATA, "value");
    unsigned count = 0;

    for (; value; value = xml_next(value, NS_DATA, "value"))
        count += room_member(room, xml_text(value)) == NULL;
    return count;
}

bool affiliation_judge_lists(const struct room *room, const struct xml *form,
                             enum stanza_error *error)
{
    unsigned fresh = 0;

    for (size_t i = 0; i < COUNT_OF(lists); i++) {
        struct xml *field = form_field(form, lists[i].var);
        unsigned count;

        *error = ERR_NOT_ACCEPTABLE;
        if (field && !prepare(room, field, &count))
            return false;
        fresh += field ? count_new(room, field) : 0;
        *error = ERR_RESOURCE_CONSTRAINT;
        if (fresh > 0 && !room_has_space_for(room, fresh))
            return false;
        *error = ERR_CONFLICT; /* a room keeps an owner (§10.2) */
        if (field && lists[i].affiliation == AFFILIATION_OWNER && count == 0)
            return false;
    }
    return true;
}

static void raise_named(struct room *room, struct duty *duty,
                        const struct xml *field, enum affiliation affiliation)
{
    const struct xml *value = xml_child(field, NS_DATA, "value");

    for (; value; value = xml_next(value, NS_DATA, "value"))
        if (room_affiliation(room, xml_text(value)) != affiliation)
            affiliation_apply(room, duty, xml_text(value), affiliation,
                              STR_NONE, STR_NONE);
}

static void lower_others(struct room *room, struct duty *duty,
                         const struct xml *field, enum affiliation affiliation)
{
    struct member *member, *next;

    HASH_ITER(hh, room->members, member, next)
    if (member->affiliation == affiliation && !is_named(field, member->jid))
        affiliation_apply(room, duty, member->jid, AFFILIATION_MEMBER, STR_NONE,
                          STR_NONE);
}

void affiliation_apply_lists(struct room *room, struct duty *duty,
                             const struct xml *form)
{
    for (size_t i = 0; i < COUNT_OF(lists); i++) {
        const struct xml *field = form_field(form, lists[i].var);

        if (!field)
            continue;
        lower_others(room, duty, field, lists[i].affiliation);
        raise_named(room, duty, field, lists[i].affiliation);
    }
}

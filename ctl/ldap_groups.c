/* Groups of another directory: one that is a member of another one is a
 * department below it. */
#include "ldap_import.h"

#include <ctype.h>
#include <string.h>

#include "common/xml/xml.h"

/* Groups deeper than this are not below another one any more. */
#define MAX_DEPTH 32u

struct str ldap_lower(struct arena *arena, struct str text)
{
    struct str copy = arena_dup(arena, text);

    for (size_t i = 0; i < copy.len; i++)
        ((char *)(uintptr_t)copy.p)[i] =
            (char)tolower((unsigned char)copy.p[i]);
    return copy;
}

/* Control characters would end a column. */
void ldap_add_column(struct buf *rows, struct str text, char end)
{
    for (size_t i = 0; i < text.len; i++)
        buf_add_char(rows, (unsigned char)text.p[i] < ' ' ? ' ' : text.p[i]);
    buf_add_char(rows, end);
}

struct str ldap_first_of(const struct str *values)
{
    return values && values[0].p && xml_utf8_valid(values[0]) ? values[0]
                                                              : STR("");
}

/* A member is named by his entry, or by his user name (posixGroup). */
static struct str member_name(struct ldap_import *import, struct str value)
{
    struct arena *arena = &import->ctl->arena;
    struct str dn = ldap_lower(arena, value);
    struct str username;
    struct person *person;

    HASH_FIND(hh, import->by_dn, dn.p, dn.len, person);
    if (person)
        return person->username;
    username = jid_prep_local(arena, value);
    if (username.len)
        HASH_FIND(hh_name, import->by_name, username.p, username.len, person);
    return person ? username : STR_NONE;
}

void ldap_take_group(void *ctx, const struct ldap_entry *entry)
{
    struct ldap_import *import = ctx;
    struct arena *arena = &import->ctl->arena;
    const struct str *member = entry->values[1];
    struct str key = ldap_lower(arena, entry->dn);
    struct group *group;

    if (!ldap_first_of(entry->values[0]).len) {
        import->skipped++;
        return;
    }
    group = arena_alloc(arena, sizeof(*group));
    group->dn = arena_dup(arena, entry->dn);
    group->name = arena_dup(arena, ldap_first_of(entry->values[0]));
    while (member && member[group->member_count].p)
        group->member_count++;
    group->members =
        arena_alloc(arena, (group->member_count + 1) * sizeof(*group->members));
    for (size_t i = 0; i < group->member_count; i++)
        group->members[i] = arena_dup(arena, member[i]);
    HASH_ADD_KEYPTR(hh, import->all_groups, key.p, key.len, group);
}

/* --- the tree of groups --------------------------------------------------- */

static unsigned depth_of(const struct group *group)
{
    unsigned depth = 0;

    while ((group = group->above))
        depth++;
    return depth;
}

static bool is_at_or_above(const struct group *group, const struct group *other)
{
    for (; other; other = other->above)
        if (other == group)
            return true;
    return false;
}

/* The first group that has it is above it; not one that is below it. */
static void link_groups(struct ldap_import *import)
{
    struct arena *arena = &import->ctl->arena;

    for (struct group *group = import->all_groups; group;
         group = group->hh.next)
        for (size_t i = 0; i < group->member_count; i++) {
            struct str key = ldap_lower(arena, group->members[i]);
            struct group *below;

            HASH_FIND(hh, import->all_groups, key.p, key.len, below);
            if (below && !below->above && !is_at_or_above(below, group) &&
                depth_of(group) + 1 < MAX_DEPTH)
                below->above = group;
        }
}

/* As the database makes a path: a '/' of a name is no step. */
static struct str path_of(struct arena *arena, const struct group *group)
{
    struct buf path = {0};
    struct str made;

    if (group->above) {
        buf_add(&path, group->above->path);
        buf_add_char(&path, '/');
    }
    for (size_t i = 0; i < group->name.len; i++) {
        if (group->name.p[i] == '/' || group->name.p[i] == '\\')
            buf_add_char(&path, '\\');
        buf_add_char(&path, group->name.p[i]);
    }
    made = arena_dup(arena, buf_view(&path));
    buf_clear(&path);
    return made;
}

static void add_group(struct ldap_import *import, struct group *group)
{
    struct str above = group->above ? group->above->path : STR("");

    group->path = path_of(&import->ctl->arena, group);
    ldap_add_column(&import->groups, group->path, END_OF_COLUMN);
    ldap_add_column(&import->groups, above, END_OF_COLUMN);
    ldap_add_column(&import->groups, group->name, END_OF_COLUMN);
    ldap_add_column(&import->groups, group->dn, END_OF_ROW);
    for (size_t i = 0; i < group->member_count; i++) {
        struct str username = member_name(import, group->members[i]);

        if (!username.p)
            continue;
        ldap_add_column(&import->members, group->path, END_OF_COLUMN);
        ldap_add_column(&import->members, username, END_OF_ROW);
    }
}

/* Those above before those below. */
void ldap_add_groups(struct ldap_import *import)
{
    size_t left = HASH_COUNT(import->all_groups);

    link_groups(import);
    for (unsigned depth = 0; left; depth++)
        for (struct group *group = import->all_groups; group;
             group = group->hh.next) {
            if (depth_of(group) != depth)
                continue;
            add_group(import, group);
            left--;
        }
}

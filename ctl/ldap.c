/* People and groups of another directory (LDAP), brought over: what is new is
 * added, what differs is changed, who is gone is locked. All or nothing. A
 * group that is a member of another one is a department below it. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include "common/mem/hash.h"

#include "common/ldap/ldap.h"
#include "common/xml/xml.h"
#include "ctl_statements.h"
#include "directory.h"

#define END_OF_COLUMN '\x1f'
#define END_OF_ROW    '\x1e'

/* A person by his distinguished name, in small letters. */
struct person {
    struct str dn, username;
    UT_hash_handle hh, hh_name;
};

/* A group; what it says of its members is read when all groups are known. */
struct group {
    struct str dn, name, path;
    struct str *members;
    size_t member_count;
    struct group *above; /* NULL: it is at the top */
    UT_hash_handle hh;   /* by its DN in small letters */
};

/* Groups deeper than this are not below another one any more. */
#define MAX_DEPTH 32u

struct import {
    struct ctl *ctl;
    struct str domain;
    struct person *by_dn, *by_name;
    struct group *all_groups;
    struct buf people, groups, members; /* rows of the statements */
    unsigned long count, skipped;
};

/* --- reading
 * ------------------------------------------------------------------- */

static struct str lower(struct arena *arena, struct str text)
{
    struct str copy = arena_dup(arena, text);

    for (size_t i = 0; i < copy.len; i++)
        ((char *)(uintptr_t)copy.p)[i] =
            (char)tolower((unsigned char)copy.p[i]);
    return copy;
}

/* Control characters would end a column. */
static void add_column(struct buf *rows, struct str text, char end)
{
    for (size_t i = 0; i < text.len; i++)
        buf_add_char(rows, (unsigned char)text.p[i] < ' ' ? ' ' : text.p[i]);
    buf_add_char(rows, end);
}

static struct str first_of(const struct str *values)
{
    return values && values[0].p && xml_utf8_valid(values[0]) ? values[0]
                                                              : STR("");
}

static void take_person(void *ctx, const struct ldap_entry *entry)
{
    struct import *import = ctx;
    struct arena *arena = &import->ctl->arena;
    struct str username =
        jid_prep_local(arena, arena_dup(arena, first_of(entry->values[0])));
    struct person *person;

    if (!username.len) {
        import->skipped++;
        return;
    }
    person = arena_alloc(arena, sizeof(*person));
    person->dn = lower(arena, entry->dn);
    person->username = username;
    HASH_ADD_KEYPTR(hh, import->by_dn, person->dn.p, person->dn.len, person);
    HASH_ADD_KEYPTR(hh_name, import->by_name, username.p, username.len, person);
    import->count++;
    add_column(&import->people, username, END_OF_COLUMN);
    add_column(&import->people, first_of(entry->values[1]), END_OF_COLUMN);
    add_column(&import->people, first_of(entry->values[2]), END_OF_COLUMN);
    add_column(&import->people, entry->dn, END_OF_ROW);
}

/* A member is named by his entry, or by his user name (posixGroup). */
static struct str member_name(struct import *import, struct str value)
{
    struct arena *arena = &import->ctl->arena;
    struct str dn = lower(arena, value);
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

static void take_group(void *ctx, const struct ldap_entry *entry)
{
    struct import *import = ctx;
    struct arena *arena = &import->ctl->arena;
    const struct str *member = entry->values[1];
    struct str key = lower(arena, entry->dn);
    struct group *group;

    if (!first_of(entry->values[0]).len) {
        import->skipped++;
        return;
    }
    group = arena_alloc(arena, sizeof(*group));
    group->dn = arena_dup(arena, entry->dn);
    group->name = arena_dup(arena, first_of(entry->values[0]));
    while (member && member[group->member_count].p)
        group->member_count++;
    group->members =
        arena_alloc(arena, (group->member_count + 1) * sizeof(*group->members));
    for (size_t i = 0; i < group->member_count; i++)
        group->members[i] = arena_dup(arena, member[i]);
    HASH_ADD_KEYPTR(hh, import->all_groups, key.p, key.len, group);
}

/* --- the tree of groups ------------------------------------------------------
 */

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
static void link_groups(struct import *import)
{
    struct arena *arena = &import->ctl->arena;

    for (struct group *group = import->all_groups; group;
         group = group->hh.next)
        for (size_t i = 0; i < group->member_count; i++) {
            struct str key = lower(arena, group->members[i]);
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

static void add_group(struct import *import, struct group *group)
{
    struct str above = group->above ? group->above->path : STR("");

    group->path = path_of(&import->ctl->arena, group);
    add_column(&import->groups, group->path, END_OF_COLUMN);
    add_column(&import->groups, above, END_OF_COLUMN);
    add_column(&import->groups, group->name, END_OF_COLUMN);
    add_column(&import->groups, group->dn, END_OF_ROW);
    for (size_t i = 0; i < group->member_count; i++) {
        struct str username = member_name(import, group->members[i]);

        if (!username.p)
            continue;
        add_column(&import->members, group->path, END_OF_COLUMN);
        add_column(&import->members, username, END_OF_ROW);
    }
}

/* Those above before those below. */
static void add_groups(struct import *import)
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

static const char *text_of(struct import *import, const char *option)
{
    struct ctl *ctl = import->ctl;

    return arena_dup(&ctl->arena, config_str(ctl->config, option)).p;
}

static bool read_directory(struct import *import, struct error *error)
{
    const struct config *config = import->ctl->config;
    struct str base = config_str(config, "ldap.base");
    struct str groups = config_str(config, "ldap.group-filter");
    const char *of_person[] = {text_of(import, "ldap.user-attribute"),
                               text_of(import, "ldap.name-attribute"),
                               text_of(import, "ldap.mail-attribute"), NULL};
    const char *of_group[] = {text_of(import, "ldap.group-attribute"),
                              text_of(import, "ldap.member-attribute"), NULL};
    struct ldap_source *source = ldap_source_open(config, error);
    bool ok = source &&
              ldap_source_search(source, base,
                                 config_str(config, "ldap.person-filter"),
                                 of_person, take_person, import, error) &&
              (!groups.len || ldap_source_search(source, base, groups, of_group,
                                                 take_group, import, error));

    ldap_source_close(source);
    if (ok)
        add_groups(import);
    return ok;
}

/* --- writing
 * ------------------------------------------------------------------- */

enum subject { PEOPLE, GROUPS, MEMBERS };

/* In this order: a row of each needs those before it. NULL: not told. */
static const struct step {
    size_t statement;
    enum subject subject;
    const char *name;
} steps[] = {
    {CTL_LDAP_PEOPLE_ADD, PEOPLE, "people added"},
    {CTL_LDAP_PEOPLE_CHANGE, PEOPLE, "people changed"},
    {CTL_LDAP_PEOPLE_RETURN, PEOPLE, "people let in again"},
    {CTL_LDAP_PEOPLE_NOTE, PEOPLE, NULL},
    {CTL_LDAP_PEOPLE_LEAVE, PEOPLE, "people locked"},
    {CTL_LDAP_GROUPS_TAKE, GROUPS, "departments added or changed"},
    {CTL_LDAP_MEMBERS_ADD, MEMBERS, "members added"},
    {CTL_LDAP_MEMBERS_REMOVE, MEMBERS, "members removed"},
    {CTL_LDAP_GROUPS_REMOVE, GROUPS, "departments removed"},
};

static struct str rows_of(const struct buf *rows)
{
    /* Without the end of the last row: what follows would be a row. */
    return rows->data ? (struct str){buf_view(rows).p, buf_view(rows).len - 1}
                      : STR("");
}

static bool run_steps(struct import *import)
{
    static const char *const columns[] = {"what", "count"};
    const struct str rows[] = {rows_of(&import->people),
                               rows_of(&import->groups),
                               rows_of(&import->members)};
    struct ctl *ctl = import->ctl;
    struct str *cells =
        arena_alloc(&ctl->arena, COUNT_OF(steps) * 2 * sizeof(*cells));
    size_t count = 0;

    for (size_t i = 0; i < COUNT_OF(steps); i++) {
        long changed =
            ctl_change(import->ctl, steps[i].statement,
                       (struct str[]){import->domain, rows[steps[i].subject]});

        if (changed < 0)
            return false;
        if (!steps[i].name)
            continue;
        cells[2 * count] = str_of(steps[i].name);
        cells[2 * count++ + 1] =
            arena_printf(&import->ctl->arena, "%ld", changed);
    }
    if (ctl->is_dry) {
        ctl->does = cells;
        ctl->does_count = count;
    } else {
        ctl_print_cells(ctl, columns, 2, cells, count);
    }
    return true;
}

/* A directory that suddenly lacks half of its people is rather broken than
 * right. */
static bool is_plausible(struct import *import, bool is_forced)
{
    PGresult *result = ctl_run(import->ctl, CTL_LDAP_PEOPLE_HERE,
                               (struct str[]){import->domain});
    unsigned long known;

    if (!result)
        return false;
    known = strtoul(PQgetvalue(result, 0, 0), NULL, 10);
    PQclear(result);
    if (is_forced || (import->count > 0 && import->count * 2 >= known))
        return true;
    ctl_refuse("LDAP tells of %lu people, %lu are known; --force believes it",
               import->count, known);
    return false;
}

static bool command(struct ctl *ctl, const char *sql)
{
    PGresult *result = PQexec(ctl->connection, sql);
    bool ok = PQresultStatus(result) == PGRES_COMMAND_OK;

    if (!ok)
        ctl_refuse("%s", PQerrorMessage(ctl->connection));
    PQclear(result);
    return ok;
}

static bool write_all(struct import *import)
{
    struct ctl *ctl = import->ctl;

    return (ctl->is_dry || command(ctl, "BEGIN")) && run_steps(import) &&
           (ctl->is_dry || command(ctl, "COMMIT"));
}

int ldap_import(struct ctl *ctl)
{
    struct import import = {.ctl = ctl};
    bool is_forced = ctl_flag(ctl, "--force");
    struct error error = {0};
    bool ok;

    if (!ctl_domain(ctl, &import.domain))
        return EXIT_REFUSED;
    if (!ldap_serves(ctl->config, import.domain))
        return ctl_refuse("%.*s is none of ldap.domains",
                          STR_ARG(import.domain));
    ok = read_directory(&import, &error);
    if (!ok)
        ctl_refuse("%s", error.text);
    ok = ok && is_plausible(&import, is_forced) && write_all(&import);
    if (import.skipped)
        fprintf(stderr, "posthousectl: %lu entries have no usable name\n",
                import.skipped);
    HASH_CLEAR(hh, import.by_dn);
    HASH_CLEAR(hh_name, import.by_name);
    HASH_CLEAR(hh, import.all_groups);
    buf_clear(&import.people);
    buf_clear(&import.groups);
    buf_clear(&import.members);
    return ok ? EXIT_SUCCESS : EXIT_REFUSED;
}

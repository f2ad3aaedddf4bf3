/* A directory out of rows. */
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "directory.h"

/* Deeper trees are cut: a loop of parents ends here too. */
#define MAX_DEPTH 64u

struct directory *directory_new(void)
{
    return NEW(struct directory);
}

void directory_free(struct directory *directory)
{
    if (!directory)
        return;
    HASH_CLEAR(hh, directory->departments);
    HASH_CLEAR(hh, directory->names);
    HASH_CLEAR(hh, directory->people);
    arena_clear(&directory->arena);
    free(directory);
}

/* By its path, as rows name it. */
static struct directory_department *
find_department(struct directory *directory, struct str domain, struct str path)
{
    return (struct directory_department *)directory_department_at(
        directory, domain, path);
}

/* --- rows ----------------------------------------------------------------- */

static void add_property(struct directory *directory,
                         struct directory_property **list, struct str name,
                         struct str value)
{
    struct directory_property *property =
        arena_alloc(&directory->arena, sizeof(*property));

    property->name = arena_dup(&directory->arena, name);
    property->value = arena_dup(&directory->arena, value);
    LL_PREPEND(*list, property);
}

static struct directory_person *
person_of(struct directory *directory, struct str domain, struct str username)
{
    struct arena *arena = &directory->arena;
    struct directory_person *person;
    char bytes[2 * JID_PART_MAX + 2];
    struct str jid = {bytes, 0};

    if (!username.len || username.len > JID_PART_MAX ||
        domain.len > JID_PART_MAX)
        return NULL;
    memcpy(bytes, username.p, username.len);
    bytes[username.len] = '@';
    memcpy(bytes + username.len + 1, domain.p, domain.len);
    jid.len = username.len + 1 + domain.len;
    person = (struct directory_person *)directory_find(directory, jid);
    if (person)
        return person;
    person = arena_alloc(arena, sizeof(*person));
    person->jid = arena_dup(arena, jid);
    person->domain = (struct str){person->jid.p + username.len + 1, domain.len};
    HASH_ADD_KEYPTR(hh, directory->people, person->jid.p, person->jid.len,
                    person);
    return person;
}

static void note_name(struct directory *directory,
                      struct directory_department *department)
{
    struct str key =
        arena_printf(&directory->arena, "%.*s/%.*s",
                     STR_ARG(department->domain), STR_ARG(department->name));
    struct directory_name *name;

    HASH_FIND(hh, directory->names, key.p, key.len, name);
    if (!name) {
        name = arena_alloc(&directory->arena, sizeof(*name));
        name->key = key;
        name->oldest = department;
        HASH_ADD_KEYPTR(hh, directory->names, name->key.p, name->key.len, name);
    }
    name->count++;
    if (department->id < name->oldest->id)
        name->oldest = department;
}

static void add_department(struct directory *directory,
                           const struct directory_row *row)
{
    struct arena *arena = &directory->arena;
    struct directory_department *department =
        arena_alloc(arena, sizeof(*department));
    struct str name = arena_dup(arena, row->flags);

    department->key = arena_printf(arena, "%.*s/%.*s", STR_ARG(row->domain),
                                   STR_ARG(row->name));
    department->domain = (struct str){department->key.p, row->domain.len};
    department->path =
        (struct str){department->key.p + row->domain.len + 1, row->name.len};
    department->parent_path = arena_dup(arena, row->key);
    (void)!str_to_i64(row->value, &department->rank);
    (void)!str_to_i64(str_cut(&name, ' '), &department->id);
    department->name = name.len ? name : department->path;
    HASH_ADD_KEYPTR(hh, directory->departments, department->key.p,
                    department->key.len, department);
    note_name(directory, department);
}

static void add_department_property(struct directory *directory,
                                    const struct directory_row *row)
{
    struct directory_department *department =
        find_department(directory, row->domain, row->name);

    if (department)
        add_property(directory, &department->properties, row->key, row->value);
}

static void add_account_property(struct directory *directory,
                                 const struct directory_row *row)
{
    struct directory_person *person =
        person_of(directory, row->domain, row->name);

    if (person)
        add_property(directory, &person->properties, row->key, row->value);
}

static void add_server_property(struct directory *directory,
                                const struct directory_row *row)
{
    add_property(directory, &directory->properties, row->key, row->value);
}

static void add_admin(struct directory *directory,
                      const struct directory_row *row)
{
    add_property(directory, &directory->admins, row->name, STR(""));
}

static void add_member(struct directory *directory,
                       const struct directory_row *row)
{
    struct directory_department *department =
        find_department(directory, row->domain, row->key);
    struct directory_person *person =
        department ? person_of(directory, row->domain, row->name) : NULL;
    struct directory_membership *membership, **link;
    struct str rest = row->flags;

    if (!person)
        return;
    membership = arena_alloc(&directory->arena, sizeof(*membership));
    membership->person = person;
    membership->department = department;
    while (rest.len) {
        struct str flag = str_cut(&rest, ' ');

        membership->is_admin |= str_is(flag, "admin");
        membership->is_main |= str_is(flag, "main");
    }
    if (!person->name.p)
        person->name = arena_dup(&directory->arena, row->value);
    for (link = &person->memberships; *link; link = &(*link)->next_of_person)
        ;
    *link = membership;
    membership->next_of_department = department->members;
    department->members = membership;
    department->member_count++;
}

void directory_add(struct directory *directory, const struct directory_row *row)
{
    static const struct {
        const char *kind;
        void (*add)(struct directory *, const struct directory_row *);
    } kinds[] = {
        {"department", add_department},
        {"department-property", add_department_property},
        {"account-property", add_account_property},
        {"server-property", add_server_property},
        {"admin", add_admin},
        {"member", add_member},
    };

    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        if (str_is(row->kind, kinds[i].kind))
            kinds[i].add(directory, row);
}

/* --- the tree ------------------------------------------------------------- */

static void link_parents(struct directory *directory)
{
    struct directory_department *department, *above;

    for (department = directory->departments; department;
         department = department->hh.next)
        if (department->parent_path.p)
            department->parent = find_department(directory, department->domain,
                                                 department->parent_path);
    for (department = directory->departments; department;
         department = department->hh.next) {
        for (above = department->parent; above && department->depth < MAX_DEPTH;
             above = above->parent)
            department->depth++;
        if (department->depth == MAX_DEPTH)
            department->parent = NULL;
    }
}

/* --- who sees whom -------------------------------------------------------- */

struct departments {
    struct directory_department **all;
    size_t count;
};

static void collect(struct departments *set,
                    struct directory_department *department)
{
    for (size_t i = 0; i < set->count; i++)
        if (set->all[i] == department)
            return;
    set->all = mem_realloc(set->all, (set->count + 1) * sizeof(*set->all));
    set->all[set->count++] = department;
}

static struct directory_department **
keep(struct directory *directory, struct departments *set, size_t *count)
{
    struct directory_department **kept = NULL;

    if (set->count) {
        kept = arena_alloc(&directory->arena, set->count * sizeof(*kept));
        memcpy(kept, set->all, set->count * sizeof(*kept));
    }
    *count = set->count;
    free(set->all);
    *set = (struct departments){0};
    return kept;
}

static struct str trim(struct str word)
{
    while (word.len && word.p[0] == ' ')
        word = (struct str){word.p + 1, word.len - 1};
    while (word.len && word.p[word.len - 1] == ' ')
        word.len--;
    return word;
}

/* Calls for each department that a list of names has. */
static void collect_named(struct directory *directory, struct departments *set,
                          struct str domain, struct str names)
{
    while (names.len) {
        struct str name = trim(str_cut(&names, ','));
        struct directory_department *named =
            (struct directory_department *)directory_department(directory,
                                                                domain, name);

        if (named)
            collect(set, named);
    }
}

static void read_visibility(struct directory *directory,
                            struct directory_department *department,
                            struct str fallback)
{
    const struct directory_department *source = NULL;
    struct str value = directory_inherited(department, "visible-to", &source);
    struct departments set = {0};
    struct str rest;

    if (!value.p)
        value = fallback;
    rest = value;
    while (rest.len) {
        struct str word = trim(str_cut(&rest, ','));

        department->is_open |= str_is(word, "everyone");
        if (str_is(word, "self") && source)
            collect(&set, (struct directory_department *)source);
    }
    collect_named(directory, &set, department->domain, value);
    department->openers = keep(directory, &set, &department->opener_count);
}

static void collect_below(struct directory *directory, struct departments *set,
                          const struct directory_department *above)
{
    struct directory_department *one;

    for (one = directory->departments; one; one = one->hh.next)
        if (directory_is_below(one, above))
            collect(set, one);
}

static void read_roster(struct directory *directory,
                        struct directory_department *department,
                        struct str fallback)
{
    struct str value = directory_inherited(department, "roster", NULL);
    struct departments wanted = {0}, shown = {0};
    struct directory_department *above;

    if (!value.p)
        value = fallback;
    if (!str_is(value, "none"))
        collect(&wanted, department);
    if (str_is(value, "chain") || str_is(value, "branch"))
        for (above = department->parent; above; above = above->parent)
            collect(&wanted, above);
    if (str_is(value, "subtree") || str_is(value, "branch"))
        collect_below(directory, &wanted, department);
    collect_named(directory, &wanted, department->domain,
                  directory_inherited(department, "roster-also", NULL));
    for (size_t i = 0; i < wanted.count; i++)
        if (directory_department_may_know(department, wanted.all[i]))
            collect(&shown, wanted.all[i]);
    free(wanted.all);
    department->shown = keep(directory, &shown, &department->shown_count);
}

static void link_watchers(struct directory *directory)
{
    struct directory_department *one;

    for (one = directory->departments; one; one = one->hh.next)
        for (size_t i = 0; i < one->shown_count; i++)
            one->shown[i]->watcher_count++;
    for (one = directory->departments; one; one = one->hh.next) {
        if (one->watcher_count)
            one->watchers = arena_alloc(
                &directory->arena, one->watcher_count * sizeof(*one->watchers));
        one->watcher_count = 0;
    }
    for (one = directory->departments; one; one = one->hh.next)
        for (size_t i = 0; i < one->shown_count; i++) {
            struct directory_department *other = one->shown[i];

            other->watchers[other->watcher_count++] = one;
        }
}

/* --- hashes --------------------------------------------------------------- */

static uint64_t mix(uint64_t hash, struct str bytes)
{
    for (size_t i = 0; i < bytes.len; i++)
        hash = (hash ^ (unsigned char)bytes.p[i]) * 1099511628211u;
    return (hash ^ 0x1f) * 1099511628211u;
}

static void hash_content(struct directory_department *department)
{
    const struct directory_membership *member;
    uint64_t hash = mix(14695981039346656037u, department->key);

    hash = mix(hash, department->label);
    LL_FOREACH2(department->members, member, next_of_department)
    hash = mix(mix(hash, member->person->jid), member->person->name);
    for (size_t i = 0; i < department->shown_count; i++)
        hash = mix(hash, department->shown[i]->key);
    department->content = hash;
}

/* Two groups of one name in a contact list would be one. */
static void label_departments(struct directory *directory)
{
    struct directory_department *one;

    for (one = directory->departments; one; one = one->hh.next)
        one->label =
            directory_department(directory, one->domain, one->name) == one
                ? one->name
                : one->path;
}

void directory_finish(struct directory *directory, const struct config *config)
{
    struct directory_department *one;

    link_parents(directory);
    label_departments(directory);
    for (one = directory->departments; one; one = one->hh.next)
        read_visibility(directory, one,
                        config_str(config, "directory.visible-to"));
    for (one = directory->departments; one; one = one->hh.next)
        read_roster(directory, one, config_str(config, "directory.roster"));
    link_watchers(directory);
    for (one = directory->departments; one; one = one->hh.next)
        hash_content(one);
}

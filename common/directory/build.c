/* A directory out of rows. */
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "rules.h"

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

void directory_finish(struct directory *directory, const struct config *config)
{
    link_parents(directory);
    directory_apply_rules(directory, config);
}

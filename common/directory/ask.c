/* Questions to a directory. */
#include <string.h>
#include <utlist.h>

#include "directory.h"

const struct directory_person *directory_find(const struct directory *directory,
                                              struct str bare_jid)
{
    struct directory_person *person = NULL;

    if (directory)
        HASH_FIND(hh, directory->people, bare_jid.p, bare_jid.len, person);
    return person;
}

static struct str key_of(struct buf *key, struct str domain, struct str place)
{
    buf_add(key, domain);
    buf_add_char(key, '/');
    buf_add(key, place);
    return buf_view(key);
}

const struct directory_department *
directory_department_at(const struct directory *directory, struct str domain,
                        struct str path)
{
    struct directory_department *department = NULL;
    struct buf bytes = {0};
    struct str key = key_of(&bytes, domain, path);

    if (directory)
        HASH_FIND(hh, directory->departments, key.p, key.len, department);
    buf_clear(&bytes);
    return department;
}

static const struct directory_name *find_name(const struct directory *directory,
                                              struct str domain,
                                              struct str name)
{
    struct directory_name *found = NULL;
    struct buf bytes = {0};
    struct str key = key_of(&bytes, domain, name);

    if (directory)
        HASH_FIND(hh, directory->names, key.p, key.len, found);
    buf_clear(&bytes);
    return found;
}

const struct directory_department *
directory_department(const struct directory *directory, struct str domain,
                     struct str place)
{
    const struct directory_department *department =
        directory_department_at(directory, domain, place);
    const struct directory_name *name;

    if (department)
        return department;
    name = find_name(directory, domain, place);
    return name && name->count == 1 ? name->oldest : NULL;
}

bool directory_owns_name(const struct directory *directory,
                         const struct directory_department *department)
{
    const struct directory_name *name =
        find_name(directory, department->domain, department->name);

    return name && name->oldest == department;
}

bool directory_is_admin(const struct directory *directory, struct str bare_jid)
{
    const struct directory_property *admin;

    if (!directory)
        return false;
    LL_FOREACH(directory->admins, admin)
    if (str_eq(admin->name, bare_jid))
        return true;
    return false;
}

bool directory_is_below(const struct directory_department *department,
                        const struct directory_department *above)
{
    for (; department; department = department->parent)
        if (department == above)
            return true;
    return false;
}

bool directory_is_in(const struct directory_person *person,
                     const struct directory_department *department)
{
    const struct directory_membership *membership;

    if (!person)
        return false;
    LL_FOREACH2(person->memberships, membership, next_of_person)
    if (directory_is_below(membership->department, department))
        return true;
    return false;
}

bool directory_administers(const struct directory_person *person,
                           const struct directory_department *department)
{
    const struct directory_membership *membership;

    if (!person || !department)
        return false;
    LL_FOREACH2(person->memberships, membership, next_of_person)
    if (membership->is_admin &&
        directory_is_below(department, membership->department))
        return true;
    return false;
}

bool directory_are_close(const struct directory_person *one,
                         const struct directory_person *other)
{
    const struct directory_membership *membership;

    if (!one || !other)
        return false;
    LL_FOREACH2(one->memberships, membership, next_of_person)
    if (directory_is_in(other, membership->department))
        return true;
    LL_FOREACH2(other->memberships, membership, next_of_person)
    if (directory_is_in(one, membership->department))
        return true;
    return false;
}

struct str directory_property_of(const struct directory_property *properties,
                                 const char *name)
{
    const struct directory_property *property;

    LL_FOREACH(properties, property)
    if (str_is(property->name, name))
        return property->value;
    return STR_NONE;
}

/* The longer of two: 0 is for ever, -1 says nothing. */
static int64_t longer(int64_t days, struct str value)
{
    int64_t other;

    if (!str_to_i64(value, &other) || other < 0 || days == 0)
        return days;
    return other == 0 || other > days ? other : days;
}

static int64_t days_of_departments(const struct directory_person *person,
                                   const char *name)
{
    const struct directory_membership *membership;
    const struct directory_department *at;
    int64_t days = -1;

    LL_FOREACH2(person->memberships, membership, next_of_person)
    for (at = membership->department; at; at = at->parent)
        days = longer(days, directory_property_of(at->properties, name));
    return days;
}

int64_t directory_days(const struct directory *directory, struct str bare_jid,
                       const char *name)
{
    const struct directory_person *person = directory_find(directory, bare_jid);
    int64_t days = -1;

    if (person)
        days = longer(-1, directory_property_of(person->properties, name));
    if (person && days < 0)
        days = days_of_departments(person, name);
    if (directory && days < 0)
        days = longer(-1, directory_property_of(directory->properties, name));
    return days;
}

struct str directory_inherited(const struct directory_department *department,
                               const char *name,
                               const struct directory_department **source)
{
    for (; department; department = department->parent) {
        struct str value = directory_property_of(department->properties, name);

        if (value.p) {
            if (source)
                *source = department;
            return value;
        }
    }
    return STR_NONE;
}

/* --- who sees whom -------------------------------------------------------- */

static bool is_shown(const struct directory_department *viewer,
                     const struct directory_department *department)
{
    for (size_t i = 0; i < viewer->shown_count; i++)
        if (viewer->shown[i] == department)
            return true;
    return false;
}

bool directory_shows_membership(const struct directory_person *viewer,
                                const struct directory_membership *membership)
{
    const struct directory_membership *mine;

    if (!viewer || viewer == membership->person)
        return false;
    LL_FOREACH2(viewer->memberships, mine, next_of_person)
    if (is_shown(mine->department, membership->department))
        return true;
    return false;
}

/* The pair of memberships by which one has the other in his roster. */
static bool find_pair(const struct directory_person *viewer,
                      const struct directory_person *person,
                      const struct directory_membership **mine,
                      const struct directory_membership **theirs)
{
    if (!viewer || !person || viewer == person)
        return false;
    LL_FOREACH2(viewer->memberships, *mine, next_of_person)
    LL_FOREACH2(person->memberships, *theirs, next_of_person)
    if (is_shown((*mine)->department, (*theirs)->department))
        return true;
    return false;
}

bool directory_shows(const struct directory_person *viewer,
                     const struct directory_person *person)
{
    const struct directory_membership *mine, *theirs;

    return find_pair(viewer, person, &mine, &theirs);
}

bool directory_department_may_know(
    const struct directory_department *viewer,
    const struct directory_department *department)
{
    if (department->is_open || viewer == department)
        return true;
    for (size_t i = 0; i < department->opener_count; i++)
        if (directory_is_below(viewer, department->openers[i]))
            return true;
    return false;
}

bool directory_may_know_department(
    const struct directory_person *viewer,
    const struct directory_department *department)
{
    const struct directory_membership *mine;

    if (department->is_open)
        return true;
    if (viewer)
        LL_FOREACH2(viewer->memberships, mine, next_of_person)
    if (directory_department_may_know(mine->department, department))
        return true;
    return false;
}

bool directory_may_know(const struct directory_person *viewer,
                        const struct directory_person *person)
{
    const struct directory_membership *theirs;

    if (!person || !person->memberships || person == viewer)
        return true;
    LL_FOREACH2(person->memberships, theirs, next_of_person)
    if (directory_may_know_department(viewer, theirs->department))
        return true;
    return false;
}

void directory_each_contact(const struct directory_person *viewer,
                            directory_visit *visit, void *ctx)
{
    const struct directory_membership *mine, *member, *first_mine, *first;

    if (!viewer)
        return;
    LL_FOREACH2(viewer->memberships, mine, next_of_person)
    for (size_t i = 0; i < mine->department->shown_count; i++)
        LL_FOREACH2(mine->department->shown[i]->members, member,
                    next_of_department)
    /* Who is in several of these departments is visited once. */
    if (find_pair(viewer, member->person, &first_mine, &first) &&
        first_mine == mine && first == member)
        visit(ctx, member->person);
}

void directory_each_watcher(const struct directory_person *person,
                            directory_visit *visit, void *ctx)
{
    const struct directory_membership *theirs, *watcher, *first_mine, *first;

    if (!person)
        return;
    LL_FOREACH2(person->memberships, theirs, next_of_person)
    for (size_t i = 0; i < theirs->department->watcher_count; i++)
        LL_FOREACH2(theirs->department->watchers[i]->members, watcher,
                    next_of_department)
    if (find_pair(watcher->person, person, &first_mine, &first) &&
        first_mine == watcher && first == theirs)
        visit(ctx, watcher->person);
}

static uint64_t mix(uint64_t hash, uint64_t value)
{
    hash ^= value + 0x9e3779b97f4a7c15u + (hash << 6) + (hash >> 2);
    return hash * 0xff51afd7ed558ccdu;
}

uint64_t directory_contacts_hash(const struct directory_person *person)
{
    const struct directory_membership *mine;
    uint64_t hash = 0;

    if (!person)
        return 0;
    LL_FOREACH2(person->memberships, mine, next_of_person)
    for (size_t i = 0; i < mine->department->shown_count; i++)
        hash = mix(hash, mine->department->shown[i]->content);
    return hash;
}

uint64_t directory_watchers_hash(const struct directory_person *person)
{
    const struct directory_membership *mine;
    uint64_t hash = 0;

    if (!person)
        return 0;
    LL_FOREACH2(person->memberships, mine, next_of_person)
    for (size_t i = 0; i < mine->department->watcher_count; i++)
        hash = mix(hash, mine->department->watchers[i]->content);
    return hash;
}

static uint64_t name_hash(const struct directory_department *department)
{
    uint64_t hash = 14695981039346656037u;

    for (size_t i = 0; i < department->key.len; i++)
        hash = (hash ^ (unsigned char)department->key.p[i]) * 1099511628211u;
    return hash;
}

uint64_t directory_visibility_hash(const struct directory_person *person)
{
    const struct directory_membership *mine;
    uint64_t hash = 0;

    if (!person)
        return 0;
    LL_FOREACH2(person->memberships, mine, next_of_person)
    if (mine->department->is_open)
        return 0;
    LL_FOREACH2(person->memberships, mine, next_of_person)
    {
        hash = mix(hash, name_hash(mine->department));
        for (size_t i = 0; i < mine->department->opener_count; i++)
            hash = mix(hash, name_hash(mine->department->openers[i]));
    }
    return hash;
}

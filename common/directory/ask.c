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
    if (name)
        return name->count == 1 ? name->oldest : NULL;
    for (department = directory ? directory->departments : NULL; department;
         department = department->hh.next)
        if (str_eq(department->address, place) && str_eq(department->domain, domain))
            return department;
    return NULL;
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

/* Who sees whom. */
#include <utlist.h>

#include "directory.h"

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

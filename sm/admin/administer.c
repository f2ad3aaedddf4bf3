#include "sm/admin/administer.h"

#include <utlist.h>

bool administers_department(const struct sm *sm, struct str by,
                            const struct directory_department *department)
{
    return sm_is_admin(sm, by) ||
           directory_administers(directory_find(sm->directory, by), department);
}

bool administers(const struct sm *sm, struct str by, struct str whom)
{
    const struct directory_person *person = directory_find(sm->directory, whom);
    const struct directory_membership *theirs;

    if (sm_is_admin(sm, by))
        return true;
    if (!person || !person->memberships || sm_is_admin(sm, whom))
        return false;
    LL_FOREACH2(person->memberships, theirs, next_of_person)
    if (!administers_department(sm, by, theirs->department))
        return false;
    return true;
}

bool administers_something(const struct sm *sm, struct str by)
{
    const struct directory_person *person = directory_find(sm->directory, by);
    const struct directory_membership *mine;

    if (sm_is_admin(sm, by))
        return true;
    if (person)
        LL_FOREACH2(person->memberships, mine, next_of_person)
    if (mine->is_admin)
        return true;
    return false;
}

struct str administered(const struct sm *sm, struct arena *arena, struct str by,
                        struct str domain)
{
    const struct directory_department *one =
        sm->directory ? sm->directory->departments : NULL;
    struct buf numbers = {0};
    struct str joined;

    if (sm_is_admin(sm, by))
        return STR_NONE;
    for (; one; one = one->hh.next) {
        if (!str_eq(one->domain, domain) ||
            !administers_department(sm, by, one))
            continue;
        if (buf_len(&numbers))
            buf_add_char(&numbers, ',');
        buf_add_u64(&numbers, (uint64_t)one->id);
    }
    joined = arena_dup(arena, numbers.data ? buf_view(&numbers) : STR(""));
    buf_clear(&numbers);
    return joined;
}

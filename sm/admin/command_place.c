/* Which department a text names, and what a department is called to whoever
 * asks: he may administer one below another of which he may not know. */
#include "sm/admin/command_internal.h"

static bool may_know(const struct iq_request *request,
                     const struct directory_department *department)
{
    const struct sm *sm = request->sm;
    struct str by = request->from.bare;

    return administers_department(sm, by, department) ||
           directory_may_know_department(directory_find(sm->directory, by),
                                         department);
}

static bool may_read_path(const struct iq_request *request,
                          const struct directory_department *department)
{
    const struct directory_department *above;

    for (above = department->parent; above; above = above->parent)
        if (!may_know(request, above))
            return false;
    return true;
}

struct str command_place(const struct iq_request *request,
                         const struct directory_department *department)
{
    return may_read_path(request, department) ? department->path
                                              : department->address;
}

struct str command_place_of(const struct iq_request *request, struct str path)
{
    const struct sm *sm = request->sm;
    const struct directory_department *department;

    if (sm_is_admin(sm, request->from.bare))
        return path;
    department =
        directory_department_at(sm->directory, request->to.domain, path);
    return department ? command_place(request, department) : STR_NONE;
}

struct str command_parent_of(const struct iq_request *request,
                             struct str parent_path)
{
    const struct sm *sm = request->sm;
    const struct directory_department *parent;

    if (sm_is_admin(sm, request->from.bare))
        return parent_path;
    parent =
        directory_department_at(sm->directory, request->to.domain, parent_path);
    return parent && may_know(request, parent) ? command_place(request, parent)
                                               : STR_NONE;
}

static const struct directory_department *
by_number(const struct sm *sm, struct str domain, int64_t number)
{
    const struct directory_department *one =
        sm->directory ? sm->directory->departments : NULL;

    for (; one; one = one->hh.next)
        if (one->id == number && str_eq(one->domain, domain))
            return one;
    return NULL;
}

const struct directory_department *
command_find_department(const struct iq_request *request, struct str text)
{
    const struct sm *sm = request->sm;
    const struct directory_department *found;
    int64_t number;

    if (text.len > 1 && text.p[0] == '#' &&
        str_to_i64((struct str){text.p + 1, text.len - 1}, &number))
        return by_number(sm, request->to.domain, number);
    found = directory_department(sm->directory, request->to.domain, text);
    /* Nobody finds out by guessing what he may not read. */
    if (found && found->parent && str_eq(text, found->path) &&
        !may_read_path(request, found))
        return NULL;
    return found;
}

/* Which departments there are is no business of those who administer other
 * ones. */
const struct directory_department *
command_department(struct iq_request *request, const struct xml *form,
                   const char *name)
{
    const struct sm *sm = request->sm;
    struct str by = request->from.bare;
    const struct directory_department *found =
        command_find_department(request, form_value(form, name));

    if (found && administers_department(sm, by, found))
        return found;
    if (sm_is_admin(sm, by))
        iq_refuse(request, ERR_ITEM_NOT_FOUND, "There is no such department");
    else
        iq_refuse(request, ERR_FORBIDDEN, "Choose one of your departments");
    return NULL;
}

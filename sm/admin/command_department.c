/* Commands about the tree of departments. What is there sm has in memory; it
 * hears of every change, its own as well, by the database (store_directory.c).
 */
#include "sm/admin/command_internal.h"
#include "sm/store/store.h"

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
command_find_department(const struct sm *sm, struct str domain, struct str text)
{
    int64_t number;

    if (text.len > 1 && text.p[0] == '#' &&
        str_to_i64((struct str){text.p + 1, text.len - 1}, &number))
        return by_number(sm, domain, number);
    return directory_department(sm->directory, domain, text);
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
        command_find_department(sm, request->to.domain, form_value(form, name));

    if (found && administers_department(sm, by, found))
        return found;
    if (sm_is_admin(sm, by))
        iq_refuse(request, ERR_ITEM_NOT_FOUND, "There is no such department");
    else
        iq_refuse(request, ERR_FORBIDDEN, "Choose one of your departments");
    return NULL;
}

static void on_known(void *ctx, bool ok)
{
    (void)ok; /* the change is made; another reading follows */
    command_done(ctx, "Done", NULL);
}

void command_changed(struct iq_request *request)
{
    store_directory_reload(request->sm->store, on_known, request);
}

void command_written(void *ctx, bool ok)
{
    if (ok)
        command_changed(ctx);
    else
        iq_refuse(ctx, ERR_INTERNAL_SERVER_ERROR,
                  "The database refused the change");
}

/* --- changing it ---------------------------------------------------------- */

/* What add and change have in common; absent: not given. */
struct draft {
    struct str name, rank, description;
    struct str parent_path; /* empty: at the top */
    const struct directory_department *parent;
};

/* False: the request is answered. */
static bool read_draft(struct iq_request *request, const struct xml *form,
                       struct draft *draft)
{
    struct str parent = form_value(form, "parent");
    int64_t rank;

    *draft = (struct draft){.name = form_value(form, "name"),
                            .rank = form_value(form, "rank"),
                            .description = form_value(form, "description")};
    if (draft->rank.p &&
        (!str_to_i64(draft->rank, &rank) || rank != (int32_t)rank)) {
        iq_refuse(request, ERR_BAD_REQUEST, "rank: expected a number");
        return false;
    }
    if (parent.p)
        draft->parent_path = STR("");
    if (!parent.len)
        return true;
    draft->parent = command_department(request, form, "parent");
    if (draft->parent)
        draft->parent_path = draft->parent->path;
    return draft->parent != NULL;
}

/* Whether another department has the name below that parent. */
static bool is_taken(const struct sm *sm, struct str domain, struct str name,
                     const struct directory_department *parent,
                     const struct directory_department *self)
{
    const struct directory_department *one =
        sm->directory ? sm->directory->departments : NULL;

    for (; one; one = one->hh.next)
        if (one != self && one->parent == parent &&
            str_eq(one->domain, domain) && str_eq(one->name, name))
            return true;
    return false;
}

void add_department(struct iq_request *request, const struct command *command,
                    const struct xml *form)
{
    struct sm *sm = request->sm;
    struct draft draft;

    (void)command;
    if (!read_draft(request, form, &draft))
        return;
    if (!draft.name.len)
        iq_refuse(request, ERR_BAD_REQUEST, "name: expected one");
    else if (is_taken(sm, request->to.domain, draft.name, draft.parent, NULL))
        iq_refuse(request, ERR_CONFLICT, "There is such a department already");
    else
        store_department_add(sm->store, request->to.domain,
                             &(struct store_department){
                                 .name = draft.name,
                                 .parent = draft.parent_path,
                                 .rank = draft.rank.len ? draft.rank : STR("0"),
                                 .description = draft.description},
                             command_written, iq_keep(request));
}

/* Whether the change leaves a tree with names of their own. Else the request is
 * answered. */
static bool may_become(struct iq_request *request, const struct draft *draft,
                       const struct directory_department *department)
{
    const struct directory_department *parent =
        draft->parent_path.p ? draft->parent : department->parent;
    struct str name = draft->name.p ? draft->name : department->name;

    if (!name.len)
        iq_refuse(request, ERR_BAD_REQUEST, "name: expected one");
    else if (parent && directory_is_below(parent, department))
        iq_refuse(request, ERR_CONFLICT, "A department cannot be below itself");
    else if (is_taken(request->sm, request->to.domain, name, parent,
                      department))
        iq_refuse(request, ERR_CONFLICT, "There is such a department already");
    else
        return true;
    return false;
}

void change_department(struct iq_request *request,
                       const struct command *command, const struct xml *form)
{
    const struct directory_department *department;
    struct draft draft;

    (void)command;
    department = command_department(request, form, "department");
    if (!department || !read_draft(request, form, &draft) ||
        !may_become(request, &draft, department))
        return;
    store_department_change(request->sm->store, request->to.domain,
                            department->path,
                            &(struct store_department){
                                .name = draft.name,
                                .parent = draft.parent_path,
                                .rank = draft.rank.len ? draft.rank : STR_NONE,
                                .description = draft.description},
                            command_written, iq_keep(request));
}

void delete_department(struct iq_request *request,
                       const struct command *command, const struct xml *form)
{
    const struct directory_department *department =
        command_department(request, form, "department");
    const struct directory_department *one;

    (void)command;
    if (!department)
        return;
    for (one = request->sm->directory->departments; one; one = one->hh.next)
        if (one->parent == department) {
            iq_refuse(request, ERR_CONFLICT, "There are departments below it");
            return;
        }
    store_department_remove(request->sm->store, request->to.domain,
                            department->path, command_written,
                            iq_keep(request));
}

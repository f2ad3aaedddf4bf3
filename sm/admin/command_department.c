/* Commands about the tree of departments. What is there sm has in memory; it
 * hears of every change, its own as well, by the database (store_directory.c).
 */
#include "sm/admin/command_internal.h"
#include "sm/store/store.h"

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

/* --- what there is
 * --------------------------------------------------------------
 */

struct listing {
    struct xml *form;
    unsigned most, count;
    struct str last;
};

static struct iq_request *listing_new(struct iq_request *request,
                                      const struct command *command,
                                      const struct command_column *columns,
                                      const struct xml *asked)
{
    struct iq_request *kept = iq_keep(request);
    struct listing *listing = arena_alloc(kept->arena, sizeof(*listing));

    *listing = (struct listing){.form = command_result(kept, command),
                                .most = command_most(asked)};
    command_columns(listing->form, columns);
    kept->data = listing;
    return kept;
}

/* Adds a row of the table; the first column tells where the next page begins.
 */
static void add_row(struct iq_request *request,
                    const struct command_column *columns,
                    const struct str cells[])
{
    struct listing *listing = request->data;
    struct xml *row;

    if (listing->count++ >= listing->most)
        return;
    row = command_add_row(listing->form);
    for (size_t i = 0; columns[i].name; i++)
        command_add_cell(row, columns[i].name, cells[i]);
    listing->last = arena_dup(request->arena, cells[0]);
}

static void finish(struct iq_request *request, bool ok)
{
    struct listing *listing = request->data;

    if (!ok) {
        iq_refuse(request, ERR_INTERNAL_SERVER_ERROR, NULL);
        return;
    }
    if (listing->count > listing->most)
        form_add(listing->form, "next", "text-single", listing->last);
    command_done(request, NULL, listing->form);
}

static const struct command_column department_columns[] = {
    {"path", NULL}, {"id", NULL},          {"name", NULL},    {"parent", NULL},
    {"rank", NULL}, {"description", NULL}, {"members", NULL}, {NULL, NULL}};

/* Columns 0 and 3 are paths. */
static void add_department_row(struct iq_request *request,
                               const struct store_row *found)
{
    struct str cells[COUNT_OF(department_columns)];

    for (size_t i = 0; department_columns[i].name; i++)
        cells[i] = found->columns[i];
    cells[0] = command_place_of(request, found->columns[0]);
    if (!cells[0].len)
        cells[0] = cells[2]; /* it came just now */
    cells[3] = command_parent_of(request, found->columns[3]);
    add_row(request, department_columns, cells);
}

static void on_department(void *ctx, const struct store_row *row, bool ok)
{
    if (row)
        add_department_row(ctx, row);
    else
        finish(ctx, ok);
}

/* The path behind which a page begins; a text that names no department stands
 * for itself. */
static struct str after_of(const struct iq_request *request,
                           const struct xml *form)
{
    struct str after = form_value(form, "after");
    const struct directory_department *department =
        after.len ? command_find_department(request, after) : NULL;

    if (department)
        return department->path;
    return after.len ? after : STR_NONE;
}

void list_departments(struct iq_request *request, const struct command *command,
                      const struct xml *form)
{
    const struct directory_department *one = NULL;
    struct sm *sm = request->sm;
    struct str numbers;
    struct iq_request *kept;

    if (form_value(form, "department").len &&
        !(one = command_department(request, form, "department")))
        return;
    kept = listing_new(request, command, department_columns, form);
    numbers =
        one ? arena_printf(kept->arena, "%lld", (long long)one->id)
            : administered(sm, kept->arena, kept->from.bare, kept->to.domain);
    store_department_list(
        sm->store, kept->to.domain, numbers, after_of(kept, form),
        ((struct listing *)kept->data)->most + 1, on_department, kept);
}

static const struct command_column member_columns[] = {{"jid", "jid-single"},
                                                       {"name", NULL},
                                                       {"admin", "boolean"},
                                                       {"main", "boolean"},
                                                       {NULL, NULL}};

static void on_member(void *ctx, const struct store_row *row, bool ok)
{
    if (row)
        add_row(ctx, member_columns, row->columns);
    else
        finish(ctx, ok);
}

void list_members(struct iq_request *request, const struct command *command,
                  const struct xml *form)
{
    const struct directory_department *department =
        command_department(request, form, "department");
    struct str after = form_value(form, "after");
    struct iq_request *kept;

    if (!department)
        return;
    kept = listing_new(request, command, member_columns, form);
    store_member_list(request->sm->store, kept->to.domain, department->id,
                      after.len ? after : STR_NONE,
                      ((struct listing *)kept->data)->most + 1, on_member,
                      kept);
}

/* --- changing it
 * ---------------------------------------------------------------- */

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

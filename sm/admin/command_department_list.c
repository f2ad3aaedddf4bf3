/* Commands that show departments and their members, page by page. */
#include "sm/admin/command_internal.h"
#include "sm/store/store.h"

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
                    const struct store_row *found)
{
    struct listing *listing = request->data;
    struct xml *row;

    if (listing->count++ >= listing->most)
        return;
    row = command_add_row(listing->form);
    for (size_t i = 0; columns[i].name; i++)
        command_add_cell(row, columns[i].name, found->columns[i]);
    listing->last = arena_dup(request->arena, found->columns[0]);
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

static void on_department(void *ctx, const struct store_row *row, bool ok)
{
    if (row)
        add_row(ctx, department_columns, row);
    else
        finish(ctx, ok);
}

void list_departments(struct iq_request *request, const struct command *command,
                      const struct xml *form)
{
    const struct directory_department *one = NULL;
    struct sm *sm = request->sm;
    struct str after = form_value(form, "after"), numbers;
    struct iq_request *kept;

    if (form_value(form, "department").len &&
        !(one = command_department(request, form, "department")))
        return;
    kept = listing_new(request, command, department_columns, form);
    numbers =
        one ? arena_printf(kept->arena, "%lld", (long long)one->id)
            : administered(sm, kept->arena, kept->from.bare, kept->to.domain);
    store_department_list(
        sm->store, kept->to.domain, numbers, after.len ? after : STR_NONE,
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
        add_row(ctx, member_columns, row);
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

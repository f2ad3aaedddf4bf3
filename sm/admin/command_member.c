/* Commands about who is in which department. */
#include <utlist.h>

#include "sm/admin/command_internal.h"
#include "sm/store/store.h"

struct employing {
    struct jid target;
    const char *path; /* of the department: another directory may have come */
    bool is_admin, is_main;
};

/* The account is there: it becomes a member. */
static void on_account(void *ctx, const struct store_row *row, bool ok)
{
    struct iq_request *request = ctx;
    struct employing *employing = request->data;

    if (row) {
        request->number++;
        return;
    }
    if (command_has_found(request, ok))
        store_member_add(request->sm->store, store_user(&employing->target),
                         str_of(employing->path), employing->is_admin,
                         employing->is_main, command_written, request);
}

void add_member(struct iq_request *request, const struct command *command,
                const struct xml *form)
{
    const struct directory_department *department =
        command_department(request, form, "department");
    bool is_admin = command_is_true(form, "admin");
    struct employing *employing;
    struct iq_request *kept;
    struct jid target;

    (void)command;
    if (!department ||
        !command_target(request, form_value(form, "accountjid"), &target))
        return;
    if (is_admin && !sm_is_admin(request->sm, request->from.bare)) {
        iq_refuse(request, ERR_FORBIDDEN,
                  "An administrator of the suite alone makes administrators");
        return;
    }
    kept = iq_keep(request);
    kept->data = employing = arena_alloc(kept->arena, sizeof(*employing));
    (void)!jid_parse(&employing->target, kept->arena, target.bare);
    employing->path = arena_dup(kept->arena, department->path).p;
    employing->is_admin = is_admin;
    employing->is_main = command_is_true(form, "main");
    store_account_get(kept->sm->store, store_user(&employing->target),
                      on_account, kept);
}

static bool is_member(const struct sm *sm, struct str bare_jid,
                      const struct directory_department *department)
{
    const struct directory_person *person =
        directory_find(sm->directory, bare_jid);
    const struct directory_membership *one;

    if (person)
        LL_FOREACH2(person->memberships, one, next_of_person)
    if (one->department == department)
        return true;
    return false;
}

void remove_member(struct iq_request *request, const struct command *command,
                   const struct xml *form)
{
    const struct directory_department *department =
        command_department(request, form, "department");
    struct jid target;

    (void)command;
    if (!department ||
        !command_target(request, form_value(form, "accountjid"), &target))
        return;
    if (!is_member(request->sm, target.bare, department))
        iq_refuse(request, ERR_ITEM_NOT_FOUND,
                  "The user is not in this department");
    else
        store_member_remove(request->sm->store, store_user(&target),
                            department->path, command_written,
                            iq_keep(request));
}

/* Commands about properties of a user, a department or the server: permissions,
 * and rules of who sees whom (common/directory). */
#include <utlist.h>

#include "common/directory/property.h"
#include "sm/admin/command_internal.h"
#include "sm/store/store.h"

#define MAX_VALUE 1024u

/* Whose they are: of a user, of a department, or of the server. */
struct owner {
    struct jid user;
    const struct directory_department *department;
    struct store_owner row;
    const struct directory_property *properties;
};

static bool read_user(struct iq_request *request, struct str address,
                      struct owner *owner)
{
    const struct directory_person *person;

    if (!command_target(request, address, &owner->user))
        return false;
    person = directory_find(request->sm->directory, owner->user.bare);
    owner->properties = person ? person->properties : NULL;
    owner->row = (struct store_owner){STORE_OF_ACCOUNT, owner->user.domain,
                                      owner->user.local};
    return true;
}

/* False: the request is answered. */
static bool read_owner(struct iq_request *request, const struct xml *form,
                       struct owner *owner)
{
    const struct directory *directory = request->sm->directory;
    struct str address = form_value(form, "accountjid");
    bool is_department = form_value(form, "department").len > 0;

    *owner = (struct owner){.row.of = STORE_OF_SERVER};
    if (address.len && is_department) {
        iq_refuse(request, ERR_BAD_REQUEST,
                  "Expected a user or a department, not both");
        return false;
    }
    if (address.len)
        return read_user(request, address, owner);
    if (!is_department) {
        owner->properties = directory ? directory->properties : NULL;
        return true;
    }
    owner->department = command_department(request, form, "department");
    if (!owner->department)
        return false;
    owner->properties = owner->department->properties;
    owner->row = (struct store_owner){STORE_OF_DEPARTMENT, request->to.domain,
                                      owner->department->path};
    return true;
}

void list_properties(struct iq_request *request, const struct command *command,
                     const struct xml *form)
{
    static const struct command_column columns[] = {
        {"property", NULL}, {"value", NULL}, {NULL, NULL}};
    const struct directory_property *one;
    struct owner owner;
    struct xml *result;

    if (!read_owner(request, form, &owner))
        return;
    result = command_result(request, command);
    command_columns(result, columns);
    LL_FOREACH(owner.properties, one)
    {
        struct xml *row = command_add_row(result);

        command_add_cell(row, "property", one->name);
        command_add_cell(row, "value", one->value);
    }
    command_done(request, NULL, result);
}

/* Nothing was written: there is no such owner, or it has no such property. */
static void on_changed(void *ctx, bool ok)
{
    if (ok)
        command_written(ctx, true);
    else
        iq_refuse(ctx, ERR_ITEM_NOT_FOUND, "There is no such user or property");
}

void set_property(struct iq_request *request, const struct command *command,
                  const struct xml *form)
{
    struct str name = form_value(form, "property");
    struct str value = form_value(form, "value");
    struct error error;
    struct owner owner;

    (void)command;
    if (!read_owner(request, form, &owner))
        return;
    if (!name.len || !value.p || name.len + value.len > MAX_VALUE)
        iq_refuse(request, ERR_BAD_REQUEST,
                  "Expected a property and its value");
    else if (!property_check(name, value, stanza_language(request->iq), &error))
        iq_refuse(request, ERR_BAD_REQUEST,
                  arena_dup(request->arena, str_of(error.text)).p);
    else
        store_property_set(request->sm->store, &owner.row, name, value,
                           on_changed, iq_keep(request));
}

void unset_property(struct iq_request *request, const struct command *command,
                    const struct xml *form)
{
    struct owner owner;

    (void)command;
    if (read_owner(request, form, &owner))
        store_property_unset(request->sm->store, &owner.row,
                             form_value(form, "property"), on_changed,
                             iq_keep(request));
}

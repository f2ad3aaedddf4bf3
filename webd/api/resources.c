/* What there is below /api/v1/ (docs/api.md). The words of the table are those of
 * the commands (sm/admin/command_table.c). */
#include "plan.h"

/* clang-format off */
#define PAGE     {"after", "after"}, {"limit", "max_items"}
#define DRAFT    {"name", "name"}, {"parent", "parent"}, {"rank", "rank"}, \
                 {"description", "description"}
#define ROW(of_method, of_path, of_command) \
    .method = HTTP_##of_method, .path = of_path, .command = of_command

const struct api_resource api_resources[] = {
    {ROW(GET, "commands", NULL), .shape = SHAPE_FORMS},
    {ROW(GET, "commands/*", NULL), .shape = SHAPE_FORM},
    {ROW(POST, "commands/*", NULL)},

    {ROW(GET, "users", "list-users"), .shape = SHAPE_LIST,
     .keys = {{"department", "department"}, {"state", "state"},
              {"search", "search"}, PAGE}},
    {ROW(POST, "users", "add-user"), .status = 201,
     .keys = {{"jid", "accountjid"}, {"password", "password"},
              {"password", "password-verify"}, {"name", "given_name"},
              {"email", "email"}, {"department", "department"}}},
    {ROW(GET, "users/*", "show-user"), .shape = SHAPE_FIELDS,
     .places = {"accountjid"}},
    {ROW(PATCH, "users/*", NULL), .is_change = true,
     .keys = {{"name", "name"}, {"email", "email"}, {"password", "password"},
              {"enabled", "enabled"}}},
    {ROW(DELETE, "users/*", "delete-user"), .places = {"accountjids"}},
    {ROW(GET, "users/*/properties", "list-properties"), .shape = SHAPE_LIST,
     .places = {"accountjid"}},
    {ROW(PUT, "users/*/properties/*", "set-property"),
     .places = {"accountjid", "property"}, .keys = {{"value", "value"}}},
    {ROW(DELETE, "users/*/properties/*", "unset-property"),
     .places = {"accountjid", "property"}},

    {ROW(GET, "departments", "list-departments"), .shape = SHAPE_LIST,
     .keys = {PAGE}},
    {ROW(POST, "departments", "add-department"), .status = 201,
     .keys = {DRAFT}},
    {ROW(GET, "departments/*", "list-departments"), .shape = SHAPE_ITEM,
     .places = {"#department"}},
    {ROW(PATCH, "departments/*", "change-department"),
     .places = {"#department"}, .keys = {DRAFT}},
    {ROW(DELETE, "departments/*", "delete-department"),
     .places = {"#department"}},
    {ROW(GET, "departments/*/members", "list-department-members"),
     .shape = SHAPE_LIST, .places = {"#department"}, .keys = {PAGE}},
    {ROW(POST, "departments/*/members", "add-department-member"),
     .status = 201, .places = {"#department"},
     .keys = {{"jid", "accountjid"}, {"admin", "admin"}, {"main", "main"}}},
    {ROW(DELETE, "departments/*/members/*", "remove-department-member"),
     .places = {"#department", "accountjid"}},
    {ROW(GET, "departments/*/properties", "list-properties"),
     .shape = SHAPE_LIST, .places = {"#department"}},
    {ROW(PUT, "departments/*/properties/*", "set-property"),
     .places = {"#department", "property"}, .keys = {{"value", "value"}}},
    {ROW(DELETE, "departments/*/properties/*", "unset-property"),
     .places = {"#department", "property"}},

    {ROW(GET, "properties", "list-properties"), .shape = SHAPE_LIST},
    {ROW(PUT, "properties/*", "set-property"), .places = {"property"},
     .keys = {{"value", "value"}}},
    {ROW(DELETE, "properties/*", "unset-property"), .places = {"property"}},

    {ROW(GET, "sessions", "list-sessions"), .shape = SHAPE_LIST,
     .keys = {{"jid", "accountjid"}, {"limit", "max_items"}}},
    {ROW(DELETE, "sessions/*", "end-user-session"), .places = {"accountjids"}},

    {ROW(POST, "messages", "send-message"), .status = 202,
     .keys = {{"to", "to"}, {"body", "body"}, {"subject", "subject"},
              {"type", "type"}}},
};
/* clang-format on */
const size_t api_resource_count = COUNT_OF(api_resources);

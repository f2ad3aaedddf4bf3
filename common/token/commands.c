#include "token.h"

static const char *const names[] = {
    "add-department",
    "add-department-member",
    "add-user",
    "announce",
    "change-department",
    "change-user",
    "change-user-password",
    "delete-department",
    "delete-motd",
    "delete-user",
    "delete-welcome",
    "disable-user",
    "edit-motd",
    "end-user-session",
    "get-active-users",
    "get-active-users-num",
    "get-disabled-users-list",
    "get-disabled-users-num",
    "get-idle-users",
    "get-idle-users-num",
    "get-online-users-list",
    "get-online-users-num",
    "get-registered-users-list",
    "get-registered-users-num",
    "list-department-members",
    "list-departments",
    "list-properties",
    "list-sessions",
    "list-users",
    "reenable-user",
    "remove-department-member",
    "send-message",
    "set-motd",
    "set-property",
    "set-welcome",
    "show-user",
    "unset-property",
    "user-stats",
};
const size_t token_command_count = COUNT_OF(names);

bool token_has_command(struct str name)
{
    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (str_is(name, names[i]))
            return true;
    return false;
}

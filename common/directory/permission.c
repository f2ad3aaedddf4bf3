#include "permission.h"

#include <utlist.h>

const struct permission_row permission_rows[PERMISSION_COUNT] = {
    [MAY_CHAT_OUTSIDE] = {"chat-outside", false, "permissions.chat-outside",
                          ERR_NOT_ALLOWED,
                          "You may not write to people outside of your "
                          "department"},
    [MAY_FEDERATE] = {"federate", false, "permissions.federate",
                      ERR_NOT_ALLOWED,
                      "You may not communicate with other servers"},
    [MAY_SEND_FILE] = {"send-file", false, "permissions.send-file",
                       ERR_NOT_ALLOWED, "You may not send files"},
    [MAY_UPLOAD] = {"upload", false, "permissions.upload", ERR_FORBIDDEN,
                    "You may not upload files"},
    [MAY_CREATE_ROOM] = {"create-room", false, "permissions.create-room",
                         ERR_NOT_ALLOWED, "You may not create rooms"},
    [MAY_BROADCAST] = {"broadcast", false, "permissions.broadcast",
                       ERR_FORBIDDEN, "You may not send to whole groups"},
    [MAY_SEARCH] = {"search", false, "permissions.search", ERR_FORBIDDEN,
                    "You may not search for people"},
    [MAY_REGISTER] = {"register", false, "permissions.register",
                      ERR_NOT_ALLOWED,
                      "Your account is changed by an administrator alone"},
    [MAX_ROSTER] = {"max-roster", true, "sm.roster-max-items",
                    ERR_RESOURCE_CONSTRAINT, "The contact list is full"},
    [MAX_OFFLINE] = {"max-offline", true, "sm.offline-quota",
                     ERR_SERVICE_UNAVAILABLE, NULL},
    [MAX_OFFLINE_BYTES] = {"max-offline-bytes", true, "sm.offline-max-bytes",
                           ERR_SERVICE_UNAVAILABLE, NULL},
    [MAX_UPLOAD_SIZE] = {"max-upload-size", true, "webd.max-file-size",
                         ERR_NOT_ACCEPTABLE, NULL},
};

enum permission permission_by_name(struct str name)
{
    unsigned i = 0;

    while (i < PERMISSION_COUNT && !str_is(name, permission_rows[i].name))
        i++;
    return (enum permission)i;
}

/* Reads a value into the decision; false when it is none. */
static bool read_value(const struct permission_row *row, struct str value,
                       struct decision *decision)
{
    uint64_t number;

    if (!value.p)
        return false;
    if (row->is_number) {
        if (!str_to_u64(value, &number) || number > INT64_MAX)
            return false;
        decision->is_allowed = true;
        decision->number = (int64_t)number;
        return true;
    }
    decision->is_allowed = str_is(value, "yes");
    return decision->is_allowed || str_is(value, "no");
}

bool permission_is_value(enum permission permission, struct str value)
{
    struct decision ignored = {0};

    return read_value(&permission_rows[permission], value, &ignored);
}

static bool by_department(const struct permission_row *row,
                          const struct directory_membership *membership,
                          struct decision *decision)
{
    const struct directory_department *at;

    for (at = membership->department; at; at = at->parent) {
        if (!read_value(row, directory_property_of(at->properties, row->name),
                        decision))
            continue;
        decision->source = BY_DEPARTMENT;
        decision->department = at;
        decision->member_of = membership->department;
        return true;
    }
    return false;
}

static bool by_person(const struct permission_row *row,
                      const struct directory_person *person,
                      struct decision *decision)
{
    const struct directory_membership *membership;

    if (read_value(row, directory_property_of(person->properties, row->name),
                   decision)) {
        decision->source = BY_ACCOUNT;
        return true;
    }
    LL_FOREACH2(person->memberships, membership, next_of_person)
    if (by_department(row, membership, decision))
        return true;
    return false;
}

struct decision permission_decide(const struct directory *directory,
                                  const struct directory_person *person,
                                  enum permission permission,
                                  const struct config *config)
{
    const struct permission_row *row = &permission_rows[permission];
    struct decision decision = {0};

    if (person && by_person(row, person, &decision))
        return decision;
    if (directory &&
        read_value(row, directory_property_of(directory->properties, row->name),
                   &decision)) {
        decision.source = BY_SERVER;
        return decision;
    }
    decision.source = BY_CONFIGURATION;
    decision.is_allowed = row->is_number || config_bool(config, row->option);
    decision.number = row->is_number ? config_int(config, row->option) : 0;
    return decision;
}

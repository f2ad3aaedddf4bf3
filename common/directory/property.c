#include "property.h"

#include "../audit/audit.h"
#include "../quiet/quiet.h"
#include "permission.h"

static bool is_one_of(struct str value, const char *const *words)
{
    for (; *words; words++)
        if (str_is(value, *words))
            return true;
    return false;
}

bool property_is_known(struct str name)
{
    static const char *const rules[] = {
        "archive-days", "audit",       QUIET_EXCEPT, QUIET_HOURS, "room",
        "roster",       "roster-also", "visible-to", NULL};

    return permission_by_name(name) != PERMISSION_COUNT ||
           is_one_of(name, rules);
}

bool property_check(struct str name, struct str value, struct error *error)
{
    static const char *const rosters[] = {"none",    "department", "chain",
                                          "subtree", "branch",     NULL};
    enum permission permission = permission_by_name(name);
    enum audit_policy policy;
    struct quiet quiet;
    struct error why;

    if (permission != PERMISSION_COUNT &&
        !permission_is_value(permission, value))
        return error_set(error, "%.*s: expected %s", STR_ARG(name),
                         permission_rows[permission].is_number ? "a number"
                                                               : "yes or no");
    if (str_is(name, "room") && !str_is(value, "yes") && !str_is(value, "no"))
        return error_set(error, "room: expected yes or no");
    if (str_is(name, "audit") && !audit_policy_by_name(value, &policy))
        return error_set(error, "audit: expected none, metadata or content");
    if (str_is(name, QUIET_HOURS) && !quiet_parse(&quiet, value, &why))
        return error_set(error, "quiet-hours: %s", why.text);
    if (str_is(name, QUIET_EXCEPT) && !quiet_are_exceptions(value))
        return error_set(error, "quiet-except: expected addresses and domains, "
                                "separated by spaces");
    if (str_is(name, "roster") && !is_one_of(value, rosters))
        return error_set(error,
                         "roster: expected none, department, chain, subtree or "
                         "branch");
    return true;
}

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

static bool is_yes_or_no(struct str value)
{
    static const char *const words[] = {"yes", "no", NULL};

    return is_one_of(value, words);
}

static bool is_roster(struct str value)
{
    static const char *const words[] = {"none",    "department", "chain",
                                        "subtree", "branch",     NULL};

    return is_one_of(value, words);
}

static bool is_audit(struct str value)
{
    enum audit_policy policy;

    return audit_policy_by_name(value, &policy);
}

/* Properties that are no permissions, and what their values look like. */
static const struct {
    const char *name;
    bool (*is_right)(struct str value);
    const char *expected;
} rows[] = {
    {"room", is_yes_or_no, "expected yes or no"},
    {"audit", is_audit, "expected none, metadata or content"},
    {QUIET_EXCEPT, quiet_are_exceptions,
     "expected addresses and domains, separated by spaces"},
    {"roster", is_roster,
     "expected none, department, chain, subtree or branch"},
};

/* What the value should be; NULL: it is right. */
static const char *expected_of(struct str name, struct str value)
{
    enum permission permission = permission_by_name(name);

    if (permission != PERMISSION_COUNT)
        return permission_is_value(permission, value)  ? NULL
               : permission_rows[permission].is_number ? "expected a number"
                                                       : "expected yes or no";
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        if (str_is(name, rows[i].name))
            return rows[i].is_right(value) ? NULL : rows[i].expected;
    return NULL;
}

bool property_check(struct str name, struct str value, enum language language,
                    struct error *error)
{
    const char *wanted = expected_of(name, value);
    struct quiet quiet;
    struct error why;

    if (str_is(name, QUIET_HOURS) &&
        !quiet_parse(&quiet, value, language, &why))
        return error_set(error, QUIET_HOURS ": %s", why.text);
    return !wanted || error_set(error, "%.*s: %s", STR_ARG(name),
                                text_in(language, wanted));
}

bool property_is_known(struct str name)
{
    static const char *const others[] = {"archive-days", QUIET_HOURS,
                                         "roster-also", "visible-to", NULL};

    for (size_t i = 0; i < COUNT_OF(rows); i++)
        if (str_is(name, rows[i].name))
            return true;
    return permission_by_name(name) != PERMISSION_COUNT ||
           is_one_of(name, others);
}

#include <utlist.h>

#include "audit.h"

static const char *const names[] = {
    [AUDIT_NONE] = "none",
    [AUDIT_METADATA] = "metadata",
    [AUDIT_CONTENT] = "content",
};
#define PROPERTY "audit"

bool audit_policy_by_name(struct str name, enum audit_policy *policy)
{
    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (str_is(name, names[i])) {
            *policy = (enum audit_policy)i;
            return true;
        }
    return false;
}

static bool says(const struct directory_property *properties,
                 enum audit_policy *policy)
{
    return audit_policy_by_name(directory_property_of(properties, PROPERTY),
                                policy);
}

/* False when none of them says anything. */
static bool departments_say(const struct directory_person *person,
                            enum audit_policy *policy)
{
    const struct directory_membership *membership;
    const struct directory_department *at;
    enum audit_policy one;
    bool is_said = false;

    *policy = AUDIT_NONE;
    LL_FOREACH2(person->memberships, membership, next_of_person)
    for (at = membership->department; at; at = at->parent)
        if (says(at->properties, &one)) {
            is_said = true;
            if (one > *policy)
                *policy = one;
        }
    return is_said;
}

enum audit_policy audit_policy_of(const struct directory *directory,
                                  const struct config *config,
                                  struct str bare_jid)
{
    const struct directory_person *person = directory_find(directory, bare_jid);
    enum audit_policy policy;

    if (person &&
        (says(person->properties, &policy) || departments_say(person, &policy)))
        return policy;
    if (directory && says(directory->properties, &policy))
        return policy;
    return audit_policy_by_name(config_str(config, "sm.audit"), &policy)
               ? policy
               : AUDIT_NONE;
}

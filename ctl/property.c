/* Properties of accounts, departments and the server: permissions, and rules of
 * who sees whom. */
#include <stdlib.h>
#include <string.h>

#include "common/directory/property.h"
#include "directory.h"
#include "ctl_statements.h"
#include "dry_run.h"

/* Whose property: what stands behind the verb. */
struct owner {
    const char *kind;
    int words; /* that name one of them */
    size_t set, unset, list;
    const char *missing; /* what there is not when nothing was set */
};

static const struct owner owners[] = {
    {"account", 1, CTL_ACCOUNT_PROPERTY_SET, CTL_ACCOUNT_PROPERTY_UNSET,
     CTL_ACCOUNT_PROPERTY_LIST, "account"},
    {"department", 1, CTL_DEPARTMENT_PROPERTY_SET,
     CTL_DEPARTMENT_PROPERTY_UNSET, CTL_DEPARTMENT_PROPERTY_LIST, "department"},
    {"server", 0, CTL_SERVER_PROPERTY_SET, CTL_SERVER_PROPERTY_UNSET,
     CTL_SERVER_PROPERTY_LIST, "server"},
};

/* Finds the owner and fills in domain and name of it; `words` stand behind.
 * NULL after a message. */
static const struct owner *find_owner(struct ctl *ctl, int words,
                                      struct str params[2])
{
    const struct owner *owner = NULL;
    struct jid jid;

    for (size_t i = 0; i < COUNT_OF(owners); i++)
        if (strcmp(ctl->argv[0], owners[i].kind) == 0)
            owner = &owners[i];
    if (!owner || ctl->argc < 1 + owner->words + words) {
        ctl_refuse("expected account JID, department NAME or server, then the "
                   "name of a property%s",
                   words == 2 ? ctl_words(" and its value") : "");
        return NULL;
    }
    params[0] = params[1] = STR_NONE;
    if (strcmp(owner->kind, "account") == 0) {
        if (!ctl_account(ctl, ctl->argv[1], &jid))
            return NULL;
        params[0] = jid.domain;
        params[1] = jid.local;
    } else if (strcmp(owner->kind, "department") == 0) {
        if (!ctl_domain(ctl, &params[0]) ||
            !ctl_department(ctl, params[0], ctl->argv[1], &params[1]))
            return NULL;
    }
    return owner;
}

/* A permission is compared for each person; of what else is a property, those have it
 * whose it is. */
static bool concerns(struct ctl *ctl, const struct owner *owner,
                     const struct str params[3])
{
    bool is_account = strcmp(owner->kind, "account") == 0;

    if (permission_by_name(params[2]) != PERMISSION_COUNT)
        return true;
    return dry_run_concerns(
        ctl, params[0], is_account ? STR_NONE : params[1],
        is_account ? arena_printf(&ctl->arena, "%.*s@%.*s", STR_ARG(params[1]),
                                  STR_ARG(params[0]))
                   : STR_NONE);
}

/* A name that was mistyped would be kept without a word, and forbid nothing. */
static void tell_unknown(const struct ctl *ctl, struct str name)
{
    if (property_is_known(name) ||
        config_list_has(ctl->config, "directory.search-properties", name))
        return;
    fprintf(stderr,
            ctl_words("note: no permission, limit or rule is named %.*s; it is "
                      "kept and decides nothing\n"),
            STR_ARG(name));
}

int property_set(struct ctl *ctl)
{
    struct str params[4];
    struct error error;
    const struct owner *owner = find_owner(ctl, 2, params);
    long count;

    if (!owner)
        return EXIT_REFUSED;
    params[2] = str_of(ctl->argv[1 + owner->words]);
    params[3] = str_of(ctl->argv[2 + owner->words]);
    if (!property_check(params[2], params[3], text_default(), &error))
        return ctl_refuse("%s", error.text);
    count = ctl_change(ctl, owner->set, params);
    if (count == 0)
        return ctl_refuse("there is no %s %s", owner->missing, ctl->argv[1]);
    tell_unknown(ctl, params[2]);
    return count > 0 && concerns(ctl, owner, params) ? EXIT_SUCCESS : EXIT_REFUSED;
}

int property_unset(struct ctl *ctl)
{
    struct str params[3];
    const struct owner *owner = find_owner(ctl, 1, params);
    long count;

    if (!owner)
        return EXIT_REFUSED;
    params[2] = str_of(ctl->argv[1 + owner->words]);
    count = ctl_change(ctl, owner->unset, params);
    if (count == 0)
        return ctl_refuse("it has no property %.*s", STR_ARG(params[2]));
    return count > 0 && concerns(ctl, owner, params) ? EXIT_SUCCESS : EXIT_REFUSED;
}

int property_list(struct ctl *ctl)
{
    struct str params[2];
    const struct owner *owner = find_owner(ctl, 0, params);
    PGresult *result = owner ? ctl_run(ctl, owner->list, params) : NULL;

    if (!result)
        return EXIT_REFUSED;
    ctl_print(ctl, result);
    PQclear(result);
    return EXIT_SUCCESS;
}

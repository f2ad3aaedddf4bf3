/* People and groups of another directory (LDAP), brought over: what is new is
 * added, what differs is changed, who is gone is locked. All or nothing. A
 * group that is a member of another one is a department below it. */
#include <stdlib.h>
#include <string.h>

#include "ctl_statements.h"
#include "directory.h"
#include "ldap_import.h"

/* --- reading -------------------------------------------------------------- */

static void take_person(void *ctx, const struct ldap_entry *entry)
{
    struct ldap_import *import = ctx;
    struct arena *arena = &import->ctl->arena;
    struct str username = jid_prep_local(
        arena, arena_dup(arena, ldap_first_of(entry->values[0])));
    struct person *person;

    if (!username.len) {
        import->skipped++;
        return;
    }
    person = arena_alloc(arena, sizeof(*person));
    person->dn = ldap_lower(arena, entry->dn);
    person->username = username;
    HASH_ADD_KEYPTR(hh, import->by_dn, person->dn.p, person->dn.len, person);
    HASH_ADD_KEYPTR(hh_name, import->by_name, username.p, username.len, person);
    import->count++;
    ldap_add_column(&import->people, username, END_OF_COLUMN);
    ldap_add_column(&import->people, ldap_first_of(entry->values[1]),
                    END_OF_COLUMN);
    ldap_add_column(&import->people, ldap_first_of(entry->values[2]),
                    END_OF_COLUMN);
    ldap_add_column(&import->people, entry->dn, END_OF_ROW);
}

static const char *text_of(struct ldap_import *import, const char *option)
{
    struct ctl *ctl = import->ctl;

    return arena_dup(&ctl->arena, config_str(ctl->config, option)).p;
}

static bool read_directory(struct ldap_import *import, struct error *error)
{
    const struct config *config = import->ctl->config;
    struct str base = config_str(config, "ldap.base");
    struct str groups = config_str(config, "ldap.group-filter");
    const char *of_person[] = {text_of(import, "ldap.user-attribute"),
                               text_of(import, "ldap.name-attribute"),
                               text_of(import, "ldap.mail-attribute"), NULL};
    const char *of_group[] = {text_of(import, "ldap.group-attribute"),
                              text_of(import, "ldap.member-attribute"), NULL};
    struct ldap_source *source = ldap_source_open(config, error);
    bool ok =
        source &&
        ldap_source_search(source, base,
                           config_str(config, "ldap.person-filter"), of_person,
                           take_person, import, error) &&
        (!groups.len || ldap_source_search(source, base, groups, of_group,
                                           ldap_take_group, import, error));

    ldap_source_close(source);
    if (ok)
        ldap_add_groups(import);
    return ok;
}

/* --- writing -------------------------------------------------------------- */

enum subject { PEOPLE, GROUPS, MEMBERS };

/* In this order: a row of each needs those before it. NULL: not told. */
static const struct step {
    size_t statement;
    enum subject subject;
    const char *name;
} steps[] = {
    {CTL_LDAP_PEOPLE_ADD, PEOPLE, "people added"},
    {CTL_LDAP_PEOPLE_CHANGE, PEOPLE, "people changed"},
    {CTL_LDAP_PEOPLE_RETURN, PEOPLE, "people let in again"},
    {CTL_LDAP_PEOPLE_NOTE, PEOPLE, NULL},
    {CTL_LDAP_PEOPLE_LEAVE, PEOPLE, "people locked"},
    {CTL_LDAP_GROUPS_TAKE, GROUPS, "departments added or changed"},
    {CTL_LDAP_MEMBERS_ADD, MEMBERS, "members added"},
    {CTL_LDAP_MEMBERS_REMOVE, MEMBERS, "members removed"},
    {CTL_LDAP_GROUPS_REMOVE, GROUPS, "departments removed"},
};

static struct str rows_of(const struct buf *rows)
{
    /* Without the end of the last row: what follows would be a row. */
    return rows->data ? (struct str){buf_view(rows).p, buf_view(rows).len - 1}
                      : STR("");
}

static bool run_steps(struct ldap_import *import)
{
    const struct str rows[] = {rows_of(&import->people),
                               rows_of(&import->groups),
                               rows_of(&import->members)};
    struct ctl *ctl = import->ctl;
    struct str *cells =
        arena_alloc(&ctl->arena, COUNT_OF(steps) * 2 * sizeof(*cells));
    size_t count = 0;

    for (size_t i = 0; i < COUNT_OF(steps); i++) {
        long changed =
            ctl_change(import->ctl, steps[i].statement,
                       (struct str[]){import->domain, rows[steps[i].subject]});

        if (changed < 0)
            return false;
        if (!steps[i].name)
            continue;
        cells[2 * count] = str_of(steps[i].name);
        cells[2 * count++ + 1] =
            arena_printf(&import->ctl->arena, "%ld", changed);
    }
    ctl_print_counts(ctl, cells, count);
    return true;
}

/* A directory that suddenly lacks half of its people is rather broken than
 * right. */
static bool is_plausible(struct ldap_import *import, bool is_forced)
{
    PGresult *result = ctl_run(import->ctl, CTL_LDAP_PEOPLE_HERE,
                               (struct str[]){import->domain});
    unsigned long known;

    if (!result)
        return false;
    known = strtoul(PQgetvalue(result, 0, 0), NULL, 10);
    PQclear(result);
    if (is_forced || (import->count > 0 && import->count * 2 >= known))
        return true;
    ctl_refuse("LDAP tells of %lu people, %lu are known; --force believes it",
               import->count, known);
    return false;
}

static bool write_all(struct ldap_import *import)
{
    return ctl_begin(import->ctl) && run_steps(import) && ctl_commit(import->ctl);
}

int ldap_import(struct ctl *ctl)
{
    struct ldap_import import = {.ctl = ctl};
    bool is_forced = ctl_flag(ctl, "--force");
    struct error error = {0};
    bool ok;

    if (!ctl_domain(ctl, &import.domain))
        return EXIT_REFUSED;
    if (!ldap_serves(ctl->config, import.domain))
        return ctl_refuse("%.*s is none of ldap.domains",
                          STR_ARG(import.domain));
    ok = read_directory(&import, &error);
    if (!ok)
        ctl_refuse("%s", error.text);
    ok = ok && is_plausible(&import, is_forced) && write_all(&import);
    if (import.skipped)
        fprintf(stderr, "posthousectl: %lu entries have no usable name\n",
                import.skipped);
    HASH_CLEAR(hh, import.by_dn);
    HASH_CLEAR(hh_name, import.by_name);
    HASH_CLEAR(hh, import.all_groups);
    buf_clear(&import.people);
    buf_clear(&import.groups);
    buf_clear(&import.members);
    return ok ? EXIT_SUCCESS : EXIT_REFUSED;
}

/* What a change would do, and to how many people, without doing it: the directory is compared before and
 * after, in a transaction that is taken back. */
#include <stdlib.h>

#include "ctl_statements.h"
#include "directory.h"

#define KINDS (PERMISSION_COUNT + 2u) /* and contact lists, visibility */

struct tally {
    struct ctl *ctl;
    const struct directory *before, *after;
    unsigned long people[KINDS];
};

static bool command(struct ctl *ctl, const char *sql)
{
    PGresult *result = PQexec(ctl->connection, sql);
    bool ok = PQresultStatus(result) == PGRES_COMMAND_OK;

    PQclear(result);
    return ok;
}

static bool decides_anew(const struct tally *tally,
                         const struct directory_person *was,
                         const struct directory_person *is, unsigned permission)
{
    struct decision old =
        permission_decide(tally->before, was, permission, tally->ctl->config);
    struct decision new =
        permission_decide(tally->after, is, permission, tally->ctl->config);

    return old.is_allowed != new.is_allowed || old.number != new.number;
}

static void compare(struct tally *tally, struct str jid)
{
    const struct directory_person *was = directory_find(tally->before, jid);
    const struct directory_person *is = directory_find(tally->after, jid);

    for (unsigned i = 0; i < PERMISSION_COUNT; i++)
        tally->people[i] += decides_anew(tally, was, is, i);
    tally->people[PERMISSION_COUNT] +=
        directory_contacts_hash(was) != directory_contacts_hash(is);
    tally->people[PERMISSION_COUNT + 1] +=
        directory_visibility_hash(was) != directory_visibility_hash(is);
}

/* All accounts of the suite, for a property of the server is everybody's. */
static bool compare_all(struct tally *tally)
{
    struct ctl *ctl = tally->ctl;
    PGresult *result = ctl_run(ctl, CTL_USER_LIST, (struct str[]){STR_NONE});

    if (!result)
        return false;
    for (int row = 0; row < PQntuples(result); row++)
        compare(tally, str_of(PQgetvalue(result, row, 0)));
    PQclear(result);
    return true;
}

static void report(struct tally *tally)
{
    static const char *const columns[] = {"what", "count"};
    struct ctl *ctl = tally->ctl;
    size_t count = ctl->does_count;
    struct str *cells =
        arena_alloc(&ctl->arena, 2 * (count + KINDS) * sizeof(*cells));

    for (size_t i = 0; i < 2 * count; i++)
        cells[i] = ctl->does[i];
    for (unsigned i = 0; i < KINDS; i++) {
        if (!tally->people[i])
            continue;
        cells[2 * count] = i < PERMISSION_COUNT
                               ? str_of(permission_rows[i].name)
                               : str_of(i == PERMISSION_COUNT ? "contacts"
                                                              : "visibility");
        cells[2 * count + 1] = arena_printf(&ctl->arena, "%lu", tally->people[i]);
        count++;
    }
    ctl_print_cells(ctl, columns, 2, cells, count);
}

int ctl_dry_run(struct ctl *ctl, ctl_command *run)
{
    struct directory *before = NULL, *after = NULL;
    int status = EXIT_REFUSED;
    struct tally tally = {.ctl = ctl};

    ctl->is_dry = true;
    if (!command(ctl, "BEGIN"))
        return ctl_refuse("%s", PQerrorMessage(ctl->connection));
    before = ctl_directory(ctl);
    if (before)
        status = run(ctl);
    if (status == EXIT_SUCCESS && (after = ctl_directory(ctl))) {
        tally.before = before;
        tally.after = after;
        if (compare_all(&tally))
            report(&tally);
        else
            status = EXIT_REFUSED;
    }
    command(ctl, "ROLLBACK");
    directory_free(before);
    directory_free(after);
    return status;
}

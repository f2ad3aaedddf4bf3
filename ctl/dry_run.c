/* What a change would do, and to how many people, without doing it: it is done
 * in a transaction that is taken back, and before that compared with what was
 * there. */
#include "dry_run.h"

#include <stdlib.h>
#include <string.h>

#include "common/mem/hash.h"
#include "ctl_statements.h"
#include "directory.h"

#define KINDS   (PERMISSION_COUNT + 2u) /* and contact lists, visibility */
#define CHANGES 3u                      /* of a row */

/* Someone for whom something is different. */
struct concerned {
    struct str jid;
    UT_hash_handle hh;
};

struct dry_run {
    struct ctl *ctl;
    struct concerned *people;       /* hashed by jid */
    struct directory *directory;    /* as it was */
    PGresult *accounts, *rows;      /* as they were */
    unsigned long decisions[KINDS]; /* people for whom each is another one */
    struct buf cells; /* of struct str: pairs of what and how often */
};

static void add_person(struct dry_run *dry, struct str jid)
{
    struct concerned *one;

    HASH_FIND(hh, dry->people, jid.p, jid.len, one);
    if (one)
        return;
    one = arena_alloc(&dry->ctl->arena, sizeof(*one));
    one->jid = arena_dup(&dry->ctl->arena, jid);
    HASH_ADD_KEYPTR(hh, dry->people, one->jid.p, one->jid.len, one);
}

static void add_count(struct dry_run *dry, struct str what, unsigned long count)
{
    struct str pair[2] = {arena_dup(&dry->ctl->arena, what),
                          arena_printf(&dry->ctl->arena, "%lu", count)};

    buf_add(&dry->cells, (struct str){(const char *)pair, sizeof(pair)});
}

/* --- what commands tell --------------------------------------------------- */

void dry_run_count(struct ctl *ctl, const char *what, unsigned long count)
{
    if (ctl->dry)
        add_count(ctl->dry, str_of(what), count);
}

bool dry_run_concerns(struct ctl *ctl, struct str domain, struct str department,
                      struct str jid)
{
    PGresult *found;

    if (!ctl->dry)
        return true;
    found = ctl_run(ctl, CTL_DRY_CONCERNED,
                    (struct str[]){domain, department, jid});
    for (int row = 0; found && row < PQntuples(found); row++)
        add_person(ctl->dry, str_of(PQgetvalue(found, row, 0)));
    PQclear(found);
    return found != NULL;
}

/* --- accounts ------------------------------------------------------------- */

/* Both are in the order of addresses. */
static void compare_accounts(struct dry_run *dry, const PGresult *now)
{
    const PGresult *was = dry->accounts;
    int i = 0, j = 0;

    while (i < PQntuples(was) || j < PQntuples(now)) {
        const char *old = i < PQntuples(was) ? PQgetvalue(was, i, 0) : NULL;
        const char *new = j < PQntuples(now) ? PQgetvalue(now, j, 0) : NULL;
        int order = !old ? 1 : !new ? -1 : strcmp(old, new);

        if (order != 0 ||
            strcmp(PQgetvalue(was, i, 1), PQgetvalue(now, j, 1)) != 0)
            add_person(dry, str_of(order < 0 ? old : new));
        i += order <= 0;
        j += order >= 0;
    }
}

/* --- decisions of the directory ------------------------------------------- */

static bool decides_anew(const struct dry_run *dry,
                         const struct directory *after,
                         const struct directory_person *was,
                         const struct directory_person *is, unsigned permission)
{
    struct decision old =
        permission_decide(dry->directory, was, permission, dry->ctl->config);
    struct decision new =
        permission_decide(after, is, permission, dry->ctl->config);

    return old.is_allowed != new.is_allowed || old.number != new.number;
}

static void compare_decisions(struct dry_run *dry,
                              const struct directory *after, struct str jid)
{
    const struct directory_person *was = directory_find(dry->directory, jid);
    const struct directory_person *is = directory_find(after, jid);

    for (unsigned i = 0; i < KINDS; i++) {
        bool is_another =
            i < PERMISSION_COUNT ? decides_anew(dry, after, was, is, i)
            : i == PERMISSION_COUNT
                ? directory_contacts_hash(was) != directory_contacts_hash(is)
                : directory_visibility_hash(was) !=
                      directory_visibility_hash(is);

        dry->decisions[i] += is_another;
        if (is_another)
            add_person(dry, jid);
    }
}

/* All accounts of the suite, for a property of the server is everybody's. */
static bool compare(struct dry_run *dry)
{
    struct ctl *ctl = dry->ctl;
    PGresult *accounts = ctl_run(ctl, CTL_DRY_PEOPLE, NULL);
    struct directory *after = accounts ? ctl_directory(ctl) : NULL;

    if (after) {
        compare_accounts(dry, accounts);
        for (int row = 0; row < PQntuples(accounts); row++)
            compare_decisions(dry, after, str_of(PQgetvalue(accounts, row, 0)));
    }
    PQclear(accounts);
    directory_free(after);
    return after != NULL;
}

/* --- rows ----------------------------------------------------------------- */

static unsigned long number_at(const PGresult *rows, int row, unsigned change)
{
    return strtoul(PQgetvalue(rows, row, 1 + (int)change), NULL, 10);
}

/* The connection counts from its start, so what was before is taken off. */
static bool count_rows(struct dry_run *dry)
{
    static const char *const changes[CHANGES] = {"added", "changed", "removed"};
    struct ctl *ctl = dry->ctl;
    PGresult *now = ctl_run(ctl, CTL_DRY_ROWS, NULL);

    for (int row = 0; now && row < PQntuples(now); row++)
        for (unsigned i = 0; i < CHANGES; i++) {
            unsigned long count =
                number_at(now, row, i) - number_at(dry->rows, row, i);

            if (count)
                add_count(dry,
                          arena_printf(&ctl->arena, "%s %s",
                                       PQgetvalue(now, row, 0), changes[i]),
                          count);
        }
    PQclear(now);
    return now != NULL;
}

/* --- the run -------------------------------------------------------------- */

static bool begin(struct dry_run *dry)
{
    struct ctl *ctl = dry->ctl;

    /* What others change meanwhile is not taken for the command's. */
    if (!ctl_execute(ctl, "BEGIN ISOLATION LEVEL REPEATABLE READ"))
        return false;
    dry->directory = ctl_directory(ctl);
    dry->accounts = dry->directory ? ctl_run(ctl, CTL_DRY_PEOPLE, NULL) : NULL;
    dry->rows = dry->accounts ? ctl_run(ctl, CTL_DRY_ROWS, NULL) : NULL;
    return dry->rows != NULL;
}

static void add_decisions(struct dry_run *dry)
{
    for (unsigned i = 0; i < KINDS; i++)
        if (dry->decisions[i])
            add_count(dry,
                      i < PERMISSION_COUNT    ? str_of(permission_rows[i].name)
                      : i == PERMISSION_COUNT ? STR("contacts")
                                              : STR("visibility"),
                      dry->decisions[i]);
}

static bool report(struct dry_run *dry)
{
    static const char *const columns[] = {"what", "count"};
    struct buf told = dry->cells; /* by the command */
    struct str cells;

    if (!compare(dry))
        return false;
    dry->cells = (struct buf){0};
    add_count(dry, STR("people"), HASH_COUNT(dry->people));
    buf_add(&dry->cells, buf_view(&told));
    buf_clear(&told);
    if (!count_rows(dry))
        return false;
    add_decisions(dry);
    cells = buf_view(&dry->cells);
    dry->ctl->dry = NULL; /* what is printed now is to be seen */
    ctl_print_cells(dry->ctl, columns, 2,
                    (const struct str *)(const void *)cells.p,
                    cells.len / (2 * sizeof(struct str)));
    return true;
}

int ctl_dry_run(struct ctl *ctl, ctl_command *run)
{
    struct dry_run dry = {.ctl = ctl};
    int status = EXIT_REFUSED;

    if (!ctl->connection && !ctl_connect(ctl, "posthouse_ctl"))
        return EXIT_REFUSED;
    if (begin(&dry)) {
        ctl->dry = &dry;
        status = run(ctl);
        /* Some lines of a file may be refused; what it did with the others is
         * told. */
        if ((status == EXIT_SUCCESS || buf_len(&dry.cells) > 0) &&
            !(PQtransactionStatus(ctl->connection) == PQTRANS_INTRANS &&
              report(&dry)))
            status = EXIT_REFUSED;
        ctl->dry = NULL;
    }
    if (!ctl_execute(ctl, "ROLLBACK"))
        status = EXIT_REFUSED;
    HASH_CLEAR(hh, dry.people);
    directory_free(dry.directory);
    PQclear(dry.accounts);
    PQclear(dry.rows);
    buf_clear(&dry.cells);
    return status;
}

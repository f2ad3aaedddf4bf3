/* Whether the audit journal is as it was written: every line has its hash,
 * every link those of its lines and of the link before it. */
#include <stdlib.h>
#include <string.h>

#include "audit.h"
#include "common/codec/codec.h"
#include "ctl_statements.h"
#include "heads.h"

/* Columns of AUDIT_CHAIN: of the link, then of the line (id NULL: it has none).
 */
enum {
    LINK_WRITER,
    LINK_MONTH,
    LINK_NUMBER,
    LINK_FIRST,
    LINK_LAST,
    LINK_LINES,
    LINK_LINES_HASH,
    LINK_HASH,
    LINE_FIRST,
    LINE_HASH = LINE_FIRST + AUDIT_LINE_COLUMNS,
};

struct check {
    struct ctl *ctl;
    struct arena arena; /* of a row */
    struct audit_hasher *hasher;
    struct audit_link link; /* the one whose lines come */
    char month[8];
    bool has_link;
    char lines_hash[65], hash[65]; /* as the journal has them */
    char previous[65];             /* "": the first that is checked */
    struct buf line_hashes;        /* of its lines so far, bytes */
    int64_t lines_seen;
    unsigned long lines, links, heads, faults;
};

static void tell(struct check *check, int64_t line, const char *what)
{
    FILE *out = ctl_tell(check->ctl);

    check->faults++;
    fprintf(out, "%s: writer %lld, %s, link %lld", what,
            (long long)check->link.writer, check->month,
            (long long)check->link.number);
    if (line)
        fprintf(out, ", line %lld", (long long)line);
    fputc('\n', out);
}

static struct str bytes_of(struct check *check, const char *digits)
{
    struct str bytes = hex_decode(&check->arena, str_of(digits));

    return bytes.p ? bytes : STR("");
}

static void end_link(struct check *check)
{
    struct str lines_hash, hash;

    if (!check->has_link)
        return;
    if (check->lines_seen < check->link.lines)
        tell(check, 0, "lines are missing");
    else if (check->lines_seen > check->link.lines)
        tell(check, 0, "lines were added");
    lines_hash = audit_hash_bytes(check->hasher, &check->arena,
                                  buf_view(&check->line_hashes));
    if (!str_is(hex_encode(&check->arena, lines_hash), check->lines_hash))
        tell(check, 0, "the lines are not those that were written");
    hash = audit_hash_link(check->hasher, &check->arena,
                           bytes_of(check, check->previous),
                           bytes_of(check, check->lines_hash), &check->link);
    if (!str_is(hex_encode(&check->arena, hash), check->hash))
        tell(check, 0, "the link is not the one that was written");
    memcpy(check->previous, check->hash, sizeof(check->previous));
    check->has_link = false;
}

static int64_t number_of(const PGresult *row, int column)
{
    return strtoll(PQgetvalue(row, 0, column), NULL, 10);
}

static bool is_next_month(const char *month, const char *of)
{
    return strcmp(month, of) > 0;
}

/* A chain begins with nothing before it, or with the last link of the month
 * before the first one that is checked. */
static void begin_chain(struct check *check, const PGresult *row)
{
    struct str before = ctl_column(row, LINE_HASH + 1);

    snprintf(check->previous, sizeof(check->previous), "%.*s", STR_ARG(before));
}

static void begin_link(struct check *check, const PGresult *row)
{
    int64_t number = number_of(row, LINK_NUMBER);
    bool is_other =
        check->link.writer != number_of(row, LINK_WRITER) || check->links == 0;
    bool is_later = !is_other &&
                    is_next_month(PQgetvalue(row, 0, LINK_MONTH), check->month);
    int64_t expected = is_other || is_later ? 1 : check->link.number + 1;

    if (is_other)
        begin_chain(check, row);
    snprintf(check->month, sizeof(check->month), "%s",
             PQgetvalue(row, 0, LINK_MONTH));
    check->link = (struct audit_link){
        .writer = number_of(row, LINK_WRITER),
        .month = str_of(check->month),
        .number = number,
        .first_id = number_of(row, LINK_FIRST),
        .last_id = number_of(row, LINK_LAST),
        .lines = number_of(row, LINK_LINES),
    };
    snprintf(check->lines_hash, sizeof(check->lines_hash), "%s",
             PQgetvalue(row, 0, LINK_LINES_HASH));
    snprintf(check->hash, sizeof(check->hash), "%s",
             PQgetvalue(row, 0, LINK_HASH));
    if (number != expected)
        tell(check, 0, "links are missing before this one");
    buf_reset(&check->line_hashes);
    check->lines_seen = 0;
    check->has_link = true;
    check->links++;
}

static bool is_same_link(const struct check *check, const PGresult *row)
{
    return check->has_link &&
           check->link.writer == number_of(row, LINK_WRITER) &&
           check->link.number == number_of(row, LINK_NUMBER) &&
           strcmp(check->month, PQgetvalue(row, 0, LINK_MONTH)) == 0;
}

static void check_line(struct check *check, const PGresult *row)
{
    struct audit_line line = audit_line_of(row, LINE_FIRST);
    struct str hash = ctl_column(row, LINE_HASH);

    check->lines++;
    check->lines_seen++;
    buf_add(&check->line_hashes,
            bytes_of(check, PQgetvalue(row, 0, LINE_HASH)));
    if (!str_eq(audit_hash_line(check->hasher, &check->arena, &line), hash))
        tell(check, line.id, "the line was changed");
    else if (line.content.p &&
             !str_eq(audit_hash_content(check->hasher, &check->arena, line.salt,
                                        line.content),
                     line.content_hash))
        tell(check, line.id, "the content was changed");
}

static void on_row(void *ctx, const PGresult *row)
{
    struct check *check = ctx;

    arena_reset(&check->arena);
    if (!is_same_link(check, row)) {
        end_link(check);
        begin_link(check, row);
    }
    if (!PQgetisnull(row, 0, LINE_FIRST))
        check_line(check, row);
}

static void on_stray(void *ctx, const PGresult *row)
{
    struct check *check = ctx;

    check->faults++;
    fprintf(ctl_tell(check->ctl),
            "the line was added past the chain: writer %s, line %s\n",
           PQgetvalue(row, 0, 1), PQgetvalue(row, 0, 0));
}

static void summarize(const struct check *check)
{
    printf(check->ctl->json
               ? "{\"lines\": %lu, \"links\": %lu, \"heads\": %lu, "
                 "\"faults\": %lu}\n"
               : "%lu lines in %lu links, %lu signed heads, %lu faults\n",
           check->lines, check->links, check->heads, check->faults);
}

int audit_verify(struct ctl *ctl)
{
    struct check check = {.ctl = ctl, .hasher = audit_hasher_new()};
    struct str month = str_of(ctl_option(ctl, "--month"));
    bool is_read = ctl_each(ctl, CTL_AUDIT_CHAIN, &month, on_row, &check);

    end_link(&check);
    is_read =
        is_read && ctl_each(ctl, CTL_AUDIT_STRAYS, &month, on_stray, &check);
    if (is_read)
        heads_check(ctl, month.p, &check.heads, &check.faults);
    if (is_read)
        summarize(&check);
    audit_hasher_free(check.hasher);
    buf_clear(&check.line_hashes);
    arena_clear(&check.arena);
    return is_read && check.faults == 0 ? EXIT_SUCCESS : EXIT_REFUSED;
}

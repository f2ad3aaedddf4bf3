/* Lines of the audit journal, as JSON lines or CSV. Reading is written down
 * before anything is shown. */
#include <stdlib.h>
#include <string.h>

#include "audit.h"
#include "ctl_statements.h"

/* How lines are written. */
struct writer {
    bool is_csv, is_array;
    unsigned long lines;
};

/* What is shown of a row: the line's columns and behind them the time. */
static const struct {
    const char *name;
    int column;
} fields[] = {
    {"time", AUDIT_LINE_COLUMNS},
    {"id", 0},
    {"type", 2},
    {"verdict", 3},
    {"from", 4},
    {"to", 5},
    {"stanza-id", 6},
    {"content", 7},
    {"content-hash", 9},
};

static void write_json_row(const PGresult *row)
{
    putchar('{');
    for (size_t i = 0; i < COUNT_OF(fields); i++) {
        printf("%s\"%s\": ", i ? ", " : "", fields[i].name);
        if (PQgetisnull(row, 0, fields[i].column))
            fputs("null", stdout);
        else
            ctl_write_json_text(stdout, PQgetvalue(row, 0, fields[i].column));
    }
    putchar('}');
}

static void write_csv_field(const char *text)
{
    /* What a spreadsheet would take for a formula is text. */
    bool is_formula = *text && strchr("=+-@\t\r", *text);

    putchar('"');
    if (is_formula)
        putchar('\'');
    for (; *text; text++) {
        if (*text == '"')
            putchar('"');
        putchar(*text);
    }
    putchar('"');
}

static void write_csv_row(const PGresult *row)
{
    for (size_t i = 0; i < COUNT_OF(fields); i++) {
        if (i)
            putchar(',');
        write_csv_field(PQgetvalue(row, 0, fields[i].column));
    }
    fputs("\r\n", stdout);
}

static void write_csv_head(void)
{
    for (size_t i = 0; i < COUNT_OF(fields); i++)
        printf("%s%s", i ? "," : "", fields[i].name);
    fputs("\r\n", stdout);
}

/* An array with --json; else a line for each, which needs no end to be read. */
static void write_object(const struct writer *writer, const PGresult *row)
{
    if (writer->is_array && writer->lines > 1)
        fputs(",\n ", stdout);
    write_json_row(row);
    if (!writer->is_array)
        putchar('\n');
}

static void on_row(void *ctx, const PGresult *row)
{
    struct writer *writer = ctx;

    writer->lines++;
    if (writer->is_csv)
        write_csv_row(row);
    else
        write_object(writer, row);
}

int audit_query(struct ctl *ctl)
{
    struct writer writer = {.is_csv = ctl_flag(ctl, "--csv")};
    const char *limit = ctl_option(ctl, "--limit");
    struct audit_reading reading;
    const struct audit_filter *filter = &reading.filter;
    uint64_t number;
    bool is_read;

    if (limit && !str_to_u64(str_of(limit), &number))
        return ctl_refuse("--limit: a number");
    if (!audit_reading_begin(ctl, "query", STR_NONE, &reading))
        return EXIT_REFUSED;
    writer.is_array = ctl->json && !writer.is_csv;
    if (writer.is_csv)
        write_csv_head();
    if (writer.is_array)
        putchar('[');
    is_read = ctl_each(ctl, CTL_AUDIT_QUERY,
                    (struct str[]){filter->person, filter->domain,
                                   filter->department, filter->from,
                                   filter->until, filter->word, str_of(limit)},
                    on_row, &writer);
    if (writer.is_array)
        puts("]");
    return is_read ? EXIT_SUCCESS : EXIT_REFUSED;
}

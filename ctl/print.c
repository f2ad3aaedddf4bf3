/* Results for people and, with --json, for programs. */
#include <string.h>

#include "ctl.h"

#define OID_BOOL 16
#define OID_INT8 20
#define OID_INT4 23
#define OID_TIME 1184 /* timestamptz */

FILE *ctl_tell(const struct ctl *ctl)
{
    return ctl->json ? stderr : stdout;
}

void ctl_write_json_text(FILE *file, const char *text)
{
    fputc('"', file);
    for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
        if (*c == '"' || *c == '\\')
            fprintf(file, "\\%c", *c);
        else if (*c < 0x20)
            fprintf(file, "\\u%04x", *c);
        else
            fputc(*c, file);
    }
    fputc('"', file);
}

/* As ISO 8601 has it; the session is in UTC (database.c). */
static void print_json_time(const char *text)
{
    size_t length = strcspn(text, "+");
    const char *zone = strcmp(text + length, "+00") == 0 ? "Z" : text + length;

    putchar('"');
    for (size_t i = 0; i < length; i++)
        putchar(text[i] == ' ' ? 'T' : text[i]);
    printf("%s\"", zone);
}

static void print_json_value(const PGresult *result, int row, int column)
{
    const char *text = PQgetvalue(result, row, column);
    Oid type = PQftype(result, column);

    if (PQgetisnull(result, row, column))
        fputs("null", stdout);
    else if (type == OID_BOOL)
        fputs(*text == 't' ? "true" : "false", stdout);
    else if (type == OID_INT4 || type == OID_INT8)
        fputs(text, stdout);
    else if (type == OID_TIME)
        print_json_time(text);
    else
        ctl_write_json_text(stdout, text);
}

static void print_json(const PGresult *result)
{
    putchar('[');
    for (int row = 0; row < PQntuples(result); row++) {
        fputs(row ? ",\n {" : "{", stdout);
        for (int i = 0; i < PQnfields(result); i++) {
            fputs(i ? ", " : "", stdout);
            ctl_write_json_text(stdout, PQfname(result, i));
            fputs(": ", stdout);
            print_json_value(result, row, i);
        }
        putchar('}');
    }
    puts("]");
}

void ctl_print(const struct ctl *ctl, const PGresult *result)
{
    if (ctl->json) {
        print_json(result);
        return;
    }
    for (int row = 0; row < PQntuples(result); row++)
        for (int i = 0; i < PQnfields(result); i++)
            printf("%s%c", PQgetvalue(result, row, i),
                   i + 1 < PQnfields(result) ? '\t' : '\n');
}

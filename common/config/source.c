#include "source.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define MAX_BYTES (16u << 20)
#define STEP      65536u

bool source_read(struct buf *text, const char *path, struct error *error)
{
    FILE *file = fopen(path, "re");
    bool is_read;
    size_t got;

    if (!file)
        return error_set(error, "%s: %s", path, strerror(errno));
    do {
        got = fread(buf_reserve(text, STEP), 1, STEP, file);
        buf_added(text, got);
    } while (got > 0 && buf_len(text) <= MAX_BYTES);
    is_read =
        !ferror(file) || error_set(error, "%s: %s", path, strerror(errno));
    (void)fclose(file);
    if (is_read && buf_len(text) > MAX_BYTES)
        return error_set(error, "%s: larger than %u bytes", path, MAX_BYTES);
    if (is_read && buf_len(text) > 0 &&
        memchr(buf_view(text).p, '\0', buf_len(text)))
        return error_set(error, "%s: a zero byte", path);
    buf_add_char(text, '\0');
    return is_read;
}

struct scan {
    char *at;
    unsigned line;
    unsigned depth;     /* of braces */
    unsigned open_line; /* of the outermost brace */
    char before;        /* the character before `at` */
};

static void step(struct scan *scan)
{
    scan->before = *scan->at;
    scan->line += *scan->at == '\n';
    scan->at++;
}

/* To the character behind the closing quote. */
static void skip_quoted(struct scan *scan)
{
    char quote = *scan->at;

    step(scan);
    while (*scan->at && *scan->at != quote) {
        if (*scan->at == '\\' && scan->at[1])
            step(scan);
        step(scan);
    }
    if (*scan->at)
        step(scan);
}

static void blank(struct scan *scan)
{
    if (*scan->at != '\n')
        *scan->at = ' ';
    step(scan);
}

static void blank_line(struct scan *scan)
{
    while (*scan->at && *scan->at != '\n')
        blank(scan);
}

/* False when the text ends inside. */
static bool blank_block(struct scan *scan)
{
    blank(scan);
    blank(scan);
    while (*scan->at && strncmp(scan->at, "*/", 2) != 0)
        blank(scan);
    if (!*scan->at)
        return false;
    blank(scan);
    blank(scan);
    return true;
}

/* Two slashes inside a word, as in an address, are no comment. */
static bool is_comment(const struct scan *scan, const char *mark)
{
    return strncmp(scan->at, mark, 2) == 0 &&
           strchr(" \t\r\n={}(),+", scan->before);
}

static void count_brace(struct scan *scan)
{
    if (*scan->at == '{' && scan->depth++ == 0)
        scan->open_line = scan->line;
    else if (*scan->at == '}' && scan->depth > 0)
        scan->depth--; /* one too many is libConfuse's to tell */
    step(scan);
}

bool source_prepare(char *text, const char *where, struct error *error)
{
    struct scan scan = {.at = text, .line = 1, .before = '\n'};

    while (*scan.at) {
        unsigned line = scan.line;

        if (*scan.at == '"' || *scan.at == '\'')
            skip_quoted(&scan);
        else if (*scan.at == '#' || is_comment(&scan, "//"))
            blank_line(&scan);
        else if (!is_comment(&scan, "/*"))
            count_brace(&scan);
        else if (!blank_block(&scan))
            return error_set(error, "%s:%u: a comment that is not closed",
                             where, line);
    }
    return scan.depth == 0 || error_set(error, "%s:%u: a { that is not closed",
                                        where, scan.open_line);
}

#include "csv.h"

static struct str skip(struct str s, size_t count)
{
    return (struct str){s.p + count, s.len - count};
}

/* One field; *text then begins with a comma, a line end, or is empty. */
static bool read_field(struct str *text, struct arena *arena, struct str *field,
                       unsigned *line)
{
    struct buf out = {0};
    bool quoted = text->len > 0 && text->p[0] == '"';

    if (quoted)
        *text = skip(*text, 1);
    while (text->len > 0) {
        char c = text->p[0];

        if (quoted && c == '"') {
            *text = skip(*text, 1);
            if (text->len == 0 || text->p[0] != '"') {
                quoted = false;
                break;
            }
        } else if (!quoted && (c == ',' || c == '\n' || c == '\r')) {
            break;
        }
        *line += c == '\n';
        buf_add_char(&out, c);
        *text = skip(*text, 1);
    }
    *field = out.data ? arena_dup(arena, buf_view(&out)) : STR("");
    buf_clear(&out);
    return !quoted && (text->len == 0 || text->p[0] == ',' ||
                       text->p[0] == '\n' || text->p[0] == '\r');
}

enum csv_result csv_read(struct str *text, struct arena *arena,
                         struct str fields[CSV_MAX_FIELDS], size_t *count,
                         unsigned *line)
{
    *count = 0;
    while (text->len > 0 && (text->p[0] == '\n' || text->p[0] == '\r')) {
        *line += text->p[0] == '\n';
        *text = skip(*text, 1);
    }
    if (text->len == 0)
        return CSV_END;
    for (;;) {
        if (*count == CSV_MAX_FIELDS ||
            !read_field(text, arena, &fields[(*count)++], line))
            return CSV_BAD;
        if (text->len == 0 || text->p[0] != ',')
            return CSV_ROW;
        *text = skip(*text, 1);
    }
}

/* docs/configuration.md, from the table of options. */
#include <string.h>

#include "config.h"
#include "options.h"

static void document_row(struct buf *out, const struct option_row *row)
{
    buf_printf(out, "| `%s%s%s` | `%s` | ", row->section,
               row->section[0] ? "." : "", row->key,
               row->fallback[0] ? row->fallback : "\"\"");
    if (row->type == OPTION_INT)
        buf_printf(out, "%lld … %lld %s", (long long)row->min,
                   (long long)row->max, row->unit);
    else if (row->choices)
        buf_add_text(out, row->type == OPTION_STR ? "one of: " : "any of: ");
    for (const char *c = row->choices; c && *c; c++)
        if (*c == '|')
            buf_add_text(out, ", ");
        else
            buf_add_char(out, *c);
    buf_printf(out, " | %s |\n", row->doc);
}

void config_write_documentation(struct buf *out)
{
    const char *section = NULL;

    for (size_t i = 0; i < option_row_count; i++) {
        const struct option_row *row = &option_rows[i];

        if (!section || strcmp(section, row->section) != 0) {
            section = row->section;
            buf_printf(out, "\n## %s\n\n", section[0] ? section : "The suite");
            buf_add_text(out, "| option | default | range | meaning |\n"
                              "|---|---|---|---|\n");
        }
        document_row(out, row);
    }
}

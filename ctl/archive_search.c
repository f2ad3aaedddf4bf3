/* What somebody said, found by an administrator with a reason. */
#include <stdlib.h>

#include "archive.h"
#include "common/archive/archive.h"
#include "ctl_statements.h"

struct search {
    bool is_array;
    unsigned long found;
    struct xml_parser *parser;
    struct arena arena; /* of one row */
};

static void write_field(const char *name, struct str value)
{
    printf(", \"%s\": ", name);
    if (value.p)
        ctl_write_json_text(stdout, value.p);
    else
        fputs("null", stdout);
}

/* One JSON object a line, which needs no end to be read; an array with --json: as
 * the journal is shown. */
static void on_row(void *ctx, const PGresult *result)
{
    struct search *search = ctx;
    struct arena *arena = &search->arena;
    struct archive_row row;

    arena_reset(arena);
    if (!archive_row_read(&row, arena, search->parser, result))
        return;
    if (search->found++ && search->is_array)
        fputs(",\n ", stdout);
    printf("{\"id\": \"%lld\"", (long long)row.id);
    write_field("time", stanza_timestamp(arena, archive_ms_of(row.id)));
    write_field("from", arena_dup(arena, xml_get(row.message, "from")));
    write_field("to", arena_dup(arena, xml_get(row.message, "to")));
    write_field("body", arena_dup(arena, xml_child_text(row.message, NS_CLIENT,
                                                        "body")));
    write_field("content", ctl_column(result, 1));
    fputs(search->is_array ? "}" : "}\n", stdout);
}

/* The hash of the other side's bare address; absent: anybody. */
static bool read_other_side(struct ctl *ctl, struct str *peer)
{
    const char *with = ctl_option(ctl, "--with");
    struct jid jid;

    *peer = STR_NONE;
    if (!with)
        return true;
    if (!jid_parse(&jid, &ctl->arena, str_of(with))) {
        ctl_refuse("\"%s\" is no address", with);
        return false;
    }
    *peer =
        arena_printf(&ctl->arena, "%lld", (long long)archive_peer(jid.bare));
    return true;
}

int archive_search(struct ctl *ctl)
{
    const char *limit = ctl_option(ctl, "--limit");
    struct archive_account account;
    struct audit_reading reading;
    struct search search = {.is_array = ctl->json};
    struct str peer;
    uint64_t number;
    bool is_done;

    if (limit && !str_to_u64(str_of(limit), &number))
        return ctl_refuse("--limit: a number");
    if (!archive_account_find(ctl, ctl->argv[0], &account) ||
        !read_other_side(ctl, &peer) ||
        !audit_reading_begin(ctl, "archive-search", account.jid.bare, &reading))
        return EXIT_REFUSED;
    search.parser = archive_parser_new();
    if (search.is_array)
        putchar('[');
    is_done = ctl_each(ctl, CTL_ARCHIVE_SEARCH,
                       (struct str[]){account.number, reading.filter.from,
                                      reading.filter.until, reading.filter.word,
                                      peer, str_of(limit)},
                       on_row, &search);
    if (search.is_array)
        puts("]");
    xml_parser_free(search.parser);
    arena_clear(&search.arena);
    return is_done ? EXIT_SUCCESS : EXIT_REFUSED;
}

/* Any element as a question to an archive: refused, or read into bounds that
 * hold; the answer to it is written and read again. */
#include <stdlib.h>

#include "common/archive/archive.h"

#define MAX_PAGE 10

static void check(const struct archive_query *query, struct arena *arena)
{
    struct str *ids = arena_alloc(arena, (query->id_count + 4) * sizeof(*ids));
    size_t named;

    if (query->max > MAX_PAGE || query->id_count > MAX_PAGE ||
        (query->wants_count && query->max != 0))
        abort();
    named = archive_named_ids(query, ids);
    if (named > query->id_count + 4)
        abort();
    for (size_t i = 0; i < query->id_count; i++)
        if (!archive_lists(query, query->ids[i]))
            abort();
}

/* A page of one message more than it takes. */
static void answer(const struct archive_query *query, struct arena *arena,
                   struct xml_parser *parser, struct xml *message)
{
    const struct archive_found found = {.id = STR("17"), .stanza = STR("x")};
    struct xml *iq = xml_new(arena, NS_CLIENT, STR("iq"));
    struct archive_page page;
    struct buf out = {0};

    archive_page_init(&page, arena, query->max, 1);
    for (unsigned i = 0; i <= query->max; i++)
        archive_page_add(&page, arena, &found);
    archive_page_turn(&page);
    for (size_t i = 0; i < page.count; i++)
        (void)archive_page_at(&page, query, i);
    if (page.count > query->max || !page.is_cut)
        abort();
    archive_add_fin(iq, &page, STR("1"));
    xml_append(iq, archive_result(arena, query, found.id, 0, message));
    xml_write(&out, iq, NS_CLIENT);
    if (!xml_parse(parser, arena, buf_view(&out)))
        abort();
    buf_clear(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct xml_limits limits = {.max_stanza = 65536};
    struct xml_parser *parser = xml_parser_new(&limits);
    struct arena arena = {0};
    struct xml *element =
        xml_parse(parser, &arena, (struct str){(const char *)data, size});
    struct archive_query query;

    if (element && archive_read_query(&query, &arena, element, MAX_PAGE,
                                      size % 2 == 0) == ARCHIVE_READ) {
        check(&query, &arena);
        answer(&query, &arena, parser, element);
    }
    arena_clear(&arena);
    xml_parser_free(parser);
    return 0;
}

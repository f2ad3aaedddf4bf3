#include "archive.h"

void archive_page_init(struct archive_page *page, struct arena *arena,
                       size_t max, size_t most_bytes)
{
    *page = (struct archive_page){
        .found = arena_alloc(arena, (max + 1) * sizeof(*page->found)),
        .max = max,
        .most_bytes = most_bytes};
}

void archive_page_add(struct archive_page *page, struct arena *arena,
                      const struct archive_found *found)
{
    /* One is always on it, or a client would never get beyond a large one. */
    if (page->count == page->max ||
        (page->count > 0 && page->bytes > page->most_bytes)) {
        page->is_cut = true;
        return;
    }
    page->bytes += found->stanza.len;
    page->found[page->count++] =
        (struct archive_found){.id = arena_dup(arena, found->id),
                               .sent_ms = found->sent_ms,
                               .stanza = arena_dup(arena, found->stanza),
                               .sender = arena_dup(arena, found->sender)};
}

void archive_page_turn(struct archive_page *page)
{
    for (size_t i = 0; i < page->count / 2; i++) {
        struct archive_found other = page->found[page->count - 1 - i];

        page->found[page->count - 1 - i] = page->found[i];
        page->found[i] = other;
    }
}

const struct archive_found *archive_page_at(const struct archive_page *page,
                                            const struct archive_query *query,
                                            size_t i)
{
    return &page->found[query->is_flipped ? page->count - 1 - i : i];
}

#include "sm/archive/page.h"

#include "sm/archive/archive.h"

/* --- patterns ------------------------------------------------------------- */

static void add_quoted(struct buf *pattern, struct str literal)
{
    struct buf escaped = {0};
    struct str text;

    xml_escape(&escaped, literal);
    text = buf_view(&escaped);
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.p[i];
        bool is_plain = c >= 0x80 || (c >= '0' && c <= '9') ||
                        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                        c == ' ' || c == '&' || c == ';';

        if (!is_plain)
            buf_add_char(pattern, '\\');
        buf_add_char(pattern, (char)c);
    }
    buf_clear(&escaped);
}

static struct str finish_pattern(struct arena *arena, struct buf *pattern)
{
    struct str text = arena_dup(arena, buf_view(pattern));

    buf_clear(pattern);
    return text;
}

/* The hash finds whom it is with; this compares, for a full address too. */
static struct str pattern_of_peer(struct arena *arena, const struct jid *peer)
{
    struct buf pattern = {0};

    buf_add_text(&pattern, "^[^>]* (from|to)='");
    add_quoted(&pattern, peer->full);
    buf_add_text(&pattern, jid_is_bare(peer) ? "['/]" : "'");
    return finish_pattern(arena, &pattern);
}

/* All words, wherever they are in bodies. Anchored, or each word would be
 * looked for from every character of a stanza on: thirty times the work. */
static struct str pattern_of_text(struct arena *arena, struct str text)
{
    struct buf pattern = {0};

    while (text.p) {
        struct str word = str_cut(&text, ' ');

        if (!word.len)
            continue;
        buf_add_text(&pattern, buf_len(&pattern) == 0 ? "^(?=" : "(?=");
        buf_add_text(&pattern, ".*<body[^>]*>[^<]*");
        add_quoted(&pattern, word);
        buf_add_char(&pattern, ')');
    }
    return buf_len(&pattern) ? finish_pattern(arena, &pattern) : STR_NONE;
}

/* --- bounds --------------------------------------------------------------- */

static int64_t larger(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Ids that are none were refused before. */
static void bound_by_ids(struct store_page *page,
                         const struct archive_query *query)
{
    int64_t id;

    if (archive_read_id(query->after, &id))
        page->above = larger(page->above, id);
    if (archive_read_id(query->after_id, &id))
        page->above = larger(page->above, id);
    if (archive_read_id(query->before, &id))
        page->below = smaller(page->below, id);
    if (archive_read_id(query->before_id, &id))
        page->below = smaller(page->below, id);
}

void page_of_question(struct store_page *page, struct arena *arena,
                      const struct archive_query *query,
                      const struct account *account)
{
    *page = (struct store_page){0};
    page->account = account->number;
    page->above = archive_floor(account);
    if (query->start_ms)
        page->above = larger(page->above, archive_id_at(query->start_ms) - 1);
    page->below = query->end_ms == INT64_MAX ? INT64_MAX
                                             : archive_id_at(query->end_ms + 1);
    bound_by_ids(page, query);
    if (query->with.full.p) {
        page->peer = archive_peer(query->with.bare);
        page->start_tag = pattern_of_peer(arena, &query->with);
    }
    if (query->text.p)
        page->text = pattern_of_text(arena, query->text);
    /* One resource of a peer is as rare as a word; to count is to look at all.
     */
    page->is_search = page->text.p || query->wants_count ||
                      (query->with.full.p && query->with.resource.len);
    page->is_backward = query->is_backward;
    page->max = query->max + 1; /* one more tells that there is more */
}

/* What strangers send to webd, and what a stored file's head may be: paths,
 * tokens, fields, ranges, tags, languages, a scanner's answer. */
#include <stdlib.h>

#include "common/xml/xml.h"
#include "webd/language.h"
#include "webd/path.h"
#include "webd/range.h"
#include "webd/scanner.h"
#include "webd/slot.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct str key = {"kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk",
                               SLOT_KEY_LENGTH};

static void check(bool holds)
{
    if (!holds)
        abort();
}

/* What is read is written the same, and its token tells the same. */
static void try_fields(struct arena *arena, struct str text)
{
    struct slot slot, again;
    struct buf out = {0};

    if (!slot_read_fields(&slot, text))
        return;
    slot_write_fields(&out, &slot);
    check(slot_read_fields(&again, buf_view(&out)));
    check(str_eq(slot.name, again.name) && str_eq(slot.owner, again.owner) &&
          slot.size == again.size && slot.expires_s == again.expires_s);
    check(slot_read_token(&again, arena, key,
                          slot_write_token(arena, key, &slot)));
    buf_clear(&out);
}

static void try_path(struct arena *arena, struct str text)
{
    struct str id, name;

    if (!path_read_upload(arena, text, &id, &name))
        return;
    check(id.len == SLOT_ID_LENGTH && !memchr(name.p, '/', name.len) &&
          !memchr(name.p, '\0', name.len));
    check(str_eq(path_decode(arena, path_encode(arena, name)), name));
}

/* What comes out of a stanza is UTF-8. */
static void try_name(struct arena *arena, struct str text)
{
    struct str name;

    if (!xml_utf8_valid(text))
        return;
    name = slot_clean_name(arena, text);
    check(name.len > 0 && name.len <= SLOT_MAX_NAME &&
          !memchr(name.p, '/', name.len));
}

static void try_range(struct str text)
{
    uint64_t first, length;

    for (uint64_t all = 0; all < 1000; all += 333)
        if (range_read(text, all, &first, &length) == RANGE_PART)
            check(length > 0 && first < all && length <= all - first);
    if (etag_matches(text, STR("\"abc\""), false))
        check(etag_matches(text, STR("\"abc\""), true));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = {(const char *)data, size};
    char verdict[SCAN_VERDICT] = "";
    struct arena arena = {0};
    struct slot slot;

    check(!slot_read_token(&slot, &arena, key, text));
    try_fields(&arena, text);
    try_path(&arena, text);
    try_name(&arena, text);
    try_range(text);
    (void)slot_is_type(text);
    check(language_choose(text) < LANGUAGE_COUNT);
    (void)scan_read_answer(text, verdict);
    arena_clear(&arena);
    return 0;
}

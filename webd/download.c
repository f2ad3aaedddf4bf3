#include "download.h"

#include <unistd.h>

#include "path.h"
#include "range.h"
#include "webd.h"

#define CACHE_S 3600

/* What a browser shows without running anything of it. */
static const char *const shown[] = {
    "image/jpeg", "image/png",  "image/gif",  "image/webp",
    "video/mp4",  "video/webm", "audio/mpeg", "audio/ogg",
};

/* Credentials are none of a browser's own: the token stands in the request. */
void download_options(struct http_exchange *exchange)
{
    http_allow_origins(exchange);
    http_set_header(exchange, "Access-Control-Allow-Methods",
                    STR("OPTIONS, HEAD, GET, PUT"));
    http_set_header(exchange, "Access-Control-Allow-Headers",
                    STR("Authorization, Content-Type, Range, If-Range, "
                        "If-Match, If-None-Match"));
    http_set_header(exchange, "Access-Control-Max-Age", STR("7200"));
    http_set_header(exchange, "Allow", STR("OPTIONS, HEAD, GET, PUT"));
    http_answer(exchange, 204, "", STR(""));
}

/* The file that the path names, by the very name it was uploaded with: -1 after
 * an answer. */
static int find(struct http_exchange *exchange, struct slot *slot)
{
    struct files *files = &exchange->webd->files;
    const struct ledger_file *file;
    struct str id, name;
    int fd;

    if (!path_read_upload(&exchange->arena, exchange->rest, &id, &name)) {
        http_refuse(exchange, 404, "There is no such file");
        return -1;
    }
    file = ledger_find(&files->ledger, id, unix_s());
    fd = file ? folder_read(&files->folder, file->id, &exchange->arena, slot)
              : -1;
    if (fd >= 0 && str_eq(slot->name, name))
        return fd;
    if (fd >= 0)
        (void)close(fd);
    http_refuse(exchange, 404, "There is no such file");
    return -1;
}

static bool is_shown(struct str type)
{
    for (size_t i = 0; i < COUNT_OF(shown); i++)
        if (str_is(type, shown[i]))
            return true;
    return false;
}

/* No copy outlives the file (XEP-0363 §5.3: not available after that). */
static long long cache_s(const struct slot *slot)
{
    int64_t left_s = slot->expires_s - unix_s();

    return slot->expires_s > 0 && left_s < CACHE_S ? left_s : CACHE_S;
}

static void describe(struct http_exchange *exchange, const struct slot *slot,
                     struct str etag)
{
    struct arena *arena = &exchange->arena;

    http_allow_origins(exchange);
    http_set_header(exchange, "ETag", etag);
    http_set_header(exchange, "Accept-Ranges", STR("bytes"));
    http_set_header(
        exchange, "Cache-Control",
        arena_printf(arena, "private, max-age=%lld", cache_s(slot)));
    http_set_header(exchange, "Content-Disposition",
                    arena_printf(arena, "%s; filename*=UTF-8''%.*s",
                                 is_shown(slot->type) ? "inline" : "attachment",
                                 STR_ARG(path_encode(arena, slot->name))));
}

/* Only GET has ranges (RFC 9110 §14.2); one of another version than the client
 * has is none (§13.1.5). */
static enum range_result range_of(const struct http_exchange *exchange,
                                  struct str etag, uint64_t size,
                                  uint64_t *first, uint64_t *length)
{
    struct str condition = http_request_header(exchange, "If-Range");

    if (exchange->method != HTTP_GET ||
        (condition.p && !str_eq(condition, etag)))
        return RANGE_WHOLE;
    return range_read(http_request_header(exchange, "Range"), size, first,
                      length);
}

static void refuse_range(struct http_exchange *exchange, uint64_t size)
{
    http_set_header(exchange, "Content-Range",
                    arena_printf(&exchange->arena, "bytes */%llu",
                                 (unsigned long long)size));
    http_refuse(exchange, 416, "The file is shorter than that");
}

static const char *type_of(struct http_exchange *exchange,
                           const struct slot *slot)
{
    return slot->type.len ? arena_dup(&exchange->arena, slot->type).p
                          : "application/octet-stream";
}

static void answer_file(struct http_exchange *exchange, const struct slot *slot,
                        struct str etag, int fd)
{
    uint64_t first = 0, length = slot->size;
    enum range_result result =
        range_of(exchange, etag, slot->size, &first, &length);

    if (result == RANGE_OUTSIDE) {
        (void)close(fd);
        refuse_range(exchange, slot->size);
        return;
    }
    describe(exchange, slot, etag);
    if (result == RANGE_PART)
        http_set_header(exchange, "Content-Range",
                        arena_printf(&exchange->arena, "bytes %llu-%llu/%llu",
                                     (unsigned long long)first,
                                     (unsigned long long)(first + length - 1),
                                     (unsigned long long)slot->size));
    exchange->webd->files.downloads++;
    http_answer_file(exchange, result == RANGE_PART ? 206 : 200,
                     type_of(exchange, slot), fd, FOLDER_HEAD + first, length);
}

/* What the client's conditions leave to send (RFC 9110 §13.2.2). Versions have
 * tags and no dates: a file never changes. With 304 goes the length that 200
 * would have (§8.6); of the file nothing is sent. */
static void answer_as_wanted(struct http_exchange *exchange,
                             const struct slot *slot, struct str etag, int fd)
{
    struct str wanted = http_request_header(exchange, "If-Match");
    struct str known = http_request_header(exchange, "If-None-Match");

    if (wanted.p && !etag_matches(wanted, etag, false)) {
        (void)close(fd);
        http_refuse(exchange, 412, "The file is not the one that is meant");
    } else if (known.p && etag_matches(known, etag, true)) {
        describe(exchange, slot, etag);
        http_answer_file(exchange, 304, type_of(exchange, slot), fd,
                         FOLDER_HEAD, slot->size);
    } else {
        answer_file(exchange, slot, etag, fd);
    }
}

void download_handle(struct http_exchange *exchange)
{
    struct slot slot = {0};
    int fd = find(exchange, &slot);

    if (fd >= 0)
        answer_as_wanted(
            exchange, &slot,
            arena_printf(&exchange->arena, "\"%.*s\"", STR_ARG(slot.id)), fd);
}

#include "download.h"

#include <unistd.h>

#include "path.h"
#include "range.h"
#include "webd.h"

/* What a browser shows without running anything of it. */
static const char *const shown[] = {
    "image/jpeg", "image/png",  "image/gif",  "image/webp",
    "video/mp4",  "video/webm", "audio/mpeg", "audio/ogg",
};

void download_allow_origins(struct http_exchange *exchange)
{
    http_set_header(exchange, "Access-Control-Allow-Origin", STR("*"));
    http_set_header(exchange, "Access-Control-Expose-Headers",
                    STR("Content-Range, ETag"));
}

/* Credentials are none of a browser's own: the token stands in the request. */
void download_options(struct http_exchange *exchange)
{
    download_allow_origins(exchange);
    http_set_header(exchange, "Access-Control-Allow-Methods",
                    STR("OPTIONS, HEAD, GET, PUT"));
    http_set_header(exchange, "Access-Control-Allow-Headers",
                    STR("Authorization, Content-Type, Range, If-Range"));
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

static void describe(struct http_exchange *exchange, const struct slot *slot,
                     struct str etag)
{
    struct arena *arena = &exchange->arena;

    download_allow_origins(exchange);
    http_set_header(exchange, "ETag", etag);
    http_set_header(exchange, "Accept-Ranges", STR("bytes"));
    http_set_header(exchange, "Cache-Control", STR("private, max-age=3600"));
    http_set_header(exchange, "Content-Disposition",
                    arena_printf(arena, "%s; filename*=UTF-8''%.*s",
                                 is_shown(slot->type) ? "inline" : "attachment",
                                 STR_ARG(path_encode(arena, slot->name))));
}

/* A range of another version than the client has is none (RFC 9110 §13.1.5). */
static enum range_result range_of(const struct http_exchange *exchange,
                                  struct str etag, uint64_t size,
                                  uint64_t *first, uint64_t *length)
{
    struct str condition = http_request_header(exchange, "If-Range");

    if (condition.p && !str_eq(condition, etag))
        return RANGE_WHOLE;
    return range_read(http_request_header(exchange, "Range"), size, first,
                      length);
}

static void answer_range(struct http_exchange *exchange,
                         const struct slot *slot, struct str etag, int fd)
{
    const char *type = slot->type.len
                           ? arena_dup(&exchange->arena, slot->type).p
                           : "application/octet-stream";
    unsigned long long size = slot->size;
    uint64_t first = 0, length = slot->size;

    switch (range_of(exchange, etag, slot->size, &first, &length)) {
    case RANGE_WHOLE:
        http_answer_file(exchange, 200, type, fd, FOLDER_HEAD, slot->size);
        break;
    case RANGE_PART:
        http_set_header(exchange, "Content-Range",
                        arena_printf(&exchange->arena, "bytes %llu-%llu/%llu",
                                     (unsigned long long)first,
                                     (unsigned long long)(first + length - 1),
                                     size));
        http_answer_file(exchange, 206, type, fd, FOLDER_HEAD + first, length);
        break;
    case RANGE_OUTSIDE:
        (void)close(fd);
        http_set_header(exchange, "Content-Range",
                        arena_printf(&exchange->arena, "bytes */%llu", size));
        http_refuse(exchange, 416, "The file is shorter than that");
        break;
    }
}

void download_handle(struct http_exchange *exchange)
{
    struct slot slot = {0};
    struct str etag;
    int fd = find(exchange, &slot);

    if (fd < 0)
        return;
    etag = arena_printf(&exchange->arena, "\"%.*s\"", STR_ARG(slot.id));
    describe(exchange, &slot, etag);
    if (etag_matches(http_request_header(exchange, "If-None-Match"), etag)) {
        (void)close(fd);
        http_answer(exchange, 304, "", STR(""));
        return;
    }
    exchange->webd->files.downloads++;
    answer_range(exchange, &slot, etag, fd);
}

/* Answers, on top of libmicrohttpd. */
#include <microhttpd.h>
#include <unistd.h>
#include <utlist.h>

#include "api/api.h"
#include "exchange.h"
#include "server.h"
#include "webd.h"

struct http_header {
    struct http_header *next;
    const char *name, *value;
};

static const struct {
    const char *name, *value;
} standing_headers[] = {
    {"X-Content-Type-Options", "nosniff"},
    {"Referrer-Policy", "no-referrer"},
    {"Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"},
};

bool http_is_answered(const struct http_exchange *exchange)
{
    return exchange->response != NULL;
}

static struct http_header *find_header(const struct http_exchange *exchange,
                                       const char *name)
{
    struct http_header *header;

    LL_FOREACH(exchange->headers, header)
    {
        if (str_eq_nocase(str_of(header->name), str_of(name)))
            return header;
    }
    return NULL;
}

void http_set_header(struct http_exchange *exchange, const char *name,
                     struct str value)
{
    struct http_header *header = find_header(exchange, name);

    if (!header) {
        header = arena_alloc(&exchange->arena, sizeof(*header));
        header->name = arena_dup(&exchange->arena, str_of(name)).p;
        LL_APPEND(exchange->headers, header);
    }
    header->value = arena_dup(&exchange->arena, value).p;
}

static void answer_with(struct http_exchange *exchange, unsigned status,
                        const char *type, struct MHD_Response *response,
                        uint64_t size)
{
    const struct http_header *header;

    for (size_t i = 0; i < COUNT_OF(standing_headers); i++)
        if (!find_header(exchange, standing_headers[i].name))
            (void)MHD_add_response_header(response, standing_headers[i].name,
                                          standing_headers[i].value);
    if (type[0])
        (void)MHD_add_response_header(response, "Content-Type", type);
    LL_FOREACH(exchange->headers, header)
    {
        (void)MHD_add_response_header(response, header->name, header->value);
    }
    exchange->response = response;
    exchange->status = status;
    exchange->answer_size =
        exchange->method == HTTP_HEAD || status == 304 ? 0 : size;
    if (!exchange->is_suspended)
        return;
    exchange->is_suspended = false;
    MHD_resume_connection(exchange->connection);
    server_wake(&exchange->webd->server, exchange->door);
}

void http_answer(struct http_exchange *exchange, unsigned status,
                 const char *type, struct str body)
{
    if (http_is_answered(exchange))
        return;
    answer_with(exchange, status, type,
                MHD_create_response_from_buffer(
                    body.len, (void *)(uintptr_t)body.p, MHD_RESPMEM_MUST_COPY),
                body.len);
}

void http_answer_file(struct http_exchange *exchange, unsigned status,
                      const char *type, int fd, uint64_t offset, uint64_t size)
{
    struct MHD_Response *response =
        http_is_answered(exchange)
            ? NULL
            : MHD_create_response_from_fd_at_offset64(size, fd, offset);

    if (response)
        answer_with(exchange, status, type, response, size);
    else
        (void)close(fd);
}

void http_allow_origins(struct http_exchange *exchange)
{
    http_set_header(exchange, "Access-Control-Allow-Origin", STR("*"));
    http_set_header(exchange, "Access-Control-Expose-Headers",
                    STR("Content-Range, ETag"));
}

void http_refuse(struct http_exchange *exchange, unsigned status,
                 const char *text)
{
    if (exchange->door == DOOR_API) {
        api_refuse(exchange, status, text);
        return;
    }
    if ((unsigned)exchange->door & DOOR_PUBLIC)
        http_allow_origins(exchange); /* a page may know why */
    http_set_header(exchange, "Content-Language", text_tag(exchange->language));
    http_set_header(exchange, "Vary", STR("Accept-Language"));
    http_answer(exchange, status, "text/plain; charset=utf-8",
                arena_printf(&exchange->arena, "%s\n",
                             text_in(exchange->language, text)));
}

bool exchange_send(struct http_exchange *exchange)
{
    return MHD_queue_response(exchange->connection, exchange->status,
                              exchange->response) == MHD_YES;
}

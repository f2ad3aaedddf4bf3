/* Requests, on top of libmicrohttpd. */
#include "http.h"

#include <microhttpd.h>
#include <stdlib.h>
#include <utlist.h>

#include "exchange.h"
#include "language.h"
#include "server.h"
#include "webd.h"

static const struct {
    const char *name;
    enum http_method method;
} methods[] = {
    {"GET", HTTP_GET},         {"HEAD", HTTP_HEAD},     {"PUT", HTTP_PUT},
    {"POST", HTTP_POST},       {"DELETE", HTTP_DELETE}, {"PATCH", HTTP_PATCH},
    {"OPTIONS", HTTP_OPTIONS},
};

struct str http_request_header(const struct http_exchange *exchange,
                               const char *name)
{
    return str_of(MHD_lookup_connection_value(exchange->connection,
                                              MHD_HEADER_KIND, name));
}

struct counting {
    const char *name;
    unsigned count;
};

static enum MHD_Result count_header(void *ctx, enum MHD_ValueKind kind,
                                    const char *name, const char *value)
{
    struct counting *counting = ctx;

    (void)kind, (void)value;
    if (str_eq_nocase(str_of(name), str_of(counting->name)))
        counting->count++;
    return MHD_YES;
}

unsigned http_request_header_count(const struct http_exchange *exchange,
                                   const char *name)
{
    struct counting counting = {.name = name};

    MHD_get_connection_values(exchange->connection, MHD_HEADER_KIND,
                              count_header, &counting);
    return counting.count;
}

struct http_exchange *exchange_new(struct http_gate *gate,
                                   struct MHD_Connection *connection,
                                   const char *peer, const char *uri)
{
    struct http_server *server = gate->server;
    struct http_exchange *exchange = NEW(struct http_exchange);
    struct str query = arena_dup(&exchange->arena, str_of(uri));

    exchange->webd = server->webd;
    exchange->connection = connection;
    exchange->door = gate->door;
    exchange->peer = peer;
    exchange->path = str_cut(&query, '?');
    exchange->language = text_default();
    exchange->query = query;
    DL_APPEND(server->exchanges, exchange);
    server->requests++;
    return exchange;
}

void exchange_free(struct http_exchange *exchange)
{
    if (exchange->on_gone)
        exchange->on_gone(exchange);
    if (exchange->response)
        MHD_destroy_response(exchange->response);
    DL_DELETE(exchange->webd->server.exchanges, exchange);
    buf_clear(&exchange->collected);
    arena_clear(&exchange->arena);
    free(exchange);
}

/* The length is told once, by Content-Length alone: two peers that read a
 * request differently are what smuggling behind a proxy lives on (RFC 9112
 * §6.3). */
static bool read_length(struct http_exchange *exchange)
{
    unsigned count = http_request_header_count(exchange, "Content-Length");

    if (http_request_header_count(exchange, "Transfer-Encoding") > 0) {
        http_refuse(exchange, count > 0 ? 400 : 411,
                    "The length of the body must be told by Content-Length");
        return false;
    }
    if (count == 0)
        return true;
    if (count > 1 ||
        !str_to_u64(http_request_header(exchange, "Content-Length"),
                    &exchange->length)) {
        http_refuse(exchange, 400, "Content-Length is wrong");
        return false;
    }
    return true;
}

static bool fits(const struct http_exchange *exchange,
                 const struct http_route *route)
{
    struct str prefix = str_of(route->prefix);

    return (route->doors & (unsigned)exchange->door) != 0 &&
           (prefix.len > 1 && prefix.p[prefix.len - 1] == '/'
                ? str_starts(exchange->path, prefix)
                : str_eq(exchange->path, prefix));
}

struct str http_method_names(struct arena *arena, unsigned set)
{
    struct str names = STR("");

    for (size_t i = 0; i < COUNT_OF(methods); i++)
        if (set & (unsigned)methods[i].method)
            names = arena_printf(arena, "%.*s%s%s", STR_ARG(names),
                                 names.len ? ", " : "", methods[i].name);
    return names;
}

/* The first row that has the method; a path that others serve is 405, a method
 * that nobody knows 501 (RFC 9110 §9.1). */
static bool find_route(struct http_exchange *exchange)
{
    unsigned allowed = 0;

    for (size_t i = 0; i < http_route_count; i++) {
        const struct http_route *route = &http_routes[i];

        if (!fits(exchange, route))
            continue;
        if (route->methods & (unsigned)exchange->method) {
            exchange->route = route;
            return true;
        }
        allowed |= route->methods;
    }
    if (!allowed) {
        http_refuse(exchange, 404, "There is nothing here");
        return false;
    }
    http_set_header(exchange, "Allow",
                    http_method_names(&exchange->arena, allowed));
    http_refuse(exchange, exchange->method ? 405 : 501,
                "This method is not for this path");
    return false;
}

void exchange_begin(struct http_exchange *exchange, const char *method)
{
    const struct http_route *route;

    exchange->has_begun = true;
    for (size_t i = 0; i < COUNT_OF(methods); i++)
        if (strcmp(method, methods[i].name) == 0)
            exchange->method = methods[i].method;
    exchange->language =
        language_choose(http_request_header(exchange, "Accept-Language"));
    if (!read_length(exchange) || !find_route(exchange))
        return;
    route = exchange->route;
    exchange->rest = (struct str){exchange->path.p + strlen(route->prefix),
                                  exchange->path.len - strlen(route->prefix)};
    if (route->begin)
        route->begin(exchange);
    else if (exchange->length > route->max_body)
        http_refuse(exchange, 413, "The body is too large");
}

bool exchange_take(struct http_exchange *exchange, struct str piece)
{
    if (http_is_answered(exchange))
        return true; /* nobody wants it any more */
    if (exchange->route->take) {
        exchange->route->take(exchange, piece);
        return true;
    }
    if (buf_len(&exchange->collected) + piece.len > exchange->route->max_body)
        return false;
    buf_add(&exchange->collected, piece);
    return true;
}

void exchange_complete(struct http_exchange *exchange)
{
    exchange->is_complete = true;
    if (http_is_answered(exchange))
        return;
    exchange->body = buf_view(&exchange->collected);
    exchange->route->handle(exchange);
}

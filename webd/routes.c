/* Who answers which path. */
#include "http.h"

/* That the server is there, for whoever balances load. */
static void handle_health(struct http_exchange *exchange)
{
    http_answer(exchange, 200, "text/plain; charset=utf-8", STR("ok\n"));
}

const struct http_route http_routes[] = {
    {.prefix = "/healthz",
     .methods = HTTP_GET | HTTP_HEAD,
     .doors = DOOR_PUBLIC,
     .handle = handle_health},
};
const size_t http_route_count = COUNT_OF(http_routes);

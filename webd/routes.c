/* Who answers which path. */
#include "http.h"

#include "api/api.h"
#include "download.h"
#include "metrics.h"
#include "upload.h"

/* That the server is there, for whoever balances load. */
static void handle_health(struct http_exchange *exchange)
{
    http_answer(exchange, 200, "text/plain; charset=utf-8", STR("ok\n"));
}

/* For whoever comes with a browser to see whether it takes the certificate. */
static void handle_front(struct http_exchange *exchange)
{
    http_answer(exchange, 200, "text/plain; charset=utf-8",
                STR("Files that people have uploaded are fetched here, each by "
                    "its link.\nYou read this: so your browser takes the "
                    "certificate.\n"));
}

const struct http_route http_routes[] = {
    {.prefix = UPLOAD_PREFIX,
     .methods = HTTP_GET | HTTP_HEAD,
     .doors = DOOR_PUBLIC,
     .handle = download_handle},
    {.prefix = UPLOAD_PREFIX,
     .methods = HTTP_PUT,
     .doors = DOOR_PUBLIC,
     .begin = upload_begin,
     .take = upload_take,
     .handle = upload_finish},
    {.prefix = UPLOAD_PREFIX,
     .methods = HTTP_OPTIONS,
     .doors = DOOR_PUBLIC,
     .handle = download_options},
    {.prefix = API_PREFIX,
     .methods =
         HTTP_GET | HTTP_HEAD | HTTP_POST | HTTP_PUT | HTTP_PATCH | HTTP_DELETE,
     .doors = DOOR_API,
     .max_body = API_MAX_BODY,
     .handle = api_handle},
    {.prefix = "/metrics",
     .methods = HTTP_GET | HTTP_HEAD,
     .doors = DOOR_METRICS,
     .handle = metrics_handle},
    {.prefix = "/healthz",
     .methods = HTTP_GET | HTTP_HEAD,
     .doors = DOOR_PUBLIC,
     .handle = handle_health},
    {.prefix = "/",
     .methods = HTTP_GET | HTTP_HEAD,
     .doors = DOOR_PUBLIC,
     .handle = handle_front},
};
const size_t http_route_count = COUNT_OF(http_routes);

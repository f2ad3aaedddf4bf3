/* The proxy of our server: one of the services that it lists (XEP-0065 §4.1).
 */
#include <stdlib.h>

#include "services.h"
#include "transfer.h"

struct search {
    struct transfer *transfer;
    proxy_found *found;
};

static void on_found(struct app *app, const char *jid, void *data)
{
    struct search *search = data;

    if (!app->proxy)
        app->proxy = str_dup_heap(str_of(jid));
    search->found(app, search->transfer);
    free(search);
}

void proxy_find(struct app *app, struct transfer *transfer, proxy_found *found)
{
    struct search *search;

    if (app->proxy) {
        found(app, transfer);
        return;
    }
    search = NEW(struct search);
    search->transfer = transfer;
    search->found = found;
    service_find(app, "proxy", "bytestreams", on_found, search);
}

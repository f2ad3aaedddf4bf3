#include "listeners.h"

#include <unistd.h>

#include "../common/listen/listen.h"

struct listener_row {
    enum kind kind;
    const char *addresses, *port;
    bool is_shared; /* by several processes */
};

static const struct listener_row rows[] = {
    {KIND_C2SD, "c2sd.listen", "c2sd.port", true},
    {KIND_C2SD, "c2sd.listen", "c2sd.tls-port", true},
    {KIND_C2SD, "c2sd.listen", "c2sd.web-port", true},
    {KIND_COMPD, "compd.listen", "compd.port", false},
    {KIND_S2SD, "s2sd.listen", "s2sd.port", true},
    {KIND_S2SD, "s2sd.listen", "s2sd.tls-port", true},
    {KIND_PROXY65D, "proxy65d.listen", "proxy65d.port", true},
    {KIND_WEBD, "webd.listen", "webd.port", false},
    {KIND_WEBD, "webd.http-listen", "webd.http-port", false},
    {KIND_WEBD, "webd.metrics-listen", "webd.metrics-port", false},
    {KIND_WEBD, "webd.api-listen", "webd.api-port", false},
};

static void open_row(struct listeners *listeners, size_t row,
                     const struct config *config)
{
    uint16_t port = (uint16_t)config_int(config, rows[row].port);
    size_t count = port ? config_list_count(config, rows[row].addresses) : 0;
    struct error error;

    for (size_t i = 0; i < count && listeners->count < LISTENERS_MAX; i++) {
        int fd = listen_socket(config_list_item(config, rows[row].addresses, i),
                               port, rows[row].is_shared, rows[row].addresses,
                               &error);

        if (fd >= 0)
            listeners->fds[listeners->count++] = fd;
    }
}

void listeners_open(struct listeners *listeners, enum kind kind,
                    const struct config *config)
{
    for (size_t row = 0; row < COUNT_OF(rows); row++)
        if (rows[row].kind == kind)
            open_row(listeners, row, config);
}

void listeners_close(struct listeners *listeners)
{
    while (listeners->count > 0)
        (void)close(listeners->fds[--listeners->count]);
}

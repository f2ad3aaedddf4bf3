#include "ports.h"

#include <unistd.h>

#include "../common/listen/listen.h"

struct wanted_port {
    const char *listen;
    const char *port;
};

static const struct wanted_port wanted[] = {
    {"c2sd.listen", "c2sd.port"},
    {"c2sd.listen", "c2sd.tls-port"},
    {"c2sd.listen", "c2sd.web-port"},
    {"compd.listen", "compd.port"},
    {"s2sd.listen", "s2sd.port"},
    {"s2sd.listen", "s2sd.tls-port"},
    {"proxy65d.listen", "proxy65d.port"},
    {"webd.listen", "webd.port"},
    {"webd.http-listen", "webd.http-port"},
    {"webd.metrics-listen", "webd.metrics-port"},
    {"webd.api-listen", "webd.api-port"},
};

/* Which options take another port or address. */
static bool explain(size_t row, struct error *error)
{
    struct error why = *error;

    return error_set(error, "%s; see --base-port, --listen, --set %s=N",
                     why.text, wanted[row].port);
}

static bool is_free(const struct config *config, size_t row, size_t address,
                    struct error *error)
{
    int64_t port = config_int(config, wanted[row].port);
    int fd;

    if (port == 0)
        return true; /* nobody listens */
    fd = listen_socket(config_list_item(config, wanted[row].listen, address),
                       (uint16_t)port, false, wanted[row].listen, error);
    if (fd < 0)
        return explain(row, error);
    (void)close(fd);
    return true;
}

bool ports_are_free(const struct config *config, struct error *error)
{
    for (size_t row = 0; row < COUNT_OF(wanted); row++)
        for (size_t i = 0; i < config_list_count(config, wanted[row].listen);
             i++)
            if (!is_free(config, row, i, error))
                return false;
    return true;
}

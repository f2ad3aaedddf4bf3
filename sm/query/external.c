#include "sm/query/external.h"

#include <stdlib.h>
#include <string.h>

#include "common/config/secret.h"
#include "common/log/log.h"

#define RELAYS "sm.relays"

/* The configuration has judged it (check_relay). */
static void cut_port(struct relay *relay)
{
    const char *colon = memrchr(relay->host.p, ':', relay->host.len);
    size_t len;

    if (!colon || (relay->host.p[0] == '[' && colon[-1] != ']'))
        return;
    len = (size_t)(colon - relay->host.p);
    relay->port = (struct str){colon + 1, relay->host.len - len - 1};
    relay->host.len = len;
}

/* XEP-0215 has an address without brackets. */
static void cut_brackets(struct relay *relay)
{
    if (relay->host.p[0] == '[')
        relay->host = (struct str){relay->host.p + 1, relay->host.len - 2};
}

struct relay relay_of(const struct sm *sm, size_t index)
{
    struct str rest = config_list_item(sm->config, RELAYS, index);
    struct relay relay = {.transport = rest};

    relay.host = str_cut(&relay.transport, '?');
    relay.type = str_cut(&relay.host, ':');
    cut_port(&relay);
    cut_brackets(&relay);
    if (relay.transport.p)
        (void)str_cut(&relay.transport, '=');
    else
        relay.transport =
            str_is(relay.type, "stuns") || str_is(relay.type, "turns")
                ? STR("tcp")
                : STR("udp");
    relay.wants_login = str_starts(relay.type, STR("turn"));
    return relay;
}

static bool has_turn(const struct sm *sm)
{
    size_t count = config_list_count(sm->config, RELAYS);

    for (size_t i = 0; i < count; i++)
        if (relay_of(sm, i).wants_login)
            return true;
    return false;
}

void relay_secret_load(struct sm *sm)
{
    struct arena arena = {0};
    struct error error = {0};
    struct str secret =
        config_secret(&arena, config_str(sm->config, "sm.relay-secret-file"),
                      config_str(sm->config, "sm.relay-secret"), &error);

    if (!secret.p && has_turn(sm))
        log_event(LOG_LEVEL_WARN, "relay-secret-missing",
                  LOG_TEXT("reason", error.text));
    free((char *)sm->relay_secret.p);
    sm->relay_secret = str_dup(secret);
    arena_clear(&arena);
}

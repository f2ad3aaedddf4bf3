#include "away.h"

#include "common/link/link.h"
#include "common/log/log.h"
#include "sm/duty.h"
#include "sm/route.h"

static bool has_waited(const struct sm *sm, unsigned shard)
{
    int64_t most_ms = config_int(sm->config, "sm.room-timeout") * 1000;

    return most_ms > 0 && sm->rooms_down_ms[shard] > 0 &&
           sm->steady_ms - sm->rooms_down_ms[shard] >= most_ms;
}

bool away_for_long(const struct sm *sm, unsigned shard)
{
    char address[32];

    return has_waited(sm, shard) &&
           !channels_is_up(sm->channels,
                           address_write(address, ADDRESS_MUC, shard));
}

static bool give_back(void *ctx, struct str body, void *cookie)
{
    struct sm *sm = ctx;
    const struct xml *stanza;

    arena_reset(&sm->arena);
    stanza = xml_parse(sm->parser, &sm->arena, body);
    if (!stanza) /* it is what we wrote ourselves */
        return false;
    if (stanza_kind(stanza) == STANZA_PRESENCE &&
        presence_type(stanza) == PRESENCE_UNAVAILABLE)
        return false;
    route_error(sm, cookie, stanza, ERR_REMOTE_SERVER_TIMEOUT,
                "The rooms do not answer");
    return true;
}

static void look(struct sm *sm, unsigned shard)
{
    char text[32];
    struct str address = address_write(text, ADDRESS_MUC, shard);
    bool was_given_up = has_waited(sm, shard);

    if (channels_is_up(sm->channels, address)) {
        sm->rooms_down_ms[shard] = 0;
        return;
    }
    if (sm->rooms_down_ms[shard] == 0)
        sm->rooms_down_ms[shard] = sm->steady_ms;
    sm->rooms_are_late[shard] &= was_given_up;
    if (!was_given_up || sm->rooms_are_late[shard])
        return;
    sm->rooms_are_late[shard] = true;
    channels_withdraw(sm->channels, address, give_back, sm);
}

void away_tick(struct sm *sm)
{
    for (unsigned shard = 0; shard < JID_SHARDS; shard++)
        look(sm, shard);
}

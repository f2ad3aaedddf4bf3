#include "rooms.h"

#include "common/link/link.h"
#include "common/service/service.h"
#include "target.h"

static bool is_late(const struct s2sd *s2sd, unsigned shard)
{
    int64_t most_ms = config_int(s2sd->config, "s2sd.room-timeout") * 1000;
    int64_t down_ms = s2sd->rooms_down_ms[shard];

    return most_ms > 0 && down_ms > 0 && s2sd->now_ms - down_ms >= most_ms;
}

bool rooms_are_away(const struct s2sd *s2sd, const struct jid *to)
{
    char address[32];
    unsigned shard = jid_shard(to->bare);

    return service_has(s2sd->config, SERVICE_ROOMS, to->domain) &&
           is_late(s2sd, shard) &&
           !channels_is_up(s2sd->channels,
                           address_write(address, ADDRESS_MUC, shard));
}

static bool is_leaving(const struct xml *stanza)
{
    return stanza_kind(stanza) == STANZA_PRESENCE &&
           presence_type(stanza) == PRESENCE_UNAVAILABLE;
}

/* The end of its errand is told then. */
static bool give_back(void *ctx, struct str body, void *cookie)
{
    struct s2sd *s2sd = ctx;
    const struct xml *stanza;
    struct xml *reply;
    struct jid from, to;

    (void)cookie;
    arena_reset(&s2sd->arena);
    stanza = xml_parse(s2sd->parser, &s2sd->arena, body);
    if (!stanza ||
        is_leaving(stanza)) /* the former is what we wrote ourselves */
        return false;
    reply = stanza_error_reply(&s2sd->arena, stanza, ERR_REMOTE_SERVER_TIMEOUT,
                               "The rooms do not answer");
    if (!reply || !jid_parse(&from, &s2sd->arena, xml_get(reply, "from")) ||
        !jid_parse(&to, &s2sd->arena, xml_get(reply, "to")))
        return true;
    buf_reset(&s2sd->scratch);
    xml_write(&s2sd->scratch, reply, NS_CLIENT);
    target_send(s2sd, from.domain, to.domain,
                parcel_new_own(buf_view(&s2sd->scratch)));
    return true;
}

static void look(struct s2sd *s2sd, unsigned shard)
{
    char text[32];
    struct str address = address_write(text, ADDRESS_MUC, shard);

    if (channels_is_up(s2sd->channels, address)) {
        s2sd->rooms_down_ms[shard] = 0;
        return;
    }
    if (s2sd->rooms_down_ms[shard] == 0)
        s2sd->rooms_down_ms[shard] = s2sd->now_ms;
    if (is_late(s2sd, shard))
        channels_withdraw(s2sd->channels, address, give_back, s2sd);
}

void rooms_tick(struct s2sd *s2sd)
{
    for (unsigned shard = 0; shard < JID_SHARDS; shard++)
        look(s2sd, shard);
}

#include "rooms.h"

#include "common/jid/jid.h"
#include "common/service/service.h"

void rooms_init(struct rooms *rooms)
{
    rooms->parser = xml_parser_new(&(struct xml_limits){.max_depth = 512});
}

void rooms_clear(struct rooms *rooms)
{
    xml_parser_free(rooms->parser);
    arena_clear(&rooms->arena);
    buf_clear(&rooms->scratch);
}

static bool is_late(const struct rooms *rooms, const struct config *config)
{
    int64_t most_ms = config_int(config, "compd.room-timeout") * 1000;

    return most_ms > 0 && rooms->down_ms > 0 &&
           rooms->now_ms - rooms->down_ms >= most_ms;
}

bool rooms_are_awaited(const struct rooms *rooms, const struct config *config,
                       struct str domain)
{
    return service_has(config, SERVICE_ROOMS, domain) &&
           !is_late(rooms, config);
}

static bool is_leaving(const struct xml *stanza)
{
    return stanza_kind(stanza) == STANZA_PRESENCE &&
           presence_type(stanza) == PRESENCE_UNAVAILABLE;
}

static bool give_back(void *ctx, struct str body, void *cookie)
{
    struct rooms *rooms = ctx;
    struct xml *stanza = xml_parse(rooms->parser, &rooms->arena, body);
    struct xml *reply;
    struct jid to;

    (void)cookie;
    if (!stanza || is_leaving(stanza))
        return false; /* the former is what we wrote ourselves */
    reply = stanza_error_reply(&rooms->arena, stanza, ERR_REMOTE_SERVER_TIMEOUT,
                               "The rooms do not answer");
    if (!reply || !jid_parse(&to, &rooms->arena, xml_get(reply, "to")))
        return true;
    buf_reset(&rooms->scratch);
    xml_write(&rooms->scratch, reply, NS_CLIENT);
    rooms->give_back(rooms->ctx, to.domain, buf_view(&rooms->scratch));
    return true;
}

static bool is_up(struct rooms *rooms, const struct config *config,
                  size_t index)
{
    return channels_is_up(
        rooms->channels,
        service_domain(config, SERVICE_ROOMS, &rooms->arena, index));
}

void rooms_tick(struct rooms *rooms, const struct config *config,
                int64_t now_ms)
{
    size_t count = service_count(config, SERVICE_ROOMS);

    arena_reset(&rooms->arena);
    rooms->now_ms = now_ms;
    if (count == 0 || is_up(rooms, config, 0))
        rooms->down_ms = 0;
    else if (rooms->down_ms == 0)
        rooms->down_ms = now_ms;
    for (size_t i = 0; i < count && is_late(rooms, config); i++)
        channels_withdraw(
            rooms->channels,
            service_domain(config, SERVICE_ROOMS, &rooms->arena, i), give_back,
            rooms);
}

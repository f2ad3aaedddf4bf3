#include "authd.h"
#include "exchange.h"
#include "iq_request.h"
#include "recovery.h"

#include "common/codec/codec.h"
#include "common/link/control.h"
#include "common/log/log.h"

#include <utlist.h>

#define ADDRESS_BLOCK_MS (15 * 60 * 1000)
/* Shorter: whoever wants to lock somebody else out must keep at it. */
#define ACCOUNT_BLOCK_MS (60 * 1000)

static const struct xml_limits limits = {.max_stanza = 300000,
                                         .max_depth = 256,
                                         .max_attrs = 256,
                                         .max_token = 300000};

void authd_init(struct authd *authd)
{
    struct str key = {(const char *)authd->key.bytes, GRANT_KEY_BYTES};

    hmac_sha256(key, STR("salts of unknown users"), authd->salt_secret);
    hmac_sha256(key, STR("codes of recovery"), authd->recovery_secret);
    authd->parser = xml_parser_new(&limits);
    throttle_init(&authd->failures_by_address, ADDRESS_BLOCK_MS);
    throttle_init(&authd->failures_by_account, ACCOUNT_BLOCK_MS);
    throttle_init(&authd->registrations, ADDRESS_BLOCK_MS);
    throttle_init(&authd->recoveries_by_address, ADDRESS_BLOCK_MS);
    throttle_init(&authd->recoveries_by_account, ACCOUNT_BLOCK_MS);
}

void authd_clear(struct authd *authd)
{
    struct request *request, *next;

    DL_FOREACH_SAFE(authd->all, request, next)
    {
        request->waiting = false;
        request_end(request);
    }
    throttle_clear(&authd->failures_by_address);
    throttle_clear(&authd->failures_by_account);
    throttle_clear(&authd->registrations);
    throttle_clear(&authd->recoveries_by_address);
    throttle_clear(&authd->recoveries_by_account);
    xml_parser_free(authd->parser);
    arena_clear(&authd->arena);
    buf_clear(&authd->out);
}

static void handle_start(struct authd *authd, struct request_key key,
                         struct str remote, const struct xml *element,
                         uint64_t seq)
{
    authd->effects->discharge(authd->ctx, key.peer, seq);
    exchange_begin(authd, key, remote, element);
}

static void handle_response(struct authd *authd, struct request_key key,
                            struct str remote, const struct xml *element,
                            uint64_t seq)
{
    (void)remote;
    authd->effects->discharge(authd->ctx, key.peer, seq);
    exchange_response(authd, key, element);
}

static void handle_abort(struct authd *authd, struct request_key key,
                         struct str remote, const struct xml *element,
                         uint64_t seq)
{
    (void)remote, (void)element;
    authd->effects->discharge(authd->ctx, key.peer, seq);
    exchange_abort(authd, key);
}

static void handle_register(struct authd *authd, struct request_key key,
                            struct str remote, const struct xml *element,
                            uint64_t seq)
{
    struct request *request = iq_request_new(authd, key, remote, element, seq);

    if (request)
        registration_begin(request, element);
}

static void handle_user_register(struct authd *authd, struct request_key key,
                                 struct str remote, const struct xml *element,
                                 uint64_t seq)
{
    struct request *request = iq_request_new(authd, key, remote, element, seq);

    if (request)
        registration_of_user(request, element);
}

static void handle_administer(struct authd *authd, struct request_key key,
                              struct str remote, const struct xml *element,
                              uint64_t seq)
{
    struct request *request = iq_request_new(authd, key, remote, element, seq);

    if (request)
        administer_begin(request, element);
}

static void handle_recover(struct authd *authd, struct request_key key,
                           struct str remote, const struct xml *element,
                           uint64_t seq)
{
    struct request *request = iq_request_new(authd, key, remote, element, seq);

    if (request)
        recovery_begin(request, element);
}

static void handle_legacy(struct authd *authd, struct request_key key,
                          struct str remote, const struct xml *element,
                          uint64_t seq)
{
    struct request *request = iq_request_new(authd, key, remote, element, seq);

    if (request)
        legacy_begin(request, element);
}

/* Who may say what. */
struct handler {
    enum address_kind from;
    const char *name;
    void (*handle)(struct authd *authd, struct request_key key,
                   struct str remote, const struct xml *element, uint64_t seq);
};

static const struct handler handlers[] = {
    {ADDRESS_C2S, CTL_AUTH_START, handle_start},
    {ADDRESS_C2S, CTL_AUTH_RESPONSE, handle_response},
    {ADDRESS_C2S, CTL_AUTH_ABORT, handle_abort},
    {ADDRESS_C2S, CTL_REGISTER, handle_register},
    {ADDRESS_C2S, CTL_RECOVER, handle_recover},
    {ADDRESS_C2S, CTL_LEGACY_AUTH, handle_legacy},
    {ADDRESS_SM, CTL_REGISTER, handle_user_register},
    {ADDRESS_SM, CTL_ADMINISTER, handle_administer},
};

void authd_frame(struct authd *authd, void *peer, struct str remote,
                 const struct frame *frame, int64_t now_ms)
{
    enum address_kind kind = address_parse(remote, NULL);
    struct request_key key = {peer, frame->sid};
    const struct xml *element;

    authd->now_ms = now_ms;
    arena_reset(&authd->arena);
    element = xml_parse(authd->parser, &authd->arena, frame->body);
    for (size_t i = 0; element && i < COUNT_OF(handlers); i++) {
        if (handlers[i].from != kind ||
            !xml_is(element, NS_LINK_CONTROL, handlers[i].name))
            continue;
        handlers[i].handle(authd, key, remote, element, frame->seq);
        return;
    }
    log_event(LOG_LEVEL_WARN, "bad-frame", LOG_STR("from", remote));
    authd->effects->discharge(authd->ctx, peer, frame->seq);
}

/* Only an administrator's command asks by datagram. */
void authd_datagram(struct authd *authd, struct str from,
                    const struct frame *frame, int64_t now_ms)
{
    struct request_key key = {NULL, frame->sid};
    const struct xml *element;
    struct request *request;

    authd->now_ms = now_ms;
    arena_reset(&authd->arena);
    element = xml_parse(authd->parser, &authd->arena, frame->body);
    if (!element || address_parse(from, NULL) != ADDRESS_CTL ||
        !xml_is(element, NS_LINK_CONTROL, CTL_RESET))
        return;
    request = request_open(authd, key, from);
    if (request)
        recovery_of_administrator(request, element);
}

void authd_peer_gone(struct authd *authd, void *peer)
{
    struct request *request, *next;

    DL_FOREACH_SAFE(authd->all, request, next)
    if (request->key.peer == peer && request->is_exchange)
        request_end(request);
}

void authd_tick(struct authd *authd, int64_t now_ms)
{
    struct request *request, *next;

    authd->now_ms = now_ms;
    DL_FOREACH_SAFE(authd->all, request, next)
    {
        if (request->dead || now_ms < request->deadline_ms)
            continue;
        if (request->is_exchange)
            exchange_expire(request);
        else
            recovery_tick(request);
    }
}

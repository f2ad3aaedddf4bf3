#include "answer.h"

#include "webd/webd.h"

/* RFC 6750 §3: what is wrong is told to whoever has shown a token. */
static void challenge(struct http_exchange *exchange,
                      const struct api_reply *reply)
{
    bool has_token = http_request_header_count(exchange, "Authorization") > 0;

    if (reply->status == 401)
        http_set_header(exchange, "WWW-Authenticate",
                        has_token ? STR("Bearer realm=\"posthouse\", "
                                        "error=\"invalid_token\"")
                                  : STR("Bearer realm=\"posthouse\""));
    else if (reply->is_forbidden)
        http_set_header(exchange, "WWW-Authenticate",
                        STR("Bearer realm=\"posthouse\", "
                            "error=\"insufficient_scope\""));
}

void api_answer(struct http_exchange *exchange, const struct api_reply *reply)
{
    exchange->webd->api.refused += reply->is_error;
    http_set_header(exchange, "Cache-Control", STR("no-store"));
    challenge(exchange, reply);
    if (reply->retry_s)
        http_set_header(exchange, "Retry-After",
                        arena_printf(&exchange->arena, "%u", reply->retry_s));
    http_answer(exchange, reply->status, JSON_TYPE, reply->body);
}

void api_refuse_as(struct http_exchange *exchange, unsigned status,
                   const char *condition, const char *text)
{
    struct api_reply reply;

    api_reply_fault(&exchange->arena, status, condition,
                    text_in(exchange->language, text), &reply);
    api_answer(exchange, &reply);
}

void api_refuse(struct http_exchange *exchange, unsigned status,
                const char *text)
{
    static const struct {
        unsigned status;
        const char *condition;
    } names[] = {{404, "item-not-found"},
                 {405, "not-allowed"},
                 {413, "policy-violation"},
                 {501, "feature-not-implemented"},
                 {503, "service-unavailable"}};

    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (names[i].status == status) {
            api_refuse_as(exchange, status, names[i].condition, text);
            return;
        }
    api_refuse_as(exchange, status, "bad-request", text);
}

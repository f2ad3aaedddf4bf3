#include "bytestreams.h"

#include "../jid/jid.h"

void bytestreams_each(const struct config *config,
                      void (*visit)(void *ctx, struct str domain), void *ctx)
{
    struct arena arena = {0};
    bool is_named = config_list_count(config, "proxy65d.domains") > 0;
    const char *key = is_named ? "proxy65d.domains" : "domains";

    for (size_t i = 0; i < config_list_count(config, key); i++) {
        struct str name =
            arena_printf(&arena, "%s%.*s", is_named ? "" : "proxy.",
                         STR_ARG(config_list_item(config, key, i)));
        struct str domain = jid_prep_domain(&arena, name);

        if (domain.p)
            visit(ctx, domain);
    }
    arena_clear(&arena);
}

struct search {
    struct str domain;
    bool is_found;
};

static void compare(void *ctx, struct str domain)
{
    struct search *search = ctx;

    search->is_found |= str_eq(search->domain, domain);
}

bool bytestreams_serve(const struct config *config, struct str domain)
{
    struct search search = {domain, false};

    bytestreams_each(config, compare, &search);
    return search.is_found;
}

bool bytestreams_is_for(const struct config *config, struct str proxy,
                        struct str served)
{
    const struct str prefix = STR("proxy.");
    struct str rest;

    if (config_list_count(config, "proxy65d.domains") > 0)
        return str_eq(proxy, config_list_item(config, "proxy65d.domains", 0));
    if (!str_starts(proxy, prefix))
        return false;
    rest = (struct str){proxy.p + prefix.len, proxy.len - prefix.len};
    return str_eq(rest, served);
}

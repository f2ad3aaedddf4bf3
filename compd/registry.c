#include "registry.h"

#include <openssl/evp.h>
#include <stdlib.h>

#include "common/codec/codec.h"
#include "common/config/secret.h"
#include "common/jid/jid.h"
#include "common/log/log.h"
#include "common/service/service.h"

static void free_str(struct str *s)
{
    free((char *)s->p);
    *s = STR_NONE;
}

static void load_served(struct registry *registry, const struct config *config)
{
    struct arena arena = {0};
    size_t count = config_list_count(config, "domains");

    registry->served = mem_zalloc((count + 1) * sizeof(struct str));
    for (size_t i = 0; i < count; i++) {
        struct str domain =
            jid_prep_domain(&arena, config_list_item(config, "domains", i));

        if (domain.p)
            registry->served[registry->served_count++] = str_dup(domain);
    }
    arena_clear(&arena);
}

static const char *refusal(const struct registry *registry,
                           const struct config *config, struct str domain)
{
    if (!domain.p)
        return "not a domain";
    if (registry_serves(registry, domain) ||
        service_has(config, SERVICE_ROOMS, domain) ||
        service_has(config, SERVICE_PROXY, domain) ||
        service_has(config, SERVICE_UPLOAD, domain))
        return "served by the suite itself";
    if (registry_find(registry, domain))
        return "declared twice";
    return NULL;
}

static void load_entry(struct registry *registry, const struct config *config,
                       size_t index)
{
    struct arena arena = {0};
    struct str title = config_title(config, "component", index);
    struct str domain = jid_prep_domain(&arena, title);
    const char *why = refusal(registry, config, domain);
    struct str secret = STR_NONE;
    struct error error;

    if (!why) {
        secret = config_secret(
            &arena,
            config_titled_str(config, "component", index, "secret-file"),
            config_titled_str(config, "component", index, "secret"), &error);
        why = secret.p ? NULL : error.text;
    }

    if (why)
        log_event(LOG_LEVEL_WARN, "component-ignored", LOG_STR("name", title),
                  LOG_TEXT("reason", why));
    else
        registry->entries[registry->count++] = (struct registry_entry){
            .domain = str_dup(domain), .secret = str_dup(secret)};
    arena_clear(&arena);
}

void registry_load(struct registry *registry, const struct config *config)
{
    struct registry old = *registry;
    size_t count = config_titles_count(config, "component");

    *registry = (struct registry){0};
    load_served(registry, config);
    registry->entries = mem_zalloc((count + 1) * sizeof(struct registry_entry));
    for (size_t i = 0; i < count; i++)
        load_entry(registry, config, i);
    for (size_t i = 0; i < old.count; i++)
        registry_mark(registry, old.entries[i].domain,
                      old.entries[i].connected);
    registry_clear(&old);
}

void registry_clear(struct registry *registry)
{
    for (size_t i = 0; i < registry->count; i++) {
        free_str(&registry->entries[i].domain);
        free_str(&registry->entries[i].secret);
    }
    for (size_t i = 0; i < registry->served_count; i++)
        free_str(&registry->served[i]);
    free(registry->entries);
    free(registry->served);
    *registry = (struct registry){0};
}

struct registry_entry *registry_find(const struct registry *registry,
                                     struct str domain)
{
    for (size_t i = 0; i < registry->count; i++)
        if (str_eq(registry->entries[i].domain, domain))
            return &registry->entries[i];
    return NULL;
}

void registry_mark(const struct registry *registry, struct str domain,
                   bool connected)
{
    struct registry_entry *entry = registry_find(registry, domain);

    if (entry)
        entry->connected = connected;
}

bool registry_serves(const struct registry *registry, struct str domain)
{
    for (size_t i = 0; i < registry->served_count; i++)
        if (str_eq(registry->served[i], domain))
            return true;
    return false;
}

bool registry_proves(const struct registry_entry *entry, const char *stream_id,
                     struct str proof)
{
    struct buf text = {0};
    struct arena arena = {0};
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int length = 0;
    bool proves;

    buf_add_text(&text, stream_id);
    buf_add(&text, entry->secret);
    proves = EVP_Digest(text.data + text.start, buf_len(&text), digest, &length,
                        EVP_sha1(), NULL) == 1;
    if (proves) {
        struct str expected =
            hex_encode(&arena, (struct str){(const char *)digest, length});

        proves = str_eq_constant_time(expected, proof);
    }
    buf_clear(&text);
    arena_clear(&arena);
    return proves;
}

#include "certificates.h"

/* A domain's own: certificate "example.org" { … }. */
static struct tls_certificate own(const struct config *config,
                                  struct arena *arena, size_t index)
{
    static const char section[] = "certificate";
    struct str chain = config_titled_str(config, section, index, "chain");
    struct str key = config_titled_str(config, section, index, "key");

    return (struct tls_certificate){
        .domain = arena_dup(arena, config_title(config, section, index)).p,
        .chain_path = arena_dup(arena, chain).p,
        .key_path = arena_dup(arena, key.len ? key : chain).p,
    };
}

/* The configured path, or the suite's own file. */
static const char *path(const struct daemon *daemon, struct arena *arena,
                        const char *option, const char *file)
{
    struct str text = config_str(daemon->config, option);

    return text.len ? arena_dup(arena, text).p
                    : arena_printf(arena, "%s/../tls/%s",
                                   daemon->options.run_dir, file)
                          .p;
}

struct tls_server *certificates_load(const struct daemon *daemon,
                                     bool is_direct, struct error *error)
{
    static const char *const alpn[] = {"xmpp-server", NULL};
    struct arena arena = {0};
    struct str ca = config_str(daemon->config, "s2sd.ca");
    size_t count = config_titles_count(daemon->config, "certificate");
    struct tls_certificate *certificates =
        arena_alloc(&arena, (count + 1) * sizeof(*certificates));
    const struct tls_server_options options = {
        .certificates = certificates,
        .count = count + 1,
        .client_ca = ca.len ? arena_dup(&arena, ca).p : NULL,
        .alpn = is_direct ? alpn : NULL,
        .require_alpn = is_direct,
        .judges_peers = true,
    };
    struct tls_server *server;

    certificates[0] = (struct tls_certificate){
        .chain_path = path(daemon, &arena, "s2sd.certificate", "cert.pem"),
        .key_path = path(daemon, &arena, "s2sd.key", "key.pem"),
    };
    for (size_t i = 0; i < count; i++)
        certificates[i + 1] = own(daemon->config, &arena, i);
    server = tls_server_new(&options, error);
    arena_clear(&arena);
    return server;
}

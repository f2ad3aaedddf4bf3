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

void certificates_take(struct tls_server_options *options,
                       const struct daemon *daemon, struct arena *arena,
                       const char *chain_option, const char *key_option)
{
    size_t count = config_titles_count(daemon->config, "certificate");
    struct tls_certificate *certificates =
        arena_alloc(arena, (count + 1) * sizeof(*certificates));

    certificates[0] = (struct tls_certificate){
        .chain_path = path(daemon, arena, chain_option, "cert.pem"),
        .key_path = path(daemon, arena, key_option, "key.pem"),
    };
    for (size_t i = 0; i < count; i++)
        certificates[i + 1] = own(daemon->config, arena, i);
    options->certificates = certificates;
    options->count = count + 1;
}

/* Certificates, and the key of dialback. */
#include "keys.h"

#include <stdlib.h>
#include <string.h>

#include "common/certificates/certificates.h"
#include "common/codec/codec.h"
#include "common/grant/grant.h"

/* Without a file each start has a key of its own, which a sibling would not
 * know. */
static bool load_key(struct shell *shell, struct error *error)
{
    struct str path = config_str(shell->daemon.config, "s2sd.dialback-key");
    struct grant_key key;
    char *text;
    bool is_loaded;

    if (path.len == 0) {
        random_bytes(shell->key, sizeof(shell->key));
        return shell->daemon.options.of == 1 ||
               error_set(error, "s2sd.dialback-key: expected a file, which "
                                "several s2sd share");
    }
    text = str_dup_heap(path);
    is_loaded = grant_key_load(&key, text, error);
    if (is_loaded)
        memcpy(shell->key, key.bytes, sizeof(shell->key));
    free(text);
    return is_loaded;
}

/* is_direct: with ALPN (XEP-0368). NULL with the reason. */
static struct tls_server *load_certificates(const struct daemon *daemon,
                                            bool is_direct, struct error *error)
{
    static const char *const alpn[] = {"xmpp-server", NULL};
    struct str ca = config_str(daemon->config, "s2sd.ca");
    struct arena arena = {0};
    struct tls_server_options options = {
        .client_ca = ca.len ? arena_dup(&arena, ca).p : NULL,
        .alpn = is_direct ? alpn : NULL,
        .require_alpn = is_direct,
        .judges_peers = true,
    };
    struct tls_server *server;

    certificates_take(&options, daemon, &arena, "s2sd.certificate", "s2sd.key");
    server = tls_server_new(&options, error);
    arena_clear(&arena);
    return server;
}

bool keys_load(struct shell *shell, struct error *error)
{
    shell->tls = load_certificates(&shell->daemon, false, error);
    if (!shell->tls)
        return false;
    shell->direct_tls = load_certificates(&shell->daemon, true, error);
    return shell->direct_tls && load_key(shell, error);
}

static void replace(struct shell *shell, struct tls_server **server,
                    bool is_direct)
{
    struct error error = {0};
    struct tls_server *fresh =
        load_certificates(&shell->daemon, is_direct, &error);

    if (!fresh) {
        log_event(LOG_LEVEL_ERROR, "certificate-kept",
                  LOG_TEXT("reason", error.text));
        return;
    }
    tls_server_unref(*server);
    *server = fresh;
}

void keys_reload(struct shell *shell)
{
    replace(shell, &shell->tls, false);
    replace(shell, &shell->direct_tls, true);
}

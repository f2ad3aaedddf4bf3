#include "certificate_set.h"

#include <stdlib.h>
#include <utlist.h>

#include "common/certificates/certificates.h"

#define MAX_CHAIN 8u
#define MAX_NAME  256u
/* A handshake that has chosen a certificate is over by then: request-timeout is
 * an hour at most. */
#define RETIRED_MS (2 * UINT64_C(3600000))

struct identity {
    char *domain; /* NULL: for every name */
    gnutls_pcert_st chain[MAX_CHAIN];
    unsigned length;
    gnutls_privkey_t key;
};

struct certificate_set {
    struct certificate_set *next;
    struct identity *identities;
    size_t count;
    uint64_t retired_ms;
};

/* GnuTLS hands its callback no context, so these are the process's own. */
static struct certificate_set *current, *retired;

static void set_free(struct certificate_set *set)
{
    if (!set)
        return;
    for (size_t i = 0; i < set->count; i++) {
        struct identity *identity = &set->identities[i];

        for (unsigned c = 0; c < identity->length; c++)
            gnutls_pcert_deinit(&identity->chain[c]);
        if (identity->key)
            gnutls_privkey_deinit(identity->key);
        free(identity->domain);
    }
    free(set->identities);
    free(set);
}

static bool load_key(struct identity *identity, const char *path,
                     struct error *error)
{
    gnutls_datum_t text = {0};
    int result = gnutls_load_file(path, &text);

    if (result == 0)
        result = gnutls_privkey_init(&identity->key);
    if (result == 0)
        result = gnutls_privkey_import_x509_raw(identity->key, &text,
                                                GNUTLS_X509_FMT_PEM, NULL, 0);
    if (text.data) {
        gnutls_memset(text.data, 0, text.size);
        gnutls_free(text.data);
    }
    return result == 0 ||
           error_set(error, "%s: %s", path, gnutls_strerror(result));
}

static bool load(struct identity *identity,
                 const struct tls_certificate *certificate, struct error *error)
{
    unsigned length = MAX_CHAIN;
    int result = gnutls_pcert_list_import_x509_file(
        identity->chain, &length, certificate->chain_path, GNUTLS_X509_FMT_PEM,
        NULL, NULL, 0);

    if (result != 0)
        return error_set(error, "%s: %s", certificate->chain_path,
                         gnutls_strerror(result));
    identity->length = length;
    if (certificate->domain)
        identity->domain = tls_ascii_name(str_of(certificate->domain));
    if (certificate->domain && !identity->domain)
        return error_set(error, "certificate \"%s\": that is no domain",
                         certificate->domain);
    return load_key(identity, certificate->key_path, error);
}

bool certificate_set_load(const struct daemon *daemon, struct error *error)
{
    struct certificate_set *set = NEW(struct certificate_set);
    struct tls_server_options options = {0};
    struct arena arena = {0};
    bool is_loaded = true;

    certificates_take(&options, daemon, &arena, "c2sd.certificate", "c2sd.key");
    set->identities = mem_zalloc(options.count * sizeof(*set->identities));
    while (is_loaded && set->count < options.count) {
        is_loaded = load(&set->identities[set->count],
                         &options.certificates[set->count], error);
        set->count++;
    }
    arena_clear(&arena);
    if (!is_loaded) {
        set_free(set);
        return false;
    }
    if (current) {
        current->retired_ms = clock_monotonic_ms();
        LL_PREPEND(retired, current);
    }
    current = set;
    return true;
}

void certificate_set_tick(uint64_t now_ms)
{
    struct certificate_set *set, *next;

    LL_FOREACH_SAFE(retired, set, next)
    {
        if (now_ms - set->retired_ms < RETIRED_MS)
            continue;
        LL_DELETE(retired, set);
        set_free(set);
    }
}

void certificate_set_free(void)
{
    struct certificate_set *set, *next;

    LL_FOREACH_SAFE(retired, set, next)
    {
        set_free(set);
    }
    set_free(current);
    current = retired = NULL;
}

static const struct identity *find(struct str name)
{
    for (size_t i = 0; i < current->count; i++) {
        const struct identity *identity = &current->identities[i];

        if (identity->domain && str_eq_nocase(str_of(identity->domain), name))
            return identity;
    }
    return &current->identities[0];
}

int certificate_set_choose(gnutls_session_t session,
                           const gnutls_datum_t *authorities, int count,
                           const gnutls_pk_algorithm_t *algorithms,
                           int algorithm_count, gnutls_pcert_st **chain,
                           unsigned int *length, gnutls_privkey_t *key)
{
    char name[MAX_NAME] = "";
    size_t size = sizeof(name);
    unsigned type = GNUTLS_NAME_DNS;
    const struct identity *chosen;

    (void)authorities, (void)count, (void)algorithms, (void)algorithm_count;
    if (gnutls_server_name_get(session, name, &size, &type, 0) != 0 ||
        type != GNUTLS_NAME_DNS)
        name[0] = '\0';
    chosen = find(str_of(name));
    *chain = (gnutls_pcert_st *)(uintptr_t)chosen->chain;
    *length = chosen->length;
    *key = chosen->key;
    return 0;
}

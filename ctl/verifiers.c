#include "verifiers.h"

#include <openssl/evp.h>

#include "common/codec/codec.h"
#include "common/scram/scram.h"

static void derive(struct verifiers *v, enum scram_hash hash,
                   struct str password, struct str params[3])
{
    struct scram_verifier verifier;
    char *salt = arena_bytes(&v->arena, SCRAM_SALT_BYTES);
    size_t size = scram_key_bytes(hash);

    random_bytes(salt, SCRAM_SALT_BYTES);
    scram_derive(&verifier, hash, password,
                 (struct str){salt, SCRAM_SALT_BYTES}, v->iterations);
    params[0] = base64_encode(&v->arena, verifier.salt);
    params[1] = base64_encode(
        &v->arena, (struct str){(const char *)verifier.stored_key, size});
    params[2] = base64_encode(
        &v->arena, (struct str){(const char *)verifier.server_key, size});
}

/* MD5(user:realm:password), for DIGEST-MD5 where it is allowed. */
static struct str digest(struct verifiers *v, struct str password)
{
    struct str text =
        scram_digest_text(&v->arena, v->local, v->domain, password);
    unsigned char hash[EVP_MAX_MD_SIZE];
    unsigned size = 0;

    EVP_Digest(text.p, text.len, hash, &size, EVP_md5(), NULL);
    return hex_encode(&v->arena, (struct str){(const char *)hash, size});
}

void verifiers_init(struct verifiers *v, const struct config *config,
                    const struct jid *jid, struct str password)
{
    *v = (struct verifiers){
        .local = jid->local,
        .domain = jid->domain,
        .password = password,
        .iterations = (unsigned)config_int(config, "authd.iterations"),
        .wants_digest = config_bool(config, "authd.digest-md5"),
        .least_characters =
            (size_t)config_int(config, "authd.min-password-length"),
    };
}

const char *verifiers_fault(const struct verifiers *v)
{
    if (v->is_forbidden)
        return "the password is empty or has characters that are not allowed";
    if (v->is_short)
        return "the password is shorter than authd.min-password-length";
    return NULL;
}

static size_t characters(struct str utf8)
{
    size_t count = 0;

    for (size_t i = 0; i < utf8.len; i++)
        count += ((unsigned char)utf8.p[i] & 0xc0) != 0x80;
    return count;
}

/* Whether the password may be used; *prepared is it then. */
static bool prepare(struct verifiers *v, struct str *prepared)
{
    *prepared = scram_prep_password(&v->arena, v->password);
    v->is_forbidden = !prepared->p;
    v->is_short = prepared->p && characters(*prepared) < v->least_characters;
    return !v->is_forbidden && !v->is_short;
}

void verifiers_derive(struct verifiers *v)
{
    struct str password;

    if (!prepare(v, &password))
        return;
    v->params[0] = arena_printf(&v->arena, "%u", v->iterations);
    derive(v, SCRAM_SHA256, password, &v->params[1]);
    derive(v, SCRAM_SHA1, password, &v->params[4]);
    v->params[7] = v->wants_digest ? digest(v, password) : STR_NONE;
}

void verifiers_pretend(struct verifiers *v)
{
    struct str password;

    (void)prepare(v, &password);
    v->params[0] = STR("1");
    for (size_t i = 1; i < 7; i++)
        v->params[i] = STR("none");
    v->params[7] = v->wants_digest ? STR("none") : STR_NONE;
}

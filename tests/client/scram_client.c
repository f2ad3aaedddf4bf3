#include "scram_client.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>

#include "common/codec/codec.h"

struct scram_client {
    const EVP_MD *md;
    const char *password;
    struct arena arena;
    struct str bare;
};

struct scram_client *scram_client_new(const char *hash, const char *user,
                                      const char *password)
{
    struct scram_client *scram = NEW(struct scram_client);
    struct str nonce = random_id(&scram->arena, 24);

    scram->md = EVP_get_digestbyname(hash);
    scram->password = password;
    scram->bare =
        arena_printf(&scram->arena, "n=%s,r=%.*s", user, STR_ARG(nonce));
    return scram;
}

struct str scram_client_first(struct scram_client *scram, struct arena *arena)
{
    return arena_printf(arena, "n,,%.*s", STR_ARG(scram->bare));
}

/* The value of "k=value" in a list separated by commas. */
static struct str field(struct str message, char key)
{
    while (message.p) {
        struct str part = str_cut(&message, ',');

        if (part.len > 2 && part.p[0] == key && part.p[1] == '=')
            return (struct str){part.p + 2, part.len - 2};
    }
    return STR_NONE;
}

static void mac(const struct scram_client *scram, const unsigned char *key,
                struct str data, unsigned char *into)
{
    unsigned int length;

    HMAC(scram->md, key, EVP_MD_size(scram->md), (const unsigned char *)data.p,
         data.len, into, &length);
}

struct str scram_client_final(struct scram_client *scram, struct arena *arena,
                              struct str challenge)
{
    struct str nonce = field(challenge, 'r');
    struct str salt = base64_decode(arena, field(challenge, 's'));
    int size = EVP_MD_size(scram->md);
    unsigned char salted[EVP_MAX_MD_SIZE], client_key[EVP_MAX_MD_SIZE];
    unsigned char stored[EVP_MAX_MD_SIZE], signature[EVP_MAX_MD_SIZE];
    uint64_t rounds;
    struct str without, auth, proof;

    if (!str_to_u64(field(challenge, 'i'), &rounds) || rounds > 10000000 ||
        !nonce.p || !salt.p)
        return STR_NONE;
    without = arena_printf(arena, "c=biws,r=%.*s", STR_ARG(nonce));
    auth = arena_printf(arena, "%.*s,%.*s,%.*s", STR_ARG(scram->bare),
                        STR_ARG(challenge), STR_ARG(without));
    PKCS5_PBKDF2_HMAC(scram->password, -1, (const unsigned char *)salt.p,
                      (int)salt.len, (int)rounds, scram->md, size, salted);
    mac(scram, salted, STR("Client Key"), client_key);
    EVP_Digest(client_key, (size_t)size, stored, NULL, scram->md, NULL);
    mac(scram, stored, auth, signature);
    for (int i = 0; i < size; i++)
        client_key[i] ^= signature[i];
    proof = base64_encode(arena,
                          (struct str){(const char *)client_key, (size_t)size});
    return arena_printf(arena, "%.*s,p=%.*s", STR_ARG(without), STR_ARG(proof));
}

void scram_client_free(struct scram_client *scram)
{
    if (!scram)
        return;
    arena_clear(&scram->arena);
    free(scram);
}

#include "account.h"

#include "common/codec/codec.h"

#include <stdlib.h>
#include <string.h>

struct scram_verifier credential_verifier(const struct credential *credential,
                                          enum scram_hash hash)
{
    struct scram_verifier verifier = {
        .hash = hash,
        .iterations = credential->iterations,
        .salt = {(const char *)credential->salt, credential->salt_bytes},
    };

    memcpy(verifier.stored_key, credential->stored_key, SCRAM_MAX_KEY_BYTES);
    memcpy(verifier.server_key, credential->server_key, SCRAM_MAX_KEY_BYTES);
    return verifier;
}

bool credential_keep(struct credential *credential,
                     const struct scram_verifier *verifier)
{
    if (verifier->salt.len == 0 || verifier->salt.len > ACCOUNT_MAX_SALT ||
        verifier->iterations == 0)
        return false;
    credential->present = true;
    credential->iterations = verifier->iterations;
    credential->salt_bytes = verifier->salt.len;
    memcpy(credential->salt, verifier->salt.p, verifier->salt.len);
    memcpy(credential->stored_key, verifier->stored_key, SCRAM_MAX_KEY_BYTES);
    memcpy(credential->server_key, verifier->server_key, SCRAM_MAX_KEY_BYTES);
    return true;
}

void credential_fake(struct credential *credential, enum scram_hash hash,
                     struct str salt, unsigned iterations)
{
    struct scram_verifier verifier = {
        .hash = hash, .iterations = iterations, .salt = salt};

    random_bytes(verifier.stored_key, sizeof(verifier.stored_key));
    random_bytes(verifier.server_key, sizeof(verifier.server_key));
    if (!credential_keep(credential, &verifier))
        abort(); /* our own salt fits */
}

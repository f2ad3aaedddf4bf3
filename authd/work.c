#include "work.h"

#include "common/codec/codec.h"

#include <openssl/evp.h>
#include <stdlib.h>

void work_md5_hex(struct str data, char hex[ACCOUNT_HA1_CHARS])
{
    static const char digits[] = "0123456789abcdef";
    unsigned char md[16];
    unsigned length = 0;

    if (EVP_Digest(data.p, data.len, md, &length, EVP_md5(), NULL) != 1)
        abort();
    for (size_t i = 0; i < sizeof(md); i++) {
        hex[2 * i] = digits[md[i] >> 4];
        hex[2 * i + 1] = digits[md[i] & 15];
    }
}

static void derive(struct work *work)
{
    unsigned char salt_bytes[SCRAM_SALT_BYTES];
    struct str salt = {(const char *)salt_bytes, sizeof(salt_bytes)};
    struct scram_verifier verifier;

    for (unsigned hash = 0; hash < ACCOUNT_HASHES; hash++) {
        random_bytes(salt_bytes, sizeof(salt_bytes));
        scram_derive(&verifier, (enum scram_hash)hash, work->password, salt,
                     work->iterations);
        if (!credential_keep(&work->derived.by_hash[hash], &verifier))
            abort();
    }
    if (!work->derive_ha1)
        return;
    work_md5_hex(work->ha1_text, work->derived.ha1);
    work->derived.has_ha1 = true;
}

void work_run(struct work *work)
{
    struct scram_verifier verifier;

    work->right = true;
    if (work->check) {
        verifier = credential_verifier(&work->against, work->hash);
        work->right = scram_check_password(&verifier, work->password);
    }
    if (work->right && work->derive)
        derive(work);
}

#include "seal.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/codec/codec.h"

#define INSTALLED_FOLDER "/var/lib/posthouse/audit"
#define SECRET           "seal.key"
#define PUBLIC           "seal.pub"
#define SIGNATURE_BYTES  64

struct seal {
    EVP_PKEY *key;
};

const char *seal_folder(struct ctl *ctl)
{
    return ctl->state ? arena_printf(&ctl->arena, "%s/audit", ctl->state).p
                      : INSTALLED_FOLDER;
}

const char *seal_path(struct ctl *ctl, const char *name)
{
    return arena_printf(&ctl->arena, "%s/%s", seal_folder(ctl), name).p;
}

static struct seal *seal_of(EVP_PKEY *key)
{
    struct seal *seal;

    if (!key)
        return NULL;
    seal = NEW(struct seal);
    seal->key = key;
    return seal;
}

static bool write_key(const char *path, mode_t mode, EVP_PKEY *key,
                      bool is_secret)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    FILE *file = fd >= 0 ? fdopen(fd, "w") : NULL;
    bool is_written;

    if (!file) {
        if (fd >= 0)
            (void)close(fd);
        return false;
    }
    is_written = is_secret ? PEM_write_PrivateKey(file, key, NULL, NULL, 0,
                                                  NULL, NULL) == 1
                           : PEM_write_PUBKEY(file, key) == 1;
    return fclose(file) == 0 && is_written;
}

static struct seal *make(struct ctl *ctl)
{
    EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");

    if ((mkdir(seal_folder(ctl), 0700) == 0 || errno == EEXIST) && key &&
        write_key(seal_path(ctl, PUBLIC), 0644, key, false) &&
        write_key(seal_path(ctl, SECRET), 0600, key, true))
        return seal_of(key);
    ctl_refuse("no key could be made in %s: %s", seal_folder(ctl),
               strerror(errno));
    EVP_PKEY_free(key);
    return NULL;
}

struct seal *seal_open(struct ctl *ctl)
{
    FILE *file = fopen(seal_path(ctl, SECRET), "re");
    EVP_PKEY *key;

    if (!file && errno == ENOENT)
        return make(ctl);
    if (!file) {
        ctl_refuse("%s: %s", seal_path(ctl, SECRET), strerror(errno));
        return NULL;
    }
    key = PEM_read_PrivateKey(file, NULL, NULL, NULL);
    (void)fclose(file);
    if (!key)
        ctl_refuse("%s is no key", seal_path(ctl, SECRET));
    return seal_of(key);
}

struct seal *seal_open_public(struct ctl *ctl)
{
    FILE *file = fopen(seal_path(ctl, PUBLIC), "re");
    EVP_PKEY *key = file ? PEM_read_PUBKEY(file, NULL, NULL, NULL) : NULL;

    if (file)
        (void)fclose(file);
    return seal_of(key);
}

void seal_free(struct seal *seal)
{
    if (!seal)
        return;
    EVP_PKEY_free(seal->key);
    free(seal);
}

struct str seal_sign(struct ctl *ctl, struct seal *seal, struct str bytes)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    unsigned char signature[SIGNATURE_BYTES];
    size_t length = sizeof(signature);
    bool is_signed =
        ctx && EVP_DigestSignInit(ctx, NULL, NULL, NULL, seal->key) == 1 &&
        EVP_DigestSign(ctx, signature, &length, (const unsigned char *)bytes.p,
                       bytes.len) == 1;

    EVP_MD_CTX_free(ctx);
    return is_signed ? base64_encode(&ctl->arena,
                                     (struct str){(char *)signature, length})
                     : STR_NONE;
}

bool seal_is_right(struct ctl *ctl, struct seal *seal, struct str bytes,
                   struct str signature)
{
    struct str raw = base64_decode(&ctl->arena, signature);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool is_right =
        raw.p && ctx &&
        EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, seal->key) == 1 &&
        EVP_DigestVerify(ctx, (const unsigned char *)raw.p, raw.len,
                         (const unsigned char *)bytes.p, bytes.len) == 1;

    EVP_MD_CTX_free(ctx);
    return is_right;
}

/* Hashes of files. */
#include <string.h>
#include <unistd.h>

#include "common/codec/codec.h"
#include "transfer.h"

char *digest_finish(EVP_MD_CTX *digest, bool is_sha256)
{
    unsigned char bytes[EVP_MAX_MD_SIZE];
    unsigned int length = 0;
    struct arena arena = {0};
    struct str all = {(const char *)bytes, 0};
    char *text;

    (void)EVP_DigestFinal_ex(digest, bytes, &length);
    EVP_MD_CTX_free(digest);
    all.len = length;
    text = str_dup_heap(is_sha256 ? base64_encode(&arena, all)
                                  : hex_encode(&arena, all));
    arena_clear(&arena);
    return text;
}

bool digest_file(int file, char **sha256, char **md5)
{
    EVP_MD_CTX *strong = EVP_MD_CTX_new(), *old = EVP_MD_CTX_new();
    char *block = mem_alloc(1 << 20);
    ssize_t count;

    (void)EVP_DigestInit_ex(strong, EVP_sha256(), NULL);
    (void)EVP_DigestInit_ex(old, EVP_md5(), NULL);
    while ((count = read(file, block, 1 << 20)) > 0) {
        (void)EVP_DigestUpdate(strong, block, (size_t)count);
        (void)EVP_DigestUpdate(old, block, (size_t)count);
    }
    free(block);
    *sha256 = digest_finish(strong, true);
    *md5 = digest_finish(old, false);
    return count == 0 && lseek(file, 0, SEEK_SET) == 0;
}

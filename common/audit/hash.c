#include <openssl/evp.h>
#include <stdlib.h>

#include "../codec/codec.h"
#include "audit.h"

struct audit_hasher {
    EVP_MD *sha256;
    EVP_MD_CTX *ctx;
    struct buf text; /* scratch */
};

struct audit_hasher *audit_hasher_new(void)
{
    struct audit_hasher *hasher = NEW(struct audit_hasher);

    hasher->sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    hasher->ctx = EVP_MD_CTX_new();
    if (!hasher->sha256 || !hasher->ctx)
        abort(); /* OpenSSL without SHA-256 */
    return hasher;
}

void audit_hasher_free(struct audit_hasher *hasher)
{
    if (!hasher)
        return;
    EVP_MD_CTX_free(hasher->ctx);
    EVP_MD_free(hasher->sha256);
    buf_clear(&hasher->text);
    free(hasher);
}

struct str audit_hash_bytes(struct audit_hasher *hasher, struct arena *arena,
                            struct str bytes)
{
    unsigned char *hash = arena_alloc(arena, AUDIT_HASH_BYTES);

    if (!EVP_DigestInit_ex2(hasher->ctx, hasher->sha256, NULL) ||
        !EVP_DigestUpdate(hasher->ctx, bytes.p ? bytes.p : "", bytes.len) ||
        !EVP_DigestFinal_ex(hasher->ctx, hash, NULL))
        abort();
    return (struct str){(const char *)hash, AUDIT_HASH_BYTES};
}

static struct str finish(struct audit_hasher *hasher, struct arena *arena)
{
    return audit_hash_bytes(hasher, arena, buf_view(&hasher->text));
}

struct str audit_hash_content(struct audit_hasher *hasher, struct arena *arena,
                              struct str salt, struct str content)
{
    buf_reset(&hasher->text);
    buf_add(&hasher->text, salt);
    buf_add(&hasher->text, content);
    return hex_encode(arena, finish(hasher, arena));
}

/* With its length: no two lines are the same text. */
static void add(struct buf *text, struct str field)
{
    buf_add_u64(text, field.len);
    buf_add_char(text, ':');
    buf_add(text, field);
}

struct str audit_hash_line(struct audit_hasher *hasher, struct arena *arena,
                           const struct audit_line *line)
{
    struct buf *text = &hasher->text;

    buf_reset(text);
    buf_printf(text, "%lld %lld ", (long long)line->id,
               (long long)line->writer);
    add(text, line->kind);
    add(text, line->verdict);
    add(text, line->sender);
    add(text, line->recipient);
    add(text, line->stanza_id);
    add(text, line->content_hash);
    return hex_encode(arena, finish(hasher, arena));
}

struct str audit_hash_link(struct audit_hasher *hasher, struct arena *arena,
                           struct str previous, struct str lines_hash,
                           const struct audit_link *link)
{
    struct buf *text = &hasher->text;

    buf_reset(text);
    buf_add(text, previous);
    buf_add(text, lines_hash);
    buf_printf(text, "%lld %.*s %lld %lld %lld %lld", (long long)link->writer,
               STR_ARG(link->month), (long long)link->number,
               (long long)link->first_id, (long long)link->last_id,
               (long long)link->lines);
    return finish(hasher, arena);
}

#include "downgrade.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "common/codec/codec.h"

#define MAX_WORDS    32u
#define BETWEEN      '\x1e'
#define BEFORE_TYPES '\x1f'

/* By octets. */
static int compare(const void *a, const void *b)
{
    const struct str *x = a, *y = b;
    size_t least = x->len < y->len ? x->len : y->len;
    int order = memcmp(x->p, y->p, least);

    return order ? order : (x->len > y->len) - (x->len < y->len);
}

static void add_sorted(struct buf *text, struct str list)
{
    struct str words[MAX_WORDS];
    size_t count = 0;

    while (list.p && count < MAX_WORDS) {
        words[count] = str_cut(&list, ' ');
        count += words[count].len > 0;
    }
    qsort(words, count, sizeof(*words), compare);
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            buf_add_char(text, BETWEEN);
        buf_add(text, words[i]);
    }
}

struct str downgrade_hash(struct arena *arena, enum scram_hash hash,
                          struct str mechanisms, struct str bindings)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    struct buf text = {0};

    add_sorted(&text, mechanisms);
    if (bindings.p) {
        buf_add_char(&text, BEFORE_TYPES);
        add_sorted(&text, bindings);
    }
    if (EVP_Digest(buf_view(&text).p, buf_len(&text), digest, &length,
                   hash == SCRAM_SHA1 ? EVP_sha1() : EVP_sha256(), NULL) != 1)
        abort(); /* OpenSSL without SHA is no OpenSSL */
    buf_clear(&text);
    return base64_encode(arena, (struct str){(const char *)digest, length});
}

/* uthash with a hash of our own: fast for the short keys that are looked up at
 * every stanza, and keyed, so that nobody can choose names that all meet in one
 * bucket. */
#ifndef POSTHOUSE_HASH_H
#define POSTHOUSE_HASH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Drawn when the process starts. */
extern const uint64_t *const hash_key;

/* Both halves of the 128-bit product, folded: every bit of it depends on all.
 */
static inline uint64_t hash_mix(uint64_t a, uint64_t b)
{
    const unsigned __int128 product = (unsigned __int128)a * b;

    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static inline uint64_t hash_read8(const unsigned char *p)
{
    uint64_t word;

    memcpy(&word, p, sizeof(word));
    return word;
}

static inline uint64_t hash_read4(const unsigned char *p)
{
    uint32_t word;

    memcpy(&word, p, sizeof(word));
    return word;
}

/* What is left of a key, at most eight bytes; those in the middle may be read
 * twice. */
static inline uint64_t hash_rest(const unsigned char *p, size_t len)
{
    if (len == 8)
        return hash_read8(p);
    if (len >= 4)
        return hash_read4(p) << 32 | hash_read4(p + len - 4);
    if (len > 0)
        return (uint64_t)p[0] << 16 | (uint64_t)p[len / 2] << 8 | p[len - 1];
    return 0;
}

/* The hash of `len` bytes. */
static inline unsigned hash_bytes(const void *bytes, size_t len)
{
    const unsigned char *p = bytes;
    uint64_t hash = hash_key[0] ^ len;

    for (; len > 8; p += 8, len -= 8)
        hash = hash_mix(hash ^ hash_read8(p), hash_key[1]);
    hash = hash_mix(hash ^ hash_rest(p, len), hash_key[1]);
    return (unsigned)(hash ^ hash >> 32);
}

#define HASH_FUNCTION(key, len, hash) ((hash) = hash_bytes((key), (len)))
#include <uthash.h>

#endif

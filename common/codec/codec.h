/* Base64, hexadecimal and hashes. */
#ifndef POSTHOUSE_CODEC_H
#define POSTHOUSE_CODEC_H

#include "../mem/mem.h"

/* Base64 with padding (RFC 4648 §4). In the arena. */
struct str base64_encode(struct arena *arena, struct str bytes);
/* Strict: no white space, right padding, zero trailing bits. STR_NONE when it is
 * not Base64; "" gives an empty slice. */
struct str base64_decode(struct arena *arena, struct str text);
/* Lower-case hexadecimal, two digits a byte. In the arena. */
struct str hex_encode(struct arena *arena, struct str bytes);
/* Digits of either case; STR_NONE when their number is odd or one is none. In
 * the arena. */
struct str hex_decode(struct arena *arena, struct str text);
/* Fills with bytes from the kernel; aborts when there are none. */
void random_bytes(void *into, size_t count);
/* An identifier of `chars` random characters [a-zA-Z0-9_-], 6 bits each. */
struct str random_id(struct arena *arena, size_t chars);
/* HMAC-SHA-1; 20 bytes into `mac`. For TURN servers, which want it. */
void hmac_sha1(struct str key, struct str data, unsigned char mac[20]);
/* HMAC-SHA-256; 32 bytes into `mac`. */
void hmac_sha256(struct str key, struct str data, unsigned char mac[32]);

#endif

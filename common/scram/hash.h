/* What the files of this library share. */
#ifndef POSTHOUSE_SCRAM_HASH_H
#define POSTHOUSE_SCRAM_HASH_H

#include "scram.h"

/* HMAC with a key of scram_key_bytes(hash), and the hash of as many bytes. */
void scram_hmac(enum scram_hash hash, const unsigned char *key, struct str data,
                unsigned char out[SCRAM_MAX_KEY_BYTES]);
/* Hashes scram_key_bytes(hash) bytes at `data`. */
void scram_h(enum scram_hash hash, const unsigned char *data,
             unsigned char out[SCRAM_MAX_KEY_BYTES]);

#endif

/* The client's side of SCRAM (RFC 5802) without channel binding. */
#ifndef POSTHOUSE_SCRAM_CLIENT_H
#define POSTHOUSE_SCRAM_CLIENT_H

#include "common/mem/mem.h"

struct scram_client;

/* hash: "SHA1" or "SHA256". */
struct scram_client *scram_client_new(const char *hash, const char *user,
                                      const char *password);
/* The first message, in the arena. */
struct str scram_client_first(struct scram_client *scram, struct arena *arena);
/* The answer to the server's challenge; absent when that makes no sense. */
struct str scram_client_final(struct scram_client *scram, struct arena *arena,
                              struct str challenge);
/* NULL is allowed. */
void scram_client_free(struct scram_client *scram);

#endif

/* The audit journal (sql/migrations/0016_audit.sql): whose stanzas are written
 * down, and the hashes by which a line that was removed or changed shows. */
#ifndef POSTHOUSE_AUDIT_H
#define POSTHOUSE_AUDIT_H

#include "../directory/directory.h"

/* What is kept of an account's stanzas. Of two that talk the stronger holds. */
enum audit_policy { AUDIT_NONE, AUDIT_METADATA, AUDIT_CONTENT };
/* Its name, as in posthouse.conf and in the property "audit". */
MUST_CHECK bool audit_policy_by_name(struct str name,
                                     enum audit_policy *policy);
/* The account's property "audit"; else the strongest of its departments and of
 * those above them; else the server's; else sm.audit. */
enum audit_policy audit_policy_of(const struct directory *directory,
                                  const struct config *config,
                                  struct str bare_jid);

/* The number of posthousectl among those who write. */
#define AUDIT_WRITER_CTL (-1)

struct audit_line {
    int64_t id; /* archive.h: it tells when */
    int64_t writer;
    struct str kind;    /* "message/chat", "presence/subscribe", "iq/set" */
    struct str verdict; /* "allowed", "refused:forbidden" */
    struct str sender, recipient;
    struct str stanza_id;
    struct str content;      /* absent: not kept, or not any more */
    struct str salt;         /* hashed with it; deleted with it */
    struct str content_hash; /* hexadecimal; absent: there never was content */
};

struct audit_link {
    int64_t writer;
    struct str month; /* "2026-11" */
    int64_t number;   /* in the month, from 1 */
    int64_t first_id, last_id, lines;
};

#define AUDIT_HASH_BYTES 32

/* SHA-256 that is looked up once: asking OpenSSL for it costs more than a line.
 */
struct audit_hasher;
/* One for as long as the process lives. */
struct audit_hasher *audit_hasher_new(void);
/* NULL is allowed. */
void audit_hasher_free(struct audit_hasher *hasher);

/* SHA-256 of salt and content. 64 digits in the arena. */
struct str audit_hash_content(struct audit_hasher *hasher, struct arena *arena,
                              struct str salt, struct str content);
/* SHA-256 of the line, its content by its hash. 64 digits in the arena. */
struct str audit_hash_line(struct audit_hasher *hasher, struct arena *arena,
                           const struct audit_line *line);
/* SHA-256 of bytes, in the arena. */
struct str audit_hash_bytes(struct audit_hasher *hasher, struct arena *arena,
                            struct str bytes);
/* SHA-256 of the hash before it (bytes; empty: there is none), the hash of the
 * hashes of its lines, and what it says. Bytes in the arena. */
struct str audit_hash_link(struct audit_hasher *hasher, struct arena *arena,
                           struct str previous, struct str lines_hash,
                           const struct audit_link *link);

#endif

/* SCRAM (RFC 5802, RFC 7677, RFC 9266): verifiers and the server's side of the
 * exchange, as pure functions. Used by authd, and by posthousectl to derive
 * verifiers. */
#ifndef POSTHOUSE_SCRAM_H
#define POSTHOUSE_SCRAM_H

#include "../mem/mem.h"

enum scram_hash { SCRAM_SHA1, SCRAM_SHA256 };
#define SCRAM_SALT_BYTES     16u
#define SCRAM_MAX_KEY_BYTES  32u

/* What is stored instead of a password. */
struct scram_verifier {
    enum scram_hash hash;
    unsigned iterations;
    struct str salt;                                /* raw bytes, borrowed */
    unsigned char stored_key[SCRAM_MAX_KEY_BYTES];  /* scram_key_bytes of it */
    unsigned char server_key[SCRAM_MAX_KEY_BYTES];
};
/* Bytes of a key of this hash: 20 or 32. */
size_t scram_key_bytes(enum scram_hash hash);

/* Derives the verifier from a password prepared by scram_prep_password. Takes
 * milliseconds: PBKDF2. */
void scram_derive(struct scram_verifier *verifier, enum scram_hash hash,
                  struct str password, struct str salt, unsigned iterations);
/* SASLprep (RFC 4013); STR_NONE when it is forbidden or empty. In the arena. */
struct str scram_prep_password(struct arena *arena, struct str password);
/* Whether the password gives this verifier; the same time either way. */
bool scram_check_password(const struct scram_verifier *verifier,
                          struct str password);
/* What DIGEST-MD5 stores the MD5 of, user:realm:password, each of user and
 * password in ISO 8859-1 where it can be, in UTF-8 otherwise (RFC 2831
 * §2.1.2.1). Prepared parts. In the arena. */
struct str scram_digest_text(struct arena *arena, struct str username,
                             struct str realm, struct str password);
/* The salt that an unknown user shows, always the same for him:
 * HMAC(secret, domain \0 name), cut to SCRAM_SALT_BYTES. In the arena. */
struct str scram_fake_salt(struct arena *arena, struct str secret,
                           struct str bare_jid);

/* The server's side of one exchange. */
enum scram_gs2 { SCRAM_GS2_NONE /* n */, SCRAM_GS2_SUPPORTED /* y */,
                 SCRAM_GS2_USED /* p */ };
struct scram_client_first {
    enum scram_gs2 gs2;
    struct str cb_name;      /* tls-exporter … with p= */
    struct str gs2_header;   /* to be compared with c= */
    struct str authzid;      /* absent when not given */
    struct str username;     /* unescaped (=2C =3D), not prepared */
    struct str nonce;
    struct str bare;         /* client-first-message-bare */
};
/* Parses n,a=…,n=user,r=nonce. False when it is malformed (or has m=…). */
MUST_CHECK bool scram_parse_client_first(struct scram_client_first *first,
                                         struct arena *arena,
                                         struct str message);
/* r=…,s=…,i=… In the arena. */
struct str scram_server_first(struct arena *arena,
                              const struct scram_client_first *first,
                              struct str server_nonce,
                              const struct scram_verifier *verifier);
/* Judges client-final. cb_data: bytes of the channel binding (empty without).
 * On success *server_final is v=…, in the arena. */
enum scram_outcome { SCRAM_ACCEPTED, SCRAM_WRONG, SCRAM_MALFORMED };
/* SCRAM_WRONG: the proof is not that of the password, or the nonce or the
 * binding is another; SCRAM_MALFORMED: no client-final at all. */
MUST_CHECK enum scram_outcome
scram_finish(struct arena *arena, const struct scram_client_first *first,
             struct str server_first, const struct scram_verifier *verifier,
             struct str cb_data, struct str client_final,
             struct str *server_final);

#endif

/* TLS of server sockets on OpenSSL: certificates by name, handshake, and
 * channel binding (RFC 7590, RFC 9266, RFC 5929, XEP-0368). Buffers are given
 * back when they are empty, so an idle connection costs OpenSSL's own state
 * alone. */
#ifndef POSTHOUSE_TLS_H
#define POSTHOUSE_TLS_H

#include "../mem/mem.h"

struct tls_server;  /* certificates and settings; reference-counted */
struct tls;         /* one connection */

struct tls_certificate {
    const char *domain;     /* NULL: for every domain without its own */
    const char *chain_path; /* PEM */
    const char *key_path;
};
struct tls_server_options {
    const struct tls_certificate *certificates;
    size_t count;
    const char *ciphers;       /* TLS 1.2 list; NULL: our default */
    const char *client_ca;     /* PEM for SASL EXTERNAL; NULL: not asked for */
    const char *const *alpn;   /* accepted protocols, NULL-terminated */
    bool require_alpn;         /* refuse a client that offers only others */
    /* Ask each peer for a certificate, and judge it as a server's by client_ca,
     * or by the authorities of the system when that is NULL; see tls_peer_is.
     * Such certificates also serve for tls_connect. */
    bool judges_peers;
};
/* TLS 1.2 and later, X25519 first, no tickets, no renegotiation, no compression.
 * NULL on failure with the file and the cause. */
struct tls_server *tls_server_new(const struct tls_server_options *options,
                                  struct error *error);
/* Gives one reference back; connections hold their own. NULL is allowed. */
void tls_server_unref(struct tls_server *server);

/* Wraps a connected non-blocking socket; `fd` stays the caller's. */
struct tls *tls_accept(struct tls_server *server, int fd);
/* Frees without a word to the peer (tls_shutdown says it). NULL is allowed. */
void tls_free(struct tls *tls);

/* The same as the connecting side: shows the certificate of `own` when asked,
 * wants that of `name` (SNI), and offers the protocol `alpn` (NULL: none). The
 * handshake succeeds with any certificate; tls_peer_is judges it. */
struct tls *tls_connect(struct tls_server *server, int fd, struct str own,
                        struct str name, const char *alpn);

enum tls_result { TLS_OK, TLS_WANT_READ, TLS_WANT_WRITE, TLS_CLOSED,
                  TLS_FAILED };
/* Goes on with the handshake. TLS_OK: done. */
MUST_CHECK enum tls_result tls_handshake(struct tls *tls);
/* Appends all decrypted bytes there are (up to `max`) to `into`. TLS_OK when
 * something was read; more may wait only when exactly `max` came. */
MUST_CHECK enum tls_result tls_read(struct tls *tls, struct buf *into,
                                    size_t max);
/* Writes from the front of `from` and consumes what was taken. TLS_OK when all
 * of it went out. */
MUST_CHECK enum tls_result tls_write(struct tls *tls, struct buf *from);
/* Whether the connection is over: what such a result of reading or writing says. */
static inline bool tls_is_over(enum tls_result result)
{
    return result == TLS_CLOSED || result == TLS_FAILED;
}
/* wire.c: tls_read and tls_write on a connection that may not have TLS yet (tls
 * NULL: the non-blocking socket itself). Without TLS one read takes what one
 * recv(2) gives. */
MUST_CHECK enum tls_result wire_read(int fd, struct tls *tls, struct buf *into,
                                     size_t max);
/* Sends what it can and takes that off `from`. */
MUST_CHECK enum tls_result wire_write(int fd, struct tls *tls,
                                      struct buf *from);
/* Sends close_notify, best effort. */
void tls_shutdown(struct tls *tls);
/* Why the last call failed, for the log. */
const char *tls_failure(const struct tls *tls);

/* Channel binding bytes by type name: "tls-exporter" (TLS 1.3),
 * "tls-server-end-point", "tls-unique" (TLS 1.2). Absent when the type does not
 * exist here. In the arena. */
struct str tls_channel_binding(struct tls *tls, struct arena *arena,
                               struct str type);
/* Whether tls_channel_binding has bytes of that type, without computing any. */
bool tls_has_channel_binding(const struct tls *tls, struct str type);
/* Verified client certificate's addresses (SAN otherName id-on-xmppAddr,
 * XEP-0178), space separated; absent without a verified certificate. */
struct str tls_client_addresses(struct tls *tls, struct arena *arena);

/* A domain as DNS and certificates have it (IDNA A-labels); free() it. NULL: it
 * has no such form. */
char *tls_ascii_name(struct str domain);
/* Whether the peer has shown a valid certificate for this domain: DNS names and
 * wild cards by RFC 6125, SRVName "_xmpp-server.DOMAIN" (RFC 4985), xmppAddr
 * (RFC 6120 §13.7.1.4); never the subject's common name. Otherwise `why` gets the
 * reason. */
bool tls_peer_is(struct tls *tls, struct str domain, struct error *why);

#endif

/* Inside of common/tls alone. */
#ifndef POSTHOUSE_TLS_INTERNAL_H
#define POSTHOUSE_TLS_INTERNAL_H

#include <openssl/ssl.h>

#include "tls.h"

/* The context of one certificate. */
struct tls_context {
    char *domain; /* NULL: for every name without its own */
    SSL_CTX *ssl;
};

struct tls_server {
    unsigned references;
    struct tls_context *contexts;
    size_t count;
    unsigned char alpn[64]; /* wire form: length, name, length, name … */
    size_t alpn_length;
    bool require_alpn;
};

struct tls {
    SSL *ssl;
    struct tls_server *server;
    int fd;
    const char *failure; /* NULL: none so far */
};

/* bio.c: a BIO on a non-blocking socket that never raises SIGPIPE. */
BIO *tls_bio_new(int fd);

#endif

#include "internal.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

/* OpenSSL's socket BIO, but a write to a peer that has gone must not raise
 * SIGPIPE, and neither call may block. */
static int bio_write(BIO *bio, const char *bytes, size_t count, size_t *written)
{
    int fd = (int)(intptr_t)BIO_get_data(bio);
    ssize_t sent = send(fd, bytes, count, MSG_NOSIGNAL | MSG_DONTWAIT);

    BIO_clear_retry_flags(bio);
    if (sent >= 0) {
        *written = (size_t)sent;
        return 1;
    }
    if (errno == EAGAIN || errno == EINTR)
        BIO_set_retry_write(bio);
    return 0;
}

static int bio_read(BIO *bio, char *into, size_t count, size_t *got)
{
    int fd = (int)(intptr_t)BIO_get_data(bio);
    ssize_t received = recv(fd, into, count, MSG_DONTWAIT);

    BIO_clear_retry_flags(bio);
    if (received > 0) {
        *got = (size_t)received;
        return 1;
    }
    if (received < 0 && (errno == EAGAIN || errno == EINTR))
        BIO_set_retry_read(bio);
    return 0;
}

static long bio_control(BIO *bio, int command, long number, void *pointer)
{
    (void)bio;
    (void)number;
    (void)pointer;
    return command == BIO_CTRL_FLUSH; /* nothing is held back */
}

BIO *tls_bio_new(int fd)
{
    /* Made once and kept for the life of the process: a table of functions. */
    static BIO_METHOD *method;
    BIO *bio;

    if (!method) {
        method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK,
                              "posthouse socket");
        if (!method || !BIO_meth_set_write_ex(method, bio_write) ||
            !BIO_meth_set_read_ex(method, bio_read) ||
            !BIO_meth_set_ctrl(method, bio_control))
            abort();
    }
    bio = BIO_new(method);
    if (!bio)
        abort(); /* without memory */
    BIO_set_data(bio, (void *)(intptr_t)fd);
    BIO_set_init(bio, 1);
    return bio;
}

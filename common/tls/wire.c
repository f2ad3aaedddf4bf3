#include <errno.h>
#include <sys/socket.h>

#include "tls.h"

enum tls_result wire_read(int fd, struct tls *tls, struct buf *into, size_t max)
{
    ssize_t count;

    if (tls)
        return tls_read(tls, into, max);
    count = recv(fd, buf_reserve(into, max), max, 0);
    if (count > 0) {
        buf_added(into, (size_t)count);
        return TLS_OK;
    }
    if (count == 0)
        return TLS_CLOSED;
    return errno == EAGAIN || errno == EINTR ? TLS_WANT_READ : TLS_FAILED;
}

enum tls_result wire_write(int fd, struct tls *tls, struct buf *from)
{
    if (tls)
        return tls_write(tls, from);
    while (buf_len(from) > 0) {
        struct str bytes = buf_view(from);
        ssize_t count = send(fd, bytes.p, bytes.len, MSG_NOSIGNAL);

        if (count < 0)
            return errno == EAGAIN || errno == EINTR ? TLS_WANT_WRITE
                                                     : TLS_FAILED;
        buf_consume(from, (size_t)count);
    }
    return TLS_OK;
}

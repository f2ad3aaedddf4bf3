/* The server's side of SOCKS5 (RFC 1928) as XEP-0065 §4 profiles it, without
 * I/O: of the proxy, and of a client that is a streamhost itself. It asks for
 * exactly the bytes that belong to the handshake, so that what follows stays
 * with the kernel until the stream is activated. */
#ifndef POSTHOUSE_SOCKS_H
#define POSTHOUSE_SOCKS_H

#include "../mem/mem.h"

#define SOCKS_KEY 40u /* SHA-1 in hexadecimal */

enum socks_command { SOCKS_CONNECT = 1, SOCKS_UDP_ASSOCIATE = 3 };

/* Replies of RFC 1928 §6. */
enum socks_reply {
    SOCKS_SUCCEEDED = 0,
    SOCKS_FAILURE = 1,
    SOCKS_NOT_ALLOWED = 2,
    SOCKS_COMMAND_UNKNOWN = 7,
    SOCKS_ADDRESS_UNKNOWN = 8
};

enum socks_state {
    SOCKS_GREETING, /* version and methods */
    SOCKS_REQUEST,
    SOCKS_ASKED,  /* command and key are known; owes a reply */
    SOCKS_REFUSED /* write the answer, then close */
};

/* Zeroed struct = a new connection. */
struct socks {
    enum socks_state state;
    unsigned char in[262];
    size_t length;
    enum socks_command command;
    char key[SOCKS_KEY + 1];   /* DST.ADDR, in lower case */
    char given[SOCKS_KEY + 1]; /* as it came */
};

/* How many bytes to read next; 0 when no more are wanted. */
size_t socks_wants(const struct socks *socks);
/* Takes at most socks_wants() bytes and appends what is to be answered. A
 * request for anything but a key is refused: this is no relay to hosts. */
void socks_take(struct socks *socks, struct str bytes, bool allow_udp,
                struct buf *answer);
/* Appends the reply to a request, with the address as it was given (XEP-0065
 * §5.3.2: BND.ADDR and BND.PORT repeat it). */
void socks_reply(const struct socks *socks, enum socks_reply reply,
                 struct buf *answer);
/* The key of a bytestream: SHA-1 of SID, initiator and target in hexadecimal
 * (XEP-0065 §5.3.2). */
void socks_make_key(char key[SOCKS_KEY + 1], struct str sid,
                    struct str initiator, struct str target);
/* Reads 40 hexadecimal digits into lower case; false when they are not. */
MUST_CHECK bool socks_read_key(char key[SOCKS_KEY + 1], struct str text);

#endif

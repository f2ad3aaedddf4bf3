/* The name of a bytestream on the SOCKS5 side, and who of several processes
 * holds it. */
#ifndef POSTHOUSE_KEY_H
#define POSTHOUSE_KEY_H

#include "socks.h"

/* SHA-1 of SID, initiator and target in hexadecimal (XEP-0065 §5.3.2). */
void key_make(char key[SOCKS_KEY + 1], struct str sid, struct str initiator,
              struct str target);
/* Number of the process among `of` that keeps the stream of this key. */
unsigned key_owner(const char key[SOCKS_KEY + 1], unsigned of);

#endif

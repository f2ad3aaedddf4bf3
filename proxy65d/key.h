/* Who of several processes holds a bytestream. */
#ifndef POSTHOUSE_KEY_H
#define POSTHOUSE_KEY_H

#include "common/socks/socks.h"

/* Number of the process among `of` that keeps the stream of this key. */
unsigned key_owner(const char key[SOCKS_KEY + 1], unsigned of);

#endif

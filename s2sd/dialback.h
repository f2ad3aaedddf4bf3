/* Keys of server dialback (XEP-0220), made as XEP-0185 recommends. */
#ifndef POSTHOUSE_S2SD_DIALBACK_H
#define POSTHOUSE_S2SD_DIALBACK_H

#include "common/mem/mem.h"

/* HMAC-SHA256(SHA256(secret), "receiving originating id") in hexadecimal, in
 * the arena: nothing is kept to judge a key later, by whichever process. The
 * secret's hash goes in by its hexadecimal form, as XEP-0185's example has it.
 */
struct str dialback_key(struct arena *arena, struct str secret,
                        struct str receiving, struct str originating,
                        struct str stream_id);

#endif

/* The key by which heads of the audit journal and exports are signed: Ed25519,
 * made when it is first needed, readable for its owner alone. */
#ifndef POSTHOUSE_CTL_SEAL_H
#define POSTHOUSE_CTL_SEAL_H

#include "ctl.h"

/* Where the suite keeps what belongs to the journal: DIR/audit, or
 * /var/lib/posthouse/audit. In the arena. */
const char *seal_folder(struct ctl *ctl);
/* A file of it. In the arena. */
const char *seal_path(struct ctl *ctl, const char *name);

struct seal;
/* The key; made with its folder when there is none. NULL after a message. */
struct seal *seal_open(struct ctl *ctl);
/* The public key alone, to check signatures. NULL when there is none. */
struct seal *seal_open_public(struct ctl *ctl);
/* NULL is allowed. */
void seal_free(struct seal *seal);
/* The signature of bytes in Base64, in the arena. Absent on failure. */
struct str seal_sign(struct ctl *ctl, struct seal *seal, struct str bytes);
/* Whether it is one. */
MUST_CHECK bool seal_is_right(struct ctl *ctl, struct seal *seal,
                              struct str bytes, struct str signature);

#endif

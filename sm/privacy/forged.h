/* What others may not say in our name. */
#ifndef POSTHOUSE_SM_FORGED_H
#define POSTHOUSE_SM_FORGED_H

#include "sm/session/session.h"

/* Takes out of a client's message what only servers say: answers of an archive
 * (XEP-0313), delays and stanza ids by his own account or server. */
void forged_strip_from_client(struct account *sender, struct xml *message);
/* Takes out of a message for this user what only his account says to him:
 * copies (XEP-0280), and stanza ids by his account (XEP-0359 §5). */
void forged_strip_for(struct account *recipient, struct xml *message);

#endif

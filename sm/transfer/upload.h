/* Requests to the upload service (XEP-0363), as they leave for webd. */
#ifndef POSTHOUSE_SM_UPLOAD_H
#define POSTHOUSE_SM_UPLOAD_H

#include "sm/duty.h"
#include "sm/session/session.h"
#include "sm/transfer/transfer.h"

/* Whether a stanza asks the upload service for a slot; then what for. Slices
 * are borrowed from the stanza. */
bool upload_is_asked(const struct sm *sm, const struct xml *stanza,
                     const struct jid *to, struct transfer_file *file);
/* Whether the file is not larger than its user may upload; else he has been
 * answered. Stanzas that ask for no slot pass. */
MUST_CHECK bool upload_may_pass(struct account *account, struct duty *duty,
                                const struct xml *stanza, const struct jid *to);

/* Tells the upload service, in a question of its user about what it is, how
 * large his files may be (XEP-0363 §3); any other stanza stays as it is. */
void upload_tell_limit(struct account *account, struct xml *stanza,
                       const struct jid *to);
/* For somebody whose file waits for its recipient: that one which he uploads
 * does not. With a space before it; "" for whom the service is not. */
struct str upload_advice(struct sm *sm, const struct jid *from,
                         enum language language);

#endif

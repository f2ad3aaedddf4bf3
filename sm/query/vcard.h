/* Writing a user's vCard (XEP-0054). */
#ifndef POSTHOUSE_SM_VCARD_H
#define POSTHOUSE_SM_VCARD_H

#include "sm/store/store.h"

/* Whether a card is within sm.vcard-max-size. */
MUST_CHECK bool vcard_is_small(const struct sm *sm, const struct xml *card);
/* Stores it; photo: hexadecimal SHA-1 of its photo, absent without one. */
void vcard_store(struct sm *sm, struct store_user user, const struct xml *card,
                 struct str photo, store_done *done, void *ctx);

#endif

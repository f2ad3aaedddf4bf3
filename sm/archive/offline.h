/* What the files about offline messages share. */
#ifndef POSTHOUSE_SM_OFFLINE_H
#define POSTHOUSE_SM_OFFLINE_H

#include "sm/session/session.h"
#include "sm/store/store.h"

/* The row of a message that waits for this account and is in no archive. The
 * stanza is borrowed. */
struct store_message offline_row(struct account *account, struct duty *duty,
                                 struct str stanza);
/* Reads how much waits for him, unless that is known or on its way. */
void offline_count_rows(struct account *account);

#endif

/* What the files of offers share. */
#ifndef POSTHOUSE_SM_OFFERS_INTERNAL_H
#define POSTHOUSE_SM_OFFERS_INTERNAL_H

#include "sm/transfer/offers.h"

struct offer {
    struct offer *next;
    struct str origin; /* of the stanza: its key in the database; heap */
    struct str iq;   /* canonical; heap */
    struct str from; /* full JID; heap */
    struct str to;   /* bare JID; heap */
    struct str what; /* name of the file, for people; heap */
    int64_t created_ms;
    int64_t asked_ms;
    bool is_over; /* the sender is gone */
};

/* It has come to its end: forgets it here and in the database. */
void offer_drop(struct sm *sm, struct offer *offer);

/* A message of the domain to sender or recipient. */
void offer_tell(struct sm *sm, struct duty *duty, struct str domain,
                struct str to, const char *type, struct str text);

#endif

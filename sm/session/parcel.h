/* Stanzas for many sessions, handed to their c2sds in few frames: content once,
 * with the list of receivers (common/link/parcel.h). */
#ifndef POSTHOUSE_SM_PARCEL_H
#define POSTHOUSE_SM_PARCEL_H

#include "sm/session/session.h"

struct parcel;

/* What goes to everybody: the same stanzas, of one duty. Between the first
 * parcels_add and parcels_send nothing else may be sent to those sessions: a
 * stanza's ordinal is given by the one and it leaves by the other. */
struct parcels {
    struct sm *sm;
    struct duty *duty;
    struct shared **stanzas; /* borrowed */
    size_t count;
    struct parcel *first; /* one for each channel */
};

/* Bytes for many: canonical, without `to`. Held once, by the caller. */
struct shared *shared_new(struct str bytes, bool is_solid);
/* The caller's hold ends; sessions may still hold it. */
void shared_drop(struct shared *shared);

/* Gives all stanzas to the session. */
void parcels_add(struct parcels *parcels, struct session *session);
/* Hands over what was added; the parcels are empty again. */
void parcels_send(struct parcels *parcels);
/* A c2sd has discharged the frame. */
void parcel_discharged(struct parcel *parcel);

#endif

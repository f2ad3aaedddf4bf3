/* A frame of stanzas for several clients (common/link/parcel.h). Its bytes are
 * kept once for all of them, and it is discharged when the last client without
 * XEP-0198 has what it brought; for others sm keeps them until acknowledged. */
#ifndef POSTHOUSE_C2SD_PARCEL_H
#define POSTHOUSE_C2SD_PARCEL_H

#include "c2sd.h"
#include "common/link/parcel.h"

struct parcel;

/* Hands its stanzas to each of its clients. */
void parcel_receive(struct c2sd *c2sd, struct channel *channel,
                    const struct frame *frame);

/* One more holder of one of its stanzas; `waits`: the frame is not discharged
 * before that is dropped. Returns where the stanza lies. */
uint32_t parcel_hold(struct parcel *parcel, struct str stanza, bool waits);
/* A holder less; `waited` as it was given to parcel_hold. The last one frees
 * the parcel. */
void parcel_drop(struct parcel *parcel, bool waited);
/* A holder stays, but the frame is not waited for on his behalf. */
void parcel_stop_waiting(struct parcel *parcel);
/* The frame's number; 0 when sm has forgotten it. */
uint64_t parcel_seq(const struct parcel *parcel);
/* sm has restarted: the frame is not discharged any more. */
void parcel_forget_seq(struct parcel *parcel);
/* The stanza that parcel_hold has placed; a slice of the parcel. */
struct str parcel_part(const struct parcel *parcel, uint32_t at, uint32_t len);

#endif

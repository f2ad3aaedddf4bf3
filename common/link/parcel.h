/* Stanzas for several clients of one c2sd in one frame of sm (control.h):
 *
 *   <parcel to='SID:N SID:N' lens='LEN LEN'>stanza stanza</parcel>
 *
 * Each client gets every stanza, counted on from its N. The stanzas have no
 * `to`: c2sd puts each client's own behind the element's name. As of the
 * envelope, its bytes are in one fixed form and are scanned by hand. */
#ifndef POSTHOUSE_PARCEL_H
#define POSTHOUSE_PARCEL_H

#include "link.h"

/* Slices of a frame's body. */
struct parcel_text {
    struct str to, lens, stanzas;
};

/* Adds one receiver to a list, or one stanza's length. */
void parcel_add_receiver(struct buf *to, uint64_t sid, uint64_t n);
/* Adds one stanza's length, in bytes, to a list. */
void parcel_add_len(struct buf *lens, size_t len);
/* Appends the body of a frame made of the three parts. */
void parcel_write(struct buf *out, const struct parcel_text *text);

/* Whether a frame's body begins as a parcel. */
bool parcel_is(struct str body);
/* False when it is none, or the lengths are not those of the stanzas. */
MUST_CHECK bool parcel_read(struct str body, struct parcel_text *text);
/* Takes the first receiver, or stanza, off; false when none is left or it
 * cannot be read. */
MUST_CHECK bool parcel_next_receiver(struct str *to, uint64_t *sid,
                                     uint64_t *n);
/* False too when a length is more than what is left. */
MUST_CHECK bool parcel_next_stanza(struct parcel_text *text,
                                   struct str *stanza);
/* How many bytes of a stanza stand before its `to`: the element's name. */
size_t parcel_head(struct str stanza);

#endif

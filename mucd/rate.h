/* How often one user may do what others are told of, or what costs more than
 * it looks. */
#ifndef POSTHOUSE_MUCD_RATE_H
#define POSTHOUSE_MUCD_RATE_H

#include "mucd.h"

/* Counts one more of a user's (bare JID); true, and nothing is counted, when it
 * is too many: above the option of its kind. Users who share a bucket share the
 * limit; who that is nobody can know from outside. */
MUST_CHECK bool rate_exceeded(struct mucd *mucd, enum rate_kind kind,
                              struct str bare);

#endif

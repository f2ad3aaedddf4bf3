/* The heads of the audit journal's chains, signed and written down outside of
 * the database: who cuts off the end of a chain, or writes it anew, is found
 * out. */
#ifndef POSTHOUSE_CTL_HEADS_H
#define POSTHOUSE_CTL_HEADS_H

#include "ctl.h"

/* Appends each chain's head to the file `heads` of the seal's folder, and with
 * sm.audit-syslog to syslog. False after a message. */
MUST_CHECK bool heads_write(struct ctl *ctl);
/* Compares what was written with the journal, month NULL: all; prints each
 * difference and counts it. */
void heads_check(struct ctl *ctl, const char *month, unsigned long *heads,
                 unsigned long *faults);

#endif

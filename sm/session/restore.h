/* After a restart of this sm: each c2sd tells the sessions of its streams
 * (control.h), and nothing is served before all who live have done so.
 * Otherwise a message for a session that is not restored yet would be taken for
 * one to store, and one sent again would get a second number. */
#ifndef POSTHOUSE_SM_RESTORE_H
#define POSTHOUSE_SM_RESTORE_H

#include "sm/session/session.h"

/* A c2sd came up: it is asked for its sessions once it can answer, and behind what
 * was on its way to it when its link broke. Otherwise it would tell of its sessions
 * as they were before that: without a presence that we have already answered, and
 * with fewer stanzas than its clients get. */
void restore_on_up(struct sm *sm, struct str address);
/* That has been sent again. */
void restore_on_synced(struct sm *sm, const struct channel *channel);
/* It is gone: no answer is waited for. */
void restore_on_down(struct sm *sm, struct str address);
/* All of our addresses are bound: answers can come in. */
void restore_begin(struct sm *sm);
/* A datagram of a c2sd. */
void restore_datagram(struct sm *sm, const struct frame *frame);
/* Once per second: asks again, and waits no longer for who is silent. */
void restore_tick(struct sm *sm);
/* Whether a frame of this channel must not be looked at yet: this sm does not
 * serve, or the c2sd has not told what this frame may be about. */
MUST_CHECK bool restore_must_wait(const struct sm *sm, struct channel *channel);
/* Keeps such a frame for later. */
void restore_hold(struct sm *sm, struct channel *channel,
                  const struct frame *frame);
/* Frees what is held; for the end. */
void restore_clear(struct sm *sm);

#endif

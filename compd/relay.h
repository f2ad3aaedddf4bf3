/* Stanzas of an open component: where they go, and what becomes of those that
 * cannot reach it any more. */
#ifndef POSTHOUSE_RELAY_H
#define POSTHOUSE_RELAY_H

#include "component.h"

/* Judges and routes one element of a component (its arena holds it). */
void relay_from_component(struct component *component, struct xml *stanza);
/* Bounces the frames that still wait for an open component, and gives its
 * address up. No effect on one that is not open. */
void relay_close(struct component *component);

#endif

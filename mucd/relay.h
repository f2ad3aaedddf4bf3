/* Queries that occupants send to each other through a room (XEP-0045 §15.4). */
#ifndef POSTHOUSE_MUCD_RELAY_H
#define POSTHOUSE_MUCD_RELAY_H

#include "iq.h"

/* Passes a query, or an answer to one, on to the occupant in its `to`; one to
 * who is not there is refused. A ping to oneself is answered (XEP-0410). */
void relay(struct iq_request *request);

#endif

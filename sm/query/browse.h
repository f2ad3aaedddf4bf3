/* Browsing the company: the tree of departments, and the people in them, as
 * nodes of service discovery (XEP-0030 §3.2), in pages (XEP-0059). A user of
 * the domain who may search finds those whom he may know, and no others. */
#ifndef POSTHOUSE_SM_BROWSE_H
#define POSTHOUSE_SM_BROWSE_H

#include "sm/query/iq.h"

#define BROWSE_NODE "directory"

/* Whether the asker may browse the departments of the domain: the server shows
 * him the first node among its items. */
bool browse_may(const struct iq_request *request);
/* Discovery of a node: true when the query was about one, and is answered. */
MUST_CHECK bool browse_discovered(struct iq_request *request);

#endif

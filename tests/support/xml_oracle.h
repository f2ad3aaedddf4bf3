/* What expat, a parser of others, reads in an element: the judge of ours. */
#ifndef POSTHOUSE_XML_ORACLE_H
#define POSTHOUSE_XML_ORACLE_H

#include "common/xml/xml.h"

/* Writes what expat reads in these bytes, as one element inside of a stream of
 * jabber:client, in a form of its own. False when it reads no single element.
 */
bool oracle_read(struct buf *out, struct str bytes);
/* A tree of ours in the same form. */
void oracle_write(struct buf *out, const struct xml *element);

#endif

/* In which language a person reads what HTTP answers (RFC 9110 §12.5.4). */
#ifndef POSTHOUSE_WEBD_LANGUAGE_H
#define POSTHOUSE_WEBD_LANGUAGE_H

#include "common/text/text.h"

/* Of those that a header Accept-Language lists the one that is wanted most and
 * that there are texts in; the default one when there is none, or no header. */
enum language language_choose(struct str accepted);

#endif

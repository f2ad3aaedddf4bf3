/* E-mail addresses, as far as a server has to know them. */
#ifndef POSTHOUSE_MAIL_H
#define POSTHOUSE_MAIL_H

#include "../mem/mem.h"

#define MAIL_MAX_ADDRESS 254u /* RFC 5321 §4.5.3.1.3, without the brackets */

/* Whether it can be one: something, an @, something, without what would mean
 * more to a header or a command line: spaces, controls, commas, brackets,
 * quotes, a hyphen in front. */
MUST_CHECK bool mail_is_address(struct str text);

#endif

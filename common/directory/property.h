/* Which properties have a meaning, and which values they take. */
#ifndef POSTHOUSE_DIRECTORY_PROPERTY_H
#define POSTHOUSE_DIRECTORY_PROPERTY_H

#include "../text/text.h"

/* Whether a property that has a meaning has a value that has one; any other may
 * have any. False after setting `error` in that language. */
MUST_CHECK bool property_check(struct str name, struct str value,
                               enum language language, struct error *error);
/* Whether the name is one that has a meaning: a permission, a limit or a rule.
 * Others are kept for programs and for searches (directory.search-properties).
 */
MUST_CHECK bool property_is_known(struct str name);

#endif

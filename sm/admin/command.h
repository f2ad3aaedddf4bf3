/* Administration in any client: ad-hoc commands (XEP-0050) of XEP-0133, for
 * administrators, and for those of departments within their part of the tree.
 */
#ifndef POSTHOUSE_SM_COMMAND_H
#define POSTHOUSE_SM_COMMAND_H

#include "sm/query/iq.h"

/* Discovery of the commands that the asker may use: true when the query was
 * about them, and is answered. */
MUST_CHECK bool commands_discovered(struct iq_request *request);

#endif

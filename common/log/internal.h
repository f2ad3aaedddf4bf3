/* Inside of common/log alone. */
#ifndef POSTHOUSE_LOG_INTERNAL_H
#define POSTHOUSE_LOG_INTERNAL_H

#include "log.h"

/* Whether one more warning of this kind may be written now. `event` is kept: it
 * must be a literal, as all events are. */
MUST_CHECK bool limit_warning(const char *event);

#endif

/* What was said, for who enters (XEP-0045 §7.2.13), and the subject. */
#ifndef POSTHOUSE_MUCD_HISTORY_H
#define POSTHOUSE_MUCD_HISTORY_H

#include "room.h"
#include "send.h"

/* The last messages as far as <history/> (NULL: the room's default) asks for
 * them, then the subject. */
void history_send(const struct room *room, struct batch *batch,
                  const struct xml *wanted);

#endif

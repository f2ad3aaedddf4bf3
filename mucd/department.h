/* Rooms of departments. A department whose property `room` is yes (inherited
 * from those above it) has one, named as it is: for its members alone, who are
 * members of the room as long as they are in the department, its administrators
 * as administrators. The directory alone decides who belongs there; nobody else
 * changes affiliations, and the room stays for members and persistent.
 *
 * Without its department, or the property, the room has no members any more and
 * nobody gets in; what was said there stays until an administrator of the
 * service destroys the room, and is the department's again when it comes back.
 */
#ifndef POSTHOUSE_MUCD_DEPARTMENT_H
#define POSTHOUSE_MUCD_DEPARTMENT_H

#include "common/directory/directory.h"
#include "room.h"

/* Brings the rooms of this process into agreement with the directory: makes
 * what is missing, and tells those in a room of whose affiliation has changed.
 * Applied again to the same directory it changes nothing. The addresses of the
 * process must be bound. Resets the arena of the event at hand. */
void departments_apply(struct mucd *mucd, const struct directory *directory);

/* Keeps the addresses that rooms of departments have, or would have, from
 * people: whoever made a room there would be taken for the department. Part of
 * departments_apply; nothing needs to be bound for it. */
void departments_reserve(struct mucd *mucd, const struct directory *directory);
/* Whether only a department, or an administrator of the service, may have a
 * room at this bare JID. */
bool department_reserves(const struct mucd *mucd, struct str bare);
/* Frees what departments_reserve keeps. */
void departments_forget(struct mucd *mucd);

/* Sets what a room of a department always is, whatever a form says. */
void department_keep_settings(struct room *room);

#endif

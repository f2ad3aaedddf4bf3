/* Hats (XEP-0317): titles that a room's administrators make, give to people and
 * take from them, shown in the presence of who wears them. They give no rights.
 * Kept with the room in the database. */
#ifndef POSTHOUSE_MUCD_HATS_H
#define POSTHOUSE_MUCD_HATS_H

#include "common/mem/hash.h"

#include "iq.h"
#include "room.h"

/* Node and name of each ad-hoc command, for service discovery. */
struct hat_command_name {
    struct str node, name;
};

/* Somebody who wears a hat, in the room or not. */
struct wearer {
    struct str jid; /* bare; heap */
    UT_hash_handle hh;
};

struct hat {
    struct hat *next;
    struct str uri, title, hue; /* heap; hue may be absent */
    struct wearer *wearers;     /* by bare JID */
};

enum hat_result { HAT_OK, HAT_UNKNOWN, HAT_TOO_MANY, HAT_BAD };

/* The room's hat with this URI; NULL: there is none. */
struct hat *hat_find(const struct room *room, struct str uri);
/* Makes a hat, or gives it another title and hue. HAT_BAD: a URI or title that
 * is missing or too long, or a hue that is no angle; HAT_TOO_MANY at
 * mucd.max-hats. What is kept is copied. Memory alone, as all of these. */
MUST_CHECK enum hat_result hat_put(struct room *room, struct str uri,
                                   struct str title, struct str hue);
/* HAT_UNKNOWN: there is none of this URI. */
MUST_CHECK enum hat_result hat_remove(struct room *room, struct str uri);
/* Gives it to a bare JID. HAT_TOO_MANY at mucd.max-hat-wearers, HAT_UNKNOWN as
 * above; who wears it already keeps it. */
MUST_CHECK enum hat_result hat_assign(struct room *room, struct str uri,
                                      struct str bare);
/* HAT_UNKNOWN: there is none, or he does not wear it. */
MUST_CHECK enum hat_result hat_unassign(struct room *room, struct str uri,
                                        struct str bare);
/* Whether a bare JID wears it, in the room or not. */
bool hat_is_worn(const struct hat *hat, struct str bare);
/* Frees all hats of a room. */
void hats_clear(struct room *room);

/* Adds <hats/> to the presence of who wears some. */
void hats_show(const struct room *room, struct str bare, struct xml *presence);
/* The hats and who wears them as one element, for the database; empty when
 * there are none. In the event's arena. */
struct str hats_write(const struct room *room);
/* Reads what hats_write wrote; what makes no sense is left out. */
void hats_read(struct room *room, struct str bytes);
/* A hash over the list of hats (XEP-0317 §2), in the event's arena; STR_NONE:
 * there are none. */
struct str hats_hash(const struct room *room);

/* The ad-hoc commands, in the order in which they are listed; *count is set. */
const struct hat_command_name *hat_commands(size_t *count);
/* Who may use them: owners and administrators of the room. */
bool hat_commands_are_for(const struct iq_request *request);

#endif

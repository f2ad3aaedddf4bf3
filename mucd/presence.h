/* Who is in a room, and how the others learn of it (XEP-0045 §7). */
#ifndef POSTHOUSE_MUCD_PRESENCE_H
#define POSTHOUSE_MUCD_PRESENCE_H

#include "room.h"

/* What goes with a change of presence, besides the occupant's own state. */
struct change {
    unsigned codes[3];     /* status codes for all; 0: none */
    unsigned own_codes[5]; /* for himself, besides 110 */
    struct str reason;
    struct str actor;          /* nickname of who caused it */
    struct str nick;           /* the new one, with code 303 */
    struct str status;         /* his last words */
    const struct xml *destroy; /* <destroy/> of muc#user */
};

/* A presence that is addressed to a room or an occupant. `from` is full. */
void presence_receive(struct mucd *mucd, struct duty *duty, struct xml *stanza,
                      const struct jid *from, const struct jid *to);
/* Whether he sees the real addresses of the others. */
bool occupant_sees_jids(const struct occupant *reader);
/* Whether the room tells of somebody in his role at all (presencebroadcast). */
bool occupant_is_shown(const struct occupant *occupant);
/* Keeps what the client says of itself; false above mucd.max-presence-size. */
MUST_CHECK bool occupant_keep_presence(struct occupant *occupant,
                                       struct xml *stanza);
/* Makes what others see of an occupant anew, after any change of it. */
void occupant_refresh(struct occupant *occupant);
/* Shows an occupant to all, as he is now. change may be NULL. */
void occupant_show(struct occupant *occupant, const struct change *change);
/* What he gets to see of himself, in the arena; and the others of him. */
struct str presence_own(const struct occupant *occupant,
                        const struct change *change);
/* To everybody else, as the room's presencebroadcast and anonymity have it. */
void presence_tell_others(struct occupant *occupant);
/* Tells everybody, himself too, that he is not there any more, or not by this
 * nickname. */
void presence_tell_gone(struct occupant *occupant, const struct change *change);
/* Takes an occupant out with all his seats, telling everybody. */
void occupant_remove(struct occupant *occupant, struct duty *duty,
                     const struct change *change);
/* Takes one seat out: the occupant too when it was his last. */
void seat_leave(struct seat *seat, struct duty *duty,
                const struct change *change);
/* Everybody out, then the room itself (§10.9). */
void room_destroy(struct room *room, struct duty *duty,
                  const struct xml *destroy);
/* Gives an occupant another role, in the database too, and shows him. */
void occupant_set_role(struct occupant *occupant, struct duty *duty,
                       enum role role, const struct change *change);

#endif

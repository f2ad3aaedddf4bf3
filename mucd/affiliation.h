/* Changes of affiliation and what they mean to who is in the room (XEP-0045
 * §5.2.2). */
#ifndef POSTHOUSE_MUCD_AFFILIATION_H
#define POSTHOUSE_MUCD_AFFILIATION_H

#include "room.h"

/* Gives a user another affiliation, with the role that follows, telling all;
 * who may not be in any more is removed. actor: nickname of who did it; absent:
 * the room itself. */
void affiliation_apply(struct room *room, struct duty *duty, struct str bare,
                       enum affiliation affiliation, struct str reason,
                       struct str actor);
/* The form's full lists of administrators and owners (§10.2): writes them as
 * fields with labels in the language of the query `asked`, and judges or applies
 * those of a submitted form, which may lack them,
 * and of which the error tells what is wrong. */
void affiliation_write_lists(const struct room *room, const struct xml *asked,
                             struct xml *form);
/* False with the error: an address is none, or no owner would be left. Prepares
 * the addresses of the form in their place. */
MUST_CHECK bool affiliation_judge_lists(const struct room *room,
                                        const struct xml *form,
                                        enum stanza_error *error);
/* Of a form that was judged; who is on no list any more becomes a member. */
void affiliation_apply_lists(struct room *room, struct duty *duty,
                             const struct xml *form);

#endif

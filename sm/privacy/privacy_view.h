/* What privacy lists let a user's sessions show and see, before and after a
 * change of lists (XEP-0016 §2.10, §2.11, XEP-0191 §3.3, §3.4). */
#ifndef POSTHOUSE_SM_PRIVACY_VIEW_H
#define POSTHOUSE_SM_PRIVACY_VIEW_H

#include "sm/session/session.h"

struct privacy_view;

/* What is allowed now between each available session and each contact with a
 * subscription. Lives in the arena; the roster and the sessions must stay as
 * they are until it is compared. */
struct privacy_view *privacy_view_new(const struct account *account,
                                      struct arena *arena);
/* Tells of the differences: contacts from whom the user's presence is withheld
 * now see him leave, others see him return; the user sees those leave whom he
 * does not want to see any more, and those whom he wants again are probed. */
void privacy_view_show_changes(const struct privacy_view *before,
                               struct duty *duty);

#endif

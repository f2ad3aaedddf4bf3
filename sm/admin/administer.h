/* Who administers whom. An administrator of the suite: everybody. One of a
 * department: the people of it and of all below it, who are in no department
 * beyond and are no administrators of the suite. */
#ifndef POSTHOUSE_SM_ADMINISTER_H
#define POSTHOUSE_SM_ADMINISTER_H

#include "common/directory/directory.h"
#include "sm/sm.h"

/* Whether `by` may change the account `whom`; both are bare JIDs. */
bool administers(const struct sm *sm, struct str by, struct str whom);
/* Whether there is a department that he administers, or he administers all. */
bool administers_something(const struct sm *sm, struct str by);
/* Whether he administers this one, by itself or by one above it. */
bool administers_department(const struct sm *sm, struct str by,
                            const struct directory_department *department);
/* The numbers of his departments of this domain, separated by commas; absent for
 * an administrator of the suite, whose are all. */
struct str administered(const struct sm *sm, struct arena *arena, struct str by,
                        struct str domain);

#endif

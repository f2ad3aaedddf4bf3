/* Contact lists in the format that servers exchange (XEP-0227 §4.3). */
#ifndef POSTHOUSE_CTL_XEP0227_ROSTER_H
#define POSTHOUSE_CTL_XEP0227_ROSTER_H

#include "common/xml/xml.h"
#include "ctl.h"

/* Adds the items of a <user/>'s roster to an account that was just made. Items
 * without an address, and what is more than sm keeps of one, are left out.
 * False after a message, or when there are more than sm.roster-max-items. */
MUST_CHECK bool xep0227_roster_import(struct ctl *ctl, const struct jid *jid,
                                      const struct xml *user);

/* Rosters of all accounts, in the order in which accounts are exported; `row`
 * is the next one. */
struct xep0227_rosters {
    PGresult *result;
    int row;
};
MUST_CHECK bool xep0227_rosters_open(struct ctl *ctl,
                                     struct xep0227_rosters *rosters,
                                     struct str domain);
/* Writes the roster of this account, the next one that has any. */
void xep0227_rosters_write(struct xep0227_rosters *rosters, struct buf *out,
                           struct str domain, struct str username);
void xep0227_rosters_close(struct xep0227_rosters *rosters);

#endif

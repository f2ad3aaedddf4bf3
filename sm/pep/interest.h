/* What resources want to be notified of: the features that end with "+notify"
 * (XEP-0163 §4.2) in their entity capabilities (XEP-0115). A resource tells a
 * hash; what it stands for is asked once of one who told it, verified (§5.4),
 * and shared by all who tell it. What cannot be verified holds for the one who
 * was asked alone. Nothing is asked twice at once, and the memory is bounded
 * by sm.pep-caps-cache. */
#ifndef POSTHOUSE_SM_PEP_INTEREST_H
#define POSTHOUSE_SM_PEP_INTEREST_H

#include "common/jid/jid.h"
#include "common/xml/xml.h"

struct sm;
struct session;
struct remote;
struct kind;
struct caps_question;
struct interests; /* the cache, of one sm */

/* One resource's part: in a session, or in a resource elsewhere (remote.h).
 * All zeroes but for its owner: it wants nothing. */
struct interest {
    struct session *session; /* either of the two has it */
    struct remote *remote;
    struct kind *kind;              /* NULL: not known, or wants nothing */
    struct caps_question *question; /* under way, about what it told last */
    struct interest *prev, *next;   /* of the question */
    bool is_quiet; /* a restart: what it wanted it has had, once */
};

/* The resource is available with this presence: its capabilities are known at
 * once, or asked for in the name of the account (bare JID); interest_learned
 * is told in either case, unless they are the same as before. */
void interest_tell(struct sm *sm, struct interest *interest, struct str account,
                   const struct xml *presence);
/* It is not available any more. */
void interest_forget(struct sm *sm, struct interest *interest);
/* Whether it wants events of this node. What is being asked is not known yet:
 * then `otherwise` is the answer. */
MUST_CHECK bool interest_wants(const struct interest *interest, struct str node,
                               bool otherwise);
/* All nodes that it wants, joined by PEP_SEPARATOR; empty: none. Borrowed. */
struct str interest_nodes(const struct interest *interest);

/* An IQ result or error for one of our accounts: true when it was the answer to
 * such a question. */
bool interest_answered(struct sm *sm, const struct xml *iq,
                       const struct jid *from);
/* Who does not answer is passed over. */
void interests_tick(struct sm *sm);
/* Frees all of it; nobody is told. */
void interests_clear(struct sm *sm);

/* What a resource wants has become known; before: what it wanted until now.
 * last.c: it gets the last items of what is new. */
void interest_learned(struct sm *sm, struct interest *interest,
                      struct str before);

#endif

/* A directory that speaks LDAP (RFC 4511), by libldap. Every call blocks, for
 * ldap.timeout at most. */
#ifndef POSTHOUSE_LDAP_H
#define POSTHOUSE_LDAP_H

#include "../config/config.h"

enum ldap_verdict {
    LDAP_RIGHT,
    LDAP_WRONG, /* no such person, or not his password: which is not told */
    LDAP_DOWN   /* nobody can tell now */
};

struct ldap_source;

/* Whether the people of this domain are known by LDAP. */
bool ldap_serves(const struct config *config, struct str domain);

/* Reads how the directory is reached; connects when it is asked something. NULL
 * with an error when the file of the service's password cannot be read. config
 * is kept. */
struct ldap_source *ldap_source_open(const struct config *config,
                                     struct error *error);
/* Ends its connection and frees it. */
void ldap_source_close(struct ldap_source *source);

/* Searches for the user by ldap.user-filter and binds as him. The directory is
 * asked the same for a name that is not there: a bind as nobody. */
enum ldap_verdict ldap_source_check(struct ldap_source *source,
                                    struct str username, struct str password);

/* One entry of a search: the distinguished name, and for each attribute that
 * was asked for its values. Borrowed for the call. */
struct ldap_entry {
    struct str dn;
    const struct str *const *values; /* of each attribute; ended by an absent */
};
typedef void ldap_visit(void *ctx, const struct ldap_entry *entry);
/* Visits all that a filter finds, page by page (RFC 2696). attributes: names,
 * ended by NULL. False with an error when not all came. */
MUST_CHECK bool ldap_source_search(struct ldap_source *source, struct str base,
                                   struct str filter,
                                   const char *const *attributes,
                                   ldap_visit *visit, void *ctx,
                                   struct error *error);

/* The filter with {user} replaced, escaped by RFC 4515 §3. In the arena. */
struct str ldap_filter(struct arena *arena, struct str pattern,
                       struct str username);

#endif

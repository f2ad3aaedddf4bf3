/* Which components may connect, and which domains they must not touch: read
 * from posthouse.conf. */
#ifndef POSTHOUSE_REGISTRY_H
#define POSTHOUSE_REGISTRY_H

#include "common/config/config.h"

struct registry_entry {
    struct str domain; /* prepared; heap */
    struct str secret; /* heap */
    bool connected;
};

struct registry {
    struct registry_entry *entries;
    size_t count;
    struct str *served; /* domains of the suite itself; heap */
    size_t served_count;
};

/* Takes domains and component sections over. A section whose title is no
 * domain, is served by the suite or has no secret is left out; each costs one
 * log line. A second load (after SIGHUP) keeps who is connected. */
void registry_load(struct registry *registry, const struct config *config);
/* Frees all entries. */
void registry_clear(struct registry *registry);
/* The entry of a prepared domain; NULL when no component may take it. */
struct registry_entry *registry_find(const struct registry *registry,
                                     struct str domain);
/* Marks a domain as connected or free; no effect when it is unknown by now. */
void registry_mark(const struct registry *registry, struct str domain,
                   bool connected);
/* Whether the suite itself serves this prepared domain. */
bool registry_serves(const struct registry *registry, struct str domain);
/* Whether `proof` is the hexadecimal SHA-1 of stream id and secret (XEP-0114
 * §3); takes the same time wherever they differ. */
bool registry_proves(const struct registry_entry *entry, const char *stream_id,
                     struct str proof);

#endif

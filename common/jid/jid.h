/* Addresses: [localpart@]domainpart[/resourcepart] (RFC 7622).
 *
 * A struct jid is always prepared: mapped, normalised and judged by the profiles
 * UsernameCaseMapped and OpaqueString of PRECIS (RFC 8264, RFC 8265) and by
 * IDNA2008 (RFC 5891), so equal addresses have equal bytes. */
#ifndef POSTHOUSE_JID_H
#define POSTHOUSE_JID_H

#include "../mem/mem.h"

#define JID_PART_MAX 1023 /* bytes of each part */
#define JID_SHARDS   64u

struct jid {
    struct str full;     /* the whole address, of which the rest are slices */
    struct str bare;     /* without the resource */
    struct str local;    /* absent for a domain */
    struct str domain;
    struct str resource; /* absent for a bare JID */
};

/* Parses and prepares. *jid lives in the arena. False when the text is no JID:
 * an empty or over-long part, bad UTF-8, or a character that a profile forbids.
 * ASCII in normal form takes a short path without tables. */
MUST_CHECK bool jid_parse(struct jid *jid, struct arena *arena,
                          struct str text);
/* Prepares one part by itself; an absent slice on failure. In the arena. */
struct str jid_prep_local(struct arena *arena, struct str text);
/* A domain (U-labels; a dot at its end is dropped), or an IP address. */
struct str jid_prep_domain(struct arena *arena, struct str text);
/* A resource (RFC 7622 §3.4). */
struct str jid_prep_resource(struct arena *arena, struct str text);
/* What texts that look alike have in common, for comparing alone: case and
 * compatibility forms folded (NFKC). Absent: bad UTF-8. In the arena. */
struct str jid_fold(struct arena *arena, struct str text);
/* Makes a JID of prepared parts (local and resource may be absent). */
struct jid jid_make(struct arena *arena, struct str local, struct str domain,
                    struct str resource);
/* Whether it has no resource; a domain is bare as well. */
bool jid_is_bare(const struct jid *jid);
/* Whether both are the same address, resource included. */
bool jid_eq(const struct jid *a, const struct jid *b);
/* Whether both are the same address without their resources. */
bool jid_bare_eq(const struct jid *a, const struct jid *b);
/* The shard (0 … JID_SHARDS-1) that owns a prepared bare JID. The function is
 * part of the protocol between daemons: FNV-1a 64, folded, modulo 64. */
unsigned jid_shard(struct str bare);
/* A user name shown as a part of a JID, escaped by XEP-0106. */
struct str jid_escape_local(struct arena *arena, struct str text);

#endif

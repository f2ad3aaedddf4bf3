/* PRECIS string classes and what its profiles are made of (RFC 8264), on code
 * points. Of common/jid alone. */
#ifndef POSTHOUSE_JID_PRECIS_H
#define POSTHOUSE_JID_PRECIS_H

#include <stdint.h>

#include "../mem/mem.h"

enum precis_class {
    PRECIS_IDENTIFIER, /* IdentifierClass (RFC 8264 §4.2) */
    PRECIS_FREEFORM    /* FreeformClass (§4.3) */
};

/* Whether each code point is allowed in the class, where it stands (RFC 8264
 * §8, RFC 5892 appendix A). */
bool precis_allows(enum precis_class class, const uint32_t *text, size_t len);
/* Whether a text that runs from right to left keeps the Bidi Rule (RFC 5893
 * §2); a text without such characters does. */
bool precis_keeps_bidi_rule(const uint32_t *text, size_t len);
/* What a fullwidth or halfwidth character stands for (RFC 8264 §5.2.1), others
 * themselves. */
uint32_t precis_map_width(uint32_t c);

/* Enforce a profile on text without NUL. In the arena; absent: bad UTF-8, or
 * what the profile does not allow. */
struct str precis_username_case_mapped(struct arena *arena, struct str text);
/* OpaqueString (RFC 8265 §4.2): passwords and resources; case stays. */
struct str precis_opaque_string(struct arena *arena, struct str text);
/* Maps a domain as RFC 7622 §3.2 asks before IDNA judges it: width, case, NFC
 * and ideographic full stops. */
struct str precis_map_domain(struct arena *arena, struct str text);
/* What texts that look alike have in common: compatibility forms and case
 * folded. For comparing alone. Absent: bad UTF-8. */
struct str precis_fold(struct arena *arena, struct str text);

#endif

/* The letter that carries a one-time code. No I/O. */
#ifndef POSTHOUSE_MAILD_LETTER_H
#define POSTHOUSE_MAILD_LETTER_H

#include "common/text/text.h"
#include "common/xml/xml.h"

/* What authd wants sent (<letter/> in common/link/control.h). Borrows from the
 * element. */
struct letter {
    struct str to;
    struct str jid;
    struct str domain; /* of jid */
    struct str code;
    int64_t expires_ms; /* Unix time */
    enum language language;
};

/* False for anything that is not a letter: maild trusts no other daemon with
 * what stands on a command line or in a header. */
MUST_CHECK bool letter_read(struct letter *letter, struct arena *arena,
                            const struct xml *element);
/* Writes it as a message (RFC 5322) with lines that end in LF, as sendmail(8)
 * takes it, in the letter's language; times are local ones of this host. from: an address; empty: postmaster at the account's domain. */
void letter_write(struct buf *out, const struct letter *letter, struct str from,
                  int64_t now_ms);
/* One argument of the command, NUL-terminated, with the address in the place of
 * {to}. In the arena. */
char *letter_argument(struct arena *arena, struct str argument,
                      const struct letter *letter);

#endif

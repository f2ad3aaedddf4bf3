/* Streams in the frames of a WebSocket (RFC 7395): each message is one element
 * with all of its namespaces, and <open/>, <close/> stand for the stream's
 * tags. Between those and the bytes of a stream as TCP carries it, without I/O.
 */
#ifndef POSTHOUSE_C2SD_FRAMING_H
#define POSTHOUSE_C2SD_FRAMING_H

#include "common/xml/xml.h"

/* Appends to `words` what a client's message says in a stream of RFC 6120.
 * False when it is none of RFC 7395 §3.3, or an <open/> that is not due. */
MUST_CHECK bool framing_words(struct buf *words, struct xml_parser *parser,
                              bool is_open_due, struct str message);

enum framing_kind {
    FRAMING_NOTHING, /* nothing is left to be said */
    FRAMING_ALIVE,   /* white space: a ping does the same (§3.8) */
    FRAMING_MESSAGE,
    FRAMING_LAST /* the message ends the stream */
};
/* Takes the next element, or the stream's start or end, off what a stream says
 * and writes it anew as one message. */
enum framing_kind framing_message(struct buf *message, struct str *words);

#endif

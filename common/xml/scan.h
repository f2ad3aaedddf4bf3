/* The scanner in front of the builder: finds where an element ends and refuses
 * what XMPP forbids or what exceeds a bound, at its first byte. The builder then
 * sees whole elements only, and no element waits for a byte behind it. */
#ifndef POSTHOUSE_XML_SCAN_H
#define POSTHOUSE_XML_SCAN_H

#include "xml.h"

enum scan_state {
    SCAN_START, /* before the first byte: an XML declaration may stand here */
    SCAN_TEXT,
    SCAN_LESS, /* behind '<' */
    SCAN_DECL, /* inside of <?xml … ?> */
    SCAN_BANG, /* behind "<!": only [CDATA[ may follow */
    SCAN_CDATA,
    SCAN_NAME,     /* name of a start tag */
    SCAN_TAG,      /* behind the name */
    SCAN_SLASH,    /* behind '/' in a start tag */
    SCAN_QUOTE,    /* inside of an attribute's value */
    SCAN_END_NAME, /* name of an end tag */
    SCAN_END_TAG,  /* behind it */
    SCAN_DONE      /* behind the end of the stream: nothing may follow */
};

enum scan_result {
    SCAN_MORE,
    SCAN_DECLARED, /* the XML declaration is complete: to be skipped */
    SCAN_OPENED,   /* the start tag of the stream is complete */
    SCAN_ELEMENT,  /* a top-level element is complete */
    SCAN_CLOSED,   /* the end tag of the stream is complete */
    SCAN_FAILED    /* see error */
};

struct scan {
    struct xml_limits limits;
    enum scan_state state;
    enum xml_error error;
    unsigned depth;   /* open elements; the stream itself is the first */
    unsigned attrs;   /* of this tag */
    unsigned matched; /* of "[CDATA[", of "]]>", of "?>" */
    size_t token;     /* bytes of this tag */
    size_t bytes;     /* since the last top-level element */
    char quote;
    uint32_t name;  /* hash of the name being read */
    uint32_t *open; /* hashes of the names of open elements */
    unsigned open_cap;
};

/* Frees what it has gathered; the scan starts anew. */
void scan_clear(struct scan *scan);
/* Reads on from *at up to `end`, and stops behind the byte that completes
 * something. */
enum scan_result scan_run(struct scan *scan, const char **at, const char *end);
/* Between two top-level elements, nothing begun. */
bool scan_is_idle(const struct scan *scan);

#endif

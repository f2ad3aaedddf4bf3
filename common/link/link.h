/* The link: internal XML component streams between daemons and routerd.
 *
 * After the stream header every element is one of
 *
 *   <route to='sm/17' from='c2s/1' … len='280'>content</route>   a frame
 *   <bind address='c2s/1'/>          daemon → router: I answer at this address
 *   <unbind address='c2s/1'/>        daemon → router
 *   <bound address='c2s/1'/>         router → daemon: done
 *   <refused address='c2s/1' reason='…'/>
 *   <up address='sm/17' node='sm.1'/>   router → all: address is bound by node
 *   <down address='sm/17'/>          router → all
 *
 * The envelope is scanned by hand: attributes stand in one fixed order, quoted
 * with ', without white space other than one space before each. Whoever only
 * forwards skips `len` bytes of content without reading them. All names of the
 * link are spelled here and nowhere else. */
#ifndef POSTHOUSE_LINK_H
#define POSTHOUSE_LINK_H

#include "../mem/mem.h"

#define NS_LINK           "urn:posthouse:link:1"
#define LINK_MAX_FRAME    (4u << 20) /* bytes of content */
#define LINK_MAX_ADDRESS  255u       /* "c2s/1", or a domain */
#define LINK_MAX_ENVELOPE 4096u

/* Kinds of address; an instance number follows a slash. A domain (it has a dot
 * or no slash) is an address of kind ADDRESS_DOMAIN. */
enum address_kind {
    ADDRESS_C2S,
    ADDRESS_SM,
    ADDRESS_AUTH,
    ADDRESS_MUC,
    ADDRESS_S2S,
    ADDRESS_COMP,
    ADDRESS_PROXY,
    ADDRESS_WEB,
    ADDRESS_MAIL,
    ADDRESS_CTL,
    ADDRESS_DOMAIN,
    ADDRESS_INVALID
};
/* What is sent there the router answers itself: <stats/> (control.h). */
#define ROUTER_ADDRESS "router/0"
#define ROUTER_NODE    "routerd.0"
/* The kind of an address; ADDRESS_INVALID when it is not one. `instance` (may
 * be NULL) gets the number behind the slash. */
enum address_kind address_parse(struct str address, unsigned *instance);
/* Writes "kind/instance" into a caller's array and returns the slice of it. */
struct str address_write(char into[32], enum address_kind kind,
                         unsigned instance);

/* One <route/>: the envelope and the content. Attribute order on the wire is
 * the order of the fields. Zero or absent fields are not written. Slices are
 * borrowed from the buffer that was scanned. */
struct frame {
    struct str to;
    struct str from;
    uint64_t sid;      /* session of the c2s, hexadecimal on the wire */
    uint64_t epoch;    /* with hello='…' only: see channel.h */
    struct str hello;  /* "<peer epoch>:<received>": channel.h */
    uint64_t seq;      /* number in its channel; 0 = outside of it */
    uint64_t ack;      /* all up to here of the other direction is discharged */
    struct str done;   /* discharged early: "880-885,890" */
    uint64_t low;      /* lowest seq of this direction not yet discharged */
    uint64_t n;        /* ordinal of a stanza on the client's stream */
    struct str origin; /* sender:epoch:receiver:seq of the frame
                          by which the stanza entered */
    struct str body;   /* the content: one element, or empty */
};

/* Elements of the link other than <route/>. */
enum link_verb {
    LINK_STREAM,
    LINK_BIND,
    LINK_UNBIND,
    LINK_BOUND,
    LINK_REFUSED,
    LINK_UP,
    LINK_DOWN,
    LINK_ROUTE
};
struct link_item {
    enum link_verb verb;
    struct frame frame; /* LINK_ROUTE */
    struct str address; /* all others but LINK_STREAM */
    struct str node;    /* LINK_UP, LINK_STREAM: name of the process, "sm.1" */
    struct str reason;  /* LINK_REFUSED */
    struct str raw;     /* all of its bytes, for forwarding */
};

/* Appends a <route/> with the attributes of the frame that are set, in the
 * order that link_scan expects. */
void link_write_frame(struct buf *out, const struct frame *frame);
/* Writes any other element; unused slices absent. */
void link_write(struct buf *out, enum link_verb verb, struct str address,
                struct str node, struct str reason);

enum link_result { LINK_ITEM, LINK_MORE, LINK_BAD };
/* Scans one element at the start of `in`, of which it tells the length in
 * *used. LINK_MORE: not complete yet. LINK_BAD: the peer does not speak the
 * link; close it. */
MUST_CHECK enum link_result link_scan(struct str in, struct link_item *item,
                                      size_t *used);

#endif

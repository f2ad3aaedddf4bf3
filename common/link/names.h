/* How each element of the link is spelled, for its writer and its scanner. */
#ifndef POSTHOUSE_LINK_NAMES_H
#define POSTHOUSE_LINK_NAMES_H

#include "link.h"

#define ROUTE_START  STR("<route to='")
#define ATTR_FROM    STR(" from='")
#define ATTR_SID     STR(" sid='")
#define ATTR_EPOCH   STR(" epoch='")
#define ATTR_HELLO   STR(" hello='")
#define ATTR_SEQ     STR(" seq='")
#define ATTR_ACK     STR(" ack='")
#define ATTR_DONE    STR(" done='")
#define ATTR_LOW     STR(" low='")
#define ATTR_N       STR(" n='")
#define ATTR_ORIGIN  STR(" o='")
#define ATTR_LEN     STR(" len='")
#define ENVELOPE_END STR("'>")
#define ROUTE_END    STR("</route>")

#define ATTR_ADDRESS STR(" address='")
#define ATTR_NODE    STR(" node='")
#define ATTR_REASON  STR(" reason='")

/* The fixed beginning and end of every element but <route/>, by verb. */
struct link_spelling {
    struct str start;
    struct str end;
};
extern const struct link_spelling link_verbs[LINK_ROUTE];

#endif

/* A router between two ends of the link, for tests of a daemon's core: whoever
 * binds is up for both. */
#ifndef POSTHOUSE_TESTS_LINK_H
#define POSTHOUSE_TESTS_LINK_H

#include "common/channel/channel.h"
#include "tests/unit/test.h"

struct link_ends {
    struct channels *first;
    const char *prefix; /* of the addresses at the first end */
    struct channels *second;
};

static inline void link_tell(struct channels *channels, enum link_verb verb,
                             struct str address)
{
    struct link_item item = {
        .verb = verb, .address = address, .node = STR("other.0")};

    channels_receive(channels, &item);
}

static inline void link_pass(const struct link_ends *ends,
                             struct channels *from,
                             const struct link_item *item)
{
    if (item->verb == LINK_BIND) {
        link_tell(from, LINK_BOUND, item->address);
        link_tell(ends->first, LINK_UP, item->address);
        link_tell(ends->second, LINK_UP, item->address);
    } else if (item->verb == LINK_ROUTE) {
        channels_receive(str_starts(item->frame.to, str_of(ends->prefix))
                             ? ends->first
                             : ends->second,
                         item);
    }
}

/* Carries what `from` has written; false when that was nothing. */
static inline bool link_carry(const struct link_ends *ends,
                              struct channels *from, struct buf *out)
{
    struct link_item item;
    struct buf copy = {0};
    size_t used;
    bool carried = buf_len(out) > 0;

    /* What arrives may write to `out`. */
    buf_add(&copy, buf_view(out));
    buf_reset(out);
    while (buf_len(&copy) > 0) {
        assert_int_equal(link_scan(buf_view(&copy), &item, &used), LINK_ITEM);
        link_pass(ends, from, &item);
        buf_consume(&copy, used);
    }
    buf_clear(&copy);
    return carried;
}

#endif

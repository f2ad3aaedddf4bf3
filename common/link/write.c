#include "link.h"
#include "names.h"

static void add_hex(struct buf *out, uint64_t value)
{
    static const char digits[] = "0123456789abcdef";
    char text[16];
    size_t at = sizeof(text);

    do {
        text[--at] = digits[value & 15];
        value >>= 4;
    } while (value);
    buf_add(out, (struct str){text + at, sizeof(text) - at});
}

static void add_attr(struct buf *out, struct str before, struct str value)
{
    if (value.len == 0)
        return;
    buf_add(out, before);
    buf_add(out, value);
    buf_add_char(out, '\'');
}

static void add_number(struct buf *out, struct str before, uint64_t value)
{
    if (value == 0)
        return;
    buf_add(out, before);
    buf_add_u64(out, value);
    buf_add_char(out, '\'');
}

void link_write_frame(struct buf *out, const struct frame *frame)
{
    buf_add(out, ROUTE_START);
    buf_add(out, frame->to);
    buf_add_char(out, '\'');
    add_attr(out, ATTR_FROM, frame->from);
    if (frame->sid) {
        buf_add(out, ATTR_SID);
        add_hex(out, frame->sid);
        buf_add_char(out, '\'');
    }
    add_number(out, ATTR_EPOCH, frame->epoch);
    add_attr(out, ATTR_HELLO, frame->hello);
    add_number(out, ATTR_SEQ, frame->seq);
    add_number(out, ATTR_ACK, frame->ack);
    add_attr(out, ATTR_DONE, frame->done);
    add_number(out, ATTR_LOW, frame->low);
    add_number(out, ATTR_N, frame->n);
    add_attr(out, ATTR_ORIGIN, frame->origin);
    buf_add(out, ATTR_LEN);
    buf_add_u64(out, frame->body.len);
    buf_add(out, ENVELOPE_END);
    buf_add(out, frame->body);
    buf_add(out, ROUTE_END);
}

void link_write(struct buf *out, enum link_verb verb, struct str address,
                struct str node, struct str reason)
{
    buf_add(out, link_verbs[verb].start);
    add_attr(out, ATTR_ADDRESS, address);
    add_attr(out, ATTR_NODE, node);
    add_attr(out, ATTR_REASON, reason);
    buf_add(out, link_verbs[verb].end);
}

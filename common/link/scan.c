#include "names.h"

#include <string.h>

/* The scanner walks over one element. Bytes that do not match what is expected
 * are wrong; bytes that end too early may still come. */
struct scan {
    const char *at;
    const char *end;
    enum link_result result; /* LINK_ITEM as long as all is right */
};

/* Too few bytes to tell, or others. */
static bool take_partly(struct scan *scan, struct str expected)
{
    size_t left = (size_t)(scan->end - scan->at);

    if (left < expected.len && memcmp(scan->at, expected.p, left) == 0)
        scan->result = LINK_MORE;
    return false;
}

/* Whether the expected bytes stand here; then steps behind them. With too few
 * bytes to tell, the scan ends with LINK_MORE. Inlined, a comparison of words.
 */
__attribute__((always_inline)) static inline bool take(struct scan *scan,
                                                       struct str expected)
{
    if (scan->result != LINK_ITEM)
        return false;
    if ((size_t)(scan->end - scan->at) < expected.len ||
        memcmp(scan->at, expected.p, expected.len) != 0)
        return take_partly(scan, expected);
    scan->at += expected.len;
    return true;
}

static void must_take(struct scan *scan, struct str expected)
{
    if (!take(scan, expected) && scan->result == LINK_ITEM)
        scan->result = LINK_BAD;
}

/* What must not stand between the quotes of an attribute, or ends it. */
static const bool ends_value[256] = {
    [0 ... ' '] = true, ['<'] = true, ['>'] = true,  ['&'] = true,
    ['"'] = true,       ['='] = true, ['\''] = true,
};

/* A value up to its closing quote, not empty and of at most `max` bytes. */
static struct str value(struct scan *scan, size_t max)
{
    const char *start = scan->at;
    const char *at = start;

    if (scan->result != LINK_ITEM)
        return STR_NONE;
    while (at < scan->end && !ends_value[(unsigned char)*at])
        at++;
    if ((size_t)(at - start) > max)
        scan->result = LINK_BAD;
    else if (at == scan->end)
        scan->result = LINK_MORE;
    else if (at == start || *at != '\'')
        scan->result = LINK_BAD;
    if (scan->result != LINK_ITEM)
        return STR_NONE;
    scan->at = at + 1;
    return (struct str){start, (size_t)(at - start)};
}

static struct str optional(struct scan *scan, struct str name, size_t max)
{
    return take(scan, name) ? value(scan, max) : STR_NONE;
}

static uint64_t decimal(struct scan *scan)
{
    struct str digits = value(scan, 20);
    uint64_t number = 0;

    if (scan->result == LINK_ITEM && !str_to_u64(digits, &number))
        scan->result = LINK_BAD;
    return number;
}

static uint64_t optional_decimal(struct scan *scan, struct str name)
{
    return take(scan, name) ? decimal(scan) : 0;
}

static uint64_t optional_hex(struct scan *scan, struct str name)
{
    struct str digits = optional(scan, name, 16);
    uint64_t number = 0;

    for (size_t i = 0; i < digits.len; i++) {
        char c = digits.p[i];

        if (c >= '0' && c <= '9')
            number = number << 4 | (uint64_t)(c - '0');
        else if (c >= 'a' && c <= 'f')
            number = number << 4 | (uint64_t)(c - 'a' + 10);
        else
            scan->result = LINK_BAD;
    }
    return number;
}

static void scan_route(struct scan *scan, struct frame *frame)
{
    uint64_t length = 0;

    frame->to = value(scan, LINK_MAX_ADDRESS);
    must_take(scan, ATTR_FROM);
    frame->from = value(scan, LINK_MAX_ADDRESS);
    frame->sid = optional_hex(scan, ATTR_SID);
    frame->epoch = optional_decimal(scan, ATTR_EPOCH);
    frame->hello = optional(scan, ATTR_HELLO, LINK_MAX_ENVELOPE);
    frame->seq = optional_decimal(scan, ATTR_SEQ);
    frame->ack = optional_decimal(scan, ATTR_ACK);
    frame->done = optional(scan, ATTR_DONE, LINK_MAX_ENVELOPE);
    frame->low = optional_decimal(scan, ATTR_LOW);
    frame->n = optional_decimal(scan, ATTR_N);
    frame->origin = optional(scan, ATTR_ORIGIN, LINK_MAX_ENVELOPE);
    must_take(scan, ATTR_LEN);
    if (scan->result == LINK_ITEM)
        length = decimal(scan);
    must_take(scan, STR(">"));
    if (scan->result != LINK_ITEM)
        return;
    if (length > LINK_MAX_FRAME) {
        scan->result = LINK_BAD;
        return;
    }
    if ((uint64_t)(scan->end - scan->at) < length) {
        scan->result = LINK_MORE;
        return;
    }
    frame->body = (struct str){scan->at, (size_t)length};
    scan->at += length;
    must_take(scan, ROUTE_END);
}

static void scan_verb(struct scan *scan, struct link_item *item)
{
    item->address = optional(scan, ATTR_ADDRESS, LINK_MAX_ADDRESS);
    item->node = optional(scan, ATTR_NODE, LINK_MAX_ADDRESS);
    item->reason = optional(scan, ATTR_REASON, LINK_MAX_ADDRESS);
    must_take(scan, link_verbs[item->verb].end);
    if (scan->result == LINK_ITEM && item->verb != LINK_STREAM &&
        !item->address.p)
        scan->result = LINK_BAD;
}

/* Which element begins here. An element that could still be several ones is
 * LINK_MORE, by the first of them whose beginning is cut. */
static void scan_element(struct scan *scan, struct link_item *item)
{
    if (take(scan, ROUTE_START)) {
        item->verb = LINK_ROUTE;
        scan_route(scan, &item->frame);
        return;
    }
    for (int verb = 0; verb < LINK_ROUTE; verb++) {
        if (!take(scan, link_verbs[verb].start))
            continue;
        item->verb = (enum link_verb)verb;
        scan_verb(scan, item);
        return;
    }
    if (scan->result == LINK_ITEM)
        scan->result = LINK_BAD;
}

enum link_result link_scan(struct str in, struct link_item *item, size_t *used)
{
    struct scan scan = {in.p, in.p + in.len, LINK_ITEM};

    *item = (struct link_item){0};
    if (in.len == 0)
        return LINK_MORE;
    scan_element(&scan, item);
    if (scan.result == LINK_ITEM) {
        *used = (size_t)(scan.at - in.p);
        item->raw = (struct str){in.p, *used};
        return LINK_ITEM;
    }
    /* An envelope that does not end within its bound never will. */
    if (scan.result == LINK_MORE && !item->frame.body.p &&
        in.len > LINK_MAX_ENVELOPE && !memchr(in.p, '>', LINK_MAX_ENVELOPE))
        return LINK_BAD;
    return scan.result;
}

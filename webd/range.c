#include "range.h"

/* "-500": the last 500 bytes. */
static enum range_result read_suffix(struct str count, uint64_t size,
                                     uint64_t *first, uint64_t *length)
{
    uint64_t last;

    if (!str_to_u64(count, &last))
        return RANGE_WHOLE;
    if (last == 0 || size == 0)
        return RANGE_OUTSIDE;
    *length = last < size ? last : size;
    *first = size - *length;
    return RANGE_PART;
}

enum range_result range_read(struct str header, uint64_t size, uint64_t *first,
                             uint64_t *length)
{
    struct str end = header, begin;
    uint64_t from, to = UINT64_MAX;

    if (!str_eq_nocase(str_cut(&end, '='), STR("bytes")) || !end.p)
        return RANGE_WHOLE;
    begin = str_cut(&end, '-');
    if (!end.p)
        return RANGE_WHOLE;
    if (begin.len == 0)
        return read_suffix(end, size, first, length);
    if (!str_to_u64(begin, &from) ||
        (end.len > 0 && (!str_to_u64(end, &to) || to < from)))
        return RANGE_WHOLE;
    if (from >= size)
        return RANGE_OUTSIDE;
    *first = from;
    *length = (to < size - 1 ? to : size - 1) - from + 1;
    return RANGE_PART;
}

bool etag_matches(struct str list, struct str etag, bool is_weak)
{
    while (list.p) {
        struct str item = str_trim(str_cut(&list, ','));

        if (str_is(item, "*"))
            return true;
        if (is_weak && str_starts(item, STR("W/")))
            item = (struct str){item.p + 2, item.len - 2};
        if (str_eq(item, etag))
            return true;
    }
    return false;
}

/* Any bytes: what scans as a frame is written back to the same bytes. */
#include <stdlib.h>

#include "common/link/link.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str rest = {(const char *)data, size};
    struct link_item item;
    struct buf out = {0};
    size_t used;

    while (link_scan(rest, &item, &used) == LINK_ITEM) {
        struct link_item again;
        size_t length;

        buf_reset(&out);
        if (item.verb == LINK_ROUTE) {
            link_write_frame(&out, &item.frame);
            if (link_scan(buf_view(&out), &again, &length) != LINK_ITEM ||
                !str_eq(again.frame.body, item.frame.body) ||
                again.frame.seq != item.frame.seq)
                abort();
        }
        rest = (struct str){rest.p + used, rest.len - used};
    }
    buf_clear(&out);
    return 0;
}

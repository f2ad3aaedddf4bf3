#include "scan.h"

struct str xml_cut(struct str *bytes)
{
    const struct str stream = STR("<s>");
    struct scan scan = {0};
    const char *at = stream.p, *end = bytes->p + bytes->len;
    enum scan_result found = scan_run(&scan, &at, stream.p + stream.len);
    struct str element = STR_NONE;

    at = bytes->p;
    if (found == SCAN_OPENED)
        found = scan_run(&scan, &at, end);
    scan_clear(&scan);
    if (found == SCAN_ELEMENT) {
        element = (struct str){bytes->p, (size_t)(at - bytes->p)};
        *bytes = (struct str){at, (size_t)(end - at)};
    }
    return element;
}

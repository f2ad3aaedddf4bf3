/* Any text as quiet hours: refused, or read into bounds that hold at any
 * minute. The time zone is found or refused, and never anywhere else than where
 * zones are. */
#include <stdlib.h>

#include "common/quiet/quiet.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct str text = {(const char *)data, size};
    struct quiet quiet;
    struct error error;

    (void)!quiet_are_exceptions(text);
    if (!quiet_parse(&quiet, text, LANGUAGE_EN, &error))
        return 0;
    if (quiet.count > QUIET_MAX_SPANS || strlen(quiet.zone) > QUIET_MAX_ZONE ||
        strstr(quiet.zone, ".."))
        abort();
    for (size_t i = 0; i < quiet.count; i++)
        if (!quiet_at(&quiet,
                      (unsigned)__builtin_ctz(quiet.spans[i].days) * 1440 +
                          quiet.spans[i].from))
            abort();
    if (quiet_minute(quiet.zone, (int64_t)size * 1000003) >= 7 * 1440)
        abort();
    return 0;
}

#include "log.h"

#include <time.h>

#define LINES_PER_SECOND 10u

bool log_limit_allows(struct log_limit *limit, const char *event)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    if (limit->second != now.tv_sec) {
        if (limit->left_out)
            log_event(LOG_LEVEL_WARN, "lines-left-out",
                      LOG_TEXT("event", event),
                      LOG_INT("count", limit->left_out));
        *limit = (struct log_limit){.second = now.tv_sec};
    }
    if (limit->lines < LINES_PER_SECOND) {
        limit->lines++;
        return true;
    }
    limit->left_out++;
    return false;
}

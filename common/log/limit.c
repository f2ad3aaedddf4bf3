#include "internal.h"

#include <string.h>
#include <time.h>

#define LINES_PER_SECOND    10u
#define WARNINGS_PER_SECOND 100u
#define MAX_EVENTS          128u /* a daemon has some 30 kinds of warnings */

static bool allows(struct log_limit *limit, const char *event, unsigned most)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    if (limit->second != now.tv_sec) {
        unsigned left_out = limit->left_out;

        *limit = (struct log_limit){.second = now.tv_sec};
        if (left_out)
            log_event(LOG_LEVEL_ERROR, "lines-left-out",
                      LOG_TEXT("event", event), LOG_INT("count", left_out));
    }
    if (limit->lines < most) {
        limit->lines++;
        return true;
    }
    limit->left_out++;
    return false;
}

bool log_limit_allows(struct log_limit *limit, const char *event)
{
    return allows(limit, event, LINES_PER_SECOND);
}

bool limit_warning(const char *event)
{
    static struct {
        const char *event;
        struct log_limit limit;
    } kinds[MAX_EVENTS];

    for (unsigned i = 0; i < MAX_EVENTS; i++) {
        if (!kinds[i].event)
            kinds[i].event = event;
        if (strcmp(kinds[i].event, event) == 0)
            return allows(&kinds[i].limit, event, WARNINGS_PER_SECOND);
    }
    return true;
}

#include "leftovers.h"

#include <poll.h>
#include <unistd.h>

#include "../common/log/log.h"
#include "kinds.h"
#include "lock.h"
#include "options.h"

#define END_LIMIT_MS 10000

static void end(const struct layout *layout, enum kind kind, unsigned instance)
{
    const struct kind_row *row = &kind_rows[kind];
    struct pollfd process = {.events = POLLIN};
    char path[LAYOUT_PATH];

    layout_lock_path(layout, row->program, instance, path);
    if (!lock_signal_holder(path, row->kill_signal, &process.fd))
        return;
    log_event(LOG_LEVEL_WARN, "leftover-ended",
              LOG_TEXT("daemon", row->program), LOG_INT("instance", instance));
    (void)poll(&process, 1, END_LIMIT_MS); /* its successor tries again */
    (void)close(process.fd);
}

void leftovers_end(const struct layout *layout)
{
    for (enum kind kind = KIND_COUNT; kind-- > 0;)
        for (unsigned instance = 0; instance < MAX_PROCESSES; instance++)
            end(layout, kind, instance);
}

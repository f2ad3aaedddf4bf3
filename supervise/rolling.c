#include "rolling.h"

#include <string.h>

#include "../common/log/log.h"

/* A c2sd that drains has c2sd.drain-timeout, at most a minute. */
#define STOP_LIMIT_MS  75000u
#define KILL_LIMIT_MS  10000u
#define START_LIMIT_MS 60000u
/* What one process has given back the others take in this time: two that hold
 * the same stanza must not go one right after the other. */
#define SETTLE_MS  1000u
#define MAX_FAILED 3u

/* --- what is to be restarted ---------------------------------------------- */

static bool is_named(const struct child *child, const char *word)
{
    const char *program = kind_rows[child->kind].program;
    size_t length = strlen(program);
    uint64_t instance;

    if (strcmp(word, "all") == 0)
        return child->kind != KIND_POSTGRES;
    if (strncmp(word, program, length) != 0)
        return false;
    if (word[length] == '\0')
        return true;
    return word[length] == '.' &&
           str_to_u64(str_of(word + length + 1), &instance) &&
           instance == child->instance;
}

bool rolling_begin(struct rolling *rolling, const char *word,
                   struct error *error)
{
    size_t named = 0;

    if (rolling->is_active)
        return error_set(error, "another restart is under way");
    for (size_t i = 0; i < rolling->count; i++) {
        struct child *child = &rolling->children[i];

        if (!is_named(child, word))
            continue;
        child->turn = TURN_WAITS;
        named++;
    }
    if (named == 0)
        return error_set(error, "no process of this suite is named %.40s",
                         word);
    rolling->is_active = true;
    rolling->until_ms = 0;
    log_event(LOG_LEVEL_INFO, "restart", LOG_TEXT("of", word),
              LOG_INT("processes", (int64_t)named));
    return true;
}

/* --- one process ---------------------------------------------------------- */

static struct child *at_hand(const struct rolling *rolling)
{
    for (size_t i = 0; i < rolling->count; i++)
        if (rolling->children[i].turn != TURN_NONE)
            return &rolling->children[i];
    return NULL;
}

void rolling_abandon(struct rolling *rolling)
{
    for (size_t i = 0; i < rolling->count; i++)
        rolling->children[i].turn = TURN_NONE;
    rolling->is_active = false;
}

static void finish(struct rolling *rolling, const struct child *failed)
{
    rolling_abandon(rolling);
    rolling->events->on_done(rolling->ctx, failed);
}

/* Whether the time of the process at hand is up; it begins with the first
 * question. */
static bool is_late(struct rolling *rolling, uint64_t now_ms, uint64_t limit_ms)
{
    if (rolling->until_ms == 0)
        rolling->until_ms = now_ms + limit_ms;
    return now_ms >= rolling->until_ms;
}

static void go_to(struct rolling *rolling, struct child *child, enum turn turn)
{
    child->turn = turn;
    rolling->until_ms = 0;
}

/* One that has just died is being started again: that is its restart. */
static void stop(struct rolling *rolling, struct child *child)
{
    go_to(rolling, child, child->pid ? TURN_STOPPING : TURN_STARTING);
    child_signal(child, kind_rows[child->kind].stop_signal);
}

static void wait_for_end(struct rolling *rolling, struct child *child,
                         uint64_t now_ms)
{
    if (!is_late(rolling, now_ms, STOP_LIMIT_MS))
        return;
    log_event(LOG_LEVEL_WARN, "killed",
              LOG_TEXT("daemon", kind_rows[child->kind].program),
              LOG_INT("instance", child->instance),
              LOG_TEXT("reason", "did not end when it was asked to"));
    child_signal(child, kind_rows[child->kind].kill_signal);
    rolling->until_ms = now_ms + KILL_LIMIT_MS;
}

static void wait_for_start(struct rolling *rolling, struct child *child,
                           uint64_t now_ms)
{
    bool is_late_now = is_late(rolling, now_ms, START_LIMIT_MS);

    if (child->pid &&
        (child->is_ready || rolling->events->answers(rolling->ctx, child)))
        go_to(rolling, child, TURN_SETTLING);
    else if (is_late_now || child->failed_starts >= MAX_FAILED)
        finish(rolling, child);
}

static void settle(struct rolling *rolling, struct child *child,
                   uint64_t now_ms)
{
    if (!is_late(rolling, now_ms, SETTLE_MS))
        return;
    go_to(rolling, child, TURN_NONE);
    rolling->events->on_restarted(rolling->ctx, child);
}

void rolling_step(struct rolling *rolling, uint64_t now_ms)
{
    struct child *child = rolling->is_active ? at_hand(rolling) : NULL;

    if (!rolling->is_active)
        return;
    if (!child) {
        finish(rolling, NULL);
        return;
    }
    switch (child->turn) {
    case TURN_WAITS:
        stop(rolling, child);
        break;
    case TURN_STOPPING: /* child_reap knows when it has ended */
        wait_for_end(rolling, child, now_ms);
        break;
    case TURN_STARTING:
        wait_for_start(rolling, child, now_ms);
        break;
    case TURN_SETTLING:
        settle(rolling, child, now_ms);
        break;
    case TURN_NONE:
        break;
    }
}

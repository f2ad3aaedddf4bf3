#include <time.h>

#include "archive.h"

#define TIME_SHIFT 20
#define LARGEST_MS (INT64_MAX >> TIME_SHIFT)

int64_t archive_id_at(int64_t unix_ms)
{
    if (unix_ms <= 0)
        return 0;
    return unix_ms > LARGEST_MS ? INT64_MAX : unix_ms << TIME_SHIFT;
}

int64_t archive_ms_of(int64_t id)
{
    return id >> TIME_SHIFT;
}

bool archive_month_is_young(int64_t unix_ms)
{
    time_t seconds = (time_t)(unix_ms / 1000);
    struct tm t;

    return gmtime_r(&seconds, &t) && t.tm_mday == 1;
}

/* FNV-1a: it only has to spread; what is found is compared. */
int64_t archive_peer(struct str bare_jid)
{
    uint64_t hash = UINT64_C(14695981039346656037);

    for (size_t i = 0; i < bare_jid.len; i++)
        hash = (hash ^ (unsigned char)bare_jid.p[i]) * UINT64_C(1099511628211);
    return (int64_t)hash;
}

bool archive_read_id(struct str text, int64_t *id)
{
    return str_to_i64(text, id) && *id > 0;
}

struct str archive_id_text(struct arena *arena, int64_t id)
{
    return arena_printf(arena, "%lld", (long long)id);
}

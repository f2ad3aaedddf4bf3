#include "ledger.h"

#include <stdlib.h>
#include <utlist.h>

#define DAY_S    86400u
#define MINUTE_S 60u

struct ledger_user {
    char *jid;
    struct ledger_file *files;
    uint64_t bytes;
    uint64_t pending; /* of them, of uploads under way */
    struct bucket day, slots;
    UT_hash_handle hh;
};

static struct ledger_user *user_of(struct ledger *ledger, struct str jid)
{
    struct ledger_user *user;

    HASH_FIND(hh, ledger->users, jid.p, jid.len, user);
    if (user)
        return user;
    user = NEW(struct ledger_user);
    user->jid = str_dup_heap(jid);
    HASH_ADD_KEYPTR(hh, ledger->users, user->jid, jid.len, user);
    return user;
}

static struct ledger_file *find(const struct ledger *ledger, struct str id)
{
    struct ledger_file *file;

    HASH_FIND(hh, ledger->files, id.p, id.len, file);
    return file;
}

static struct ledger_file *add(struct ledger *ledger, const struct slot *slot)
{
    struct ledger_file *file = NEW(struct ledger_file);

    memcpy(file->id, slot->id.p, SLOT_ID_LENGTH);
    file->user = user_of(ledger, slot->owner);
    file->size = slot->size;
    file->expires_s = slot->expires_s;
    HASH_ADD(hh, ledger->files, id, SLOT_ID_LENGTH, file);
    DL_APPEND(file->user->files, file);
    file->user->bytes += file->size;
    file->user->pending += file->size;
    ledger->bytes += file->size;
    ledger->count++;
    return file;
}

/* It is under way no longer. */
static void arrive(struct ledger_file *file)
{
    file->is_there = true;
    file->user->pending -= file->size;
}

static bool is_over(uint64_t have, uint64_t more, uint64_t limit)
{
    return limit > 0 && (more > limit || have > limit - more);
}

/* When the first of his files goes by itself. */
static int64_t first_expiry(const struct ledger_user *user)
{
    const struct ledger_file *file;
    int64_t first = 0;

    DL_FOREACH(user->files, file)
    {
        if (file->expires_s > 0 && (first == 0 || file->expires_s < first))
            first = file->expires_s;
    }
    return first;
}

static enum ledger_result judge(struct ledger *ledger, struct ledger_user *user,
                                uint64_t size, int64_t now_s, int64_t *retry_s)
{
    const struct ledger_limits *limits = &ledger->limits;
    uint64_t today = size + user->pending;
    int64_t wait_s;

    if (is_over(0, size, limits->user_bytes) ||
        is_over(0, size, limits->daily_bytes) ||
        is_over(0, size, limits->total_bytes))
        return LEDGER_TOO_LARGE;
    /* What is under way counts today, too: else many at once would pass. */
    wait_s = bucket_wait(&user->day, limits->daily_bytes, DAY_S, today, now_s);
    if (wait_s > 0) {
        *retry_s = wait_s == BUCKET_NEVER ? 0 : now_s + wait_s;
        return LEDGER_DAY_FULL;
    }
    if (is_over(user->bytes, size, limits->user_bytes)) {
        *retry_s = first_expiry(user);
        return LEDGER_USER_FULL;
    }
    return is_over(ledger->bytes, size, limits->total_bytes) ? LEDGER_TOTAL_FULL
                                                             : LEDGER_OK;
}

enum ledger_result ledger_ask(struct ledger *ledger, struct str owner,
                              uint64_t size, int64_t now_s, int64_t *retry_s)
{
    struct ledger_user *user = user_of(ledger, owner);
    uint64_t most = ledger->limits.slots_per_minute;
    int64_t wait_s = bucket_wait(&user->slots, most, MINUTE_S, 1, now_s);

    *retry_s = 0;
    if (wait_s > 0) {
        *retry_s = now_s + wait_s;
        return LEDGER_TOO_OFTEN;
    }
    bucket_add(&user->slots, most, MINUTE_S, 1, now_s);
    return judge(ledger, user, size, now_s, retry_s);
}

enum ledger_result ledger_reserve(struct ledger *ledger,
                                  const struct slot *slot, int64_t now_s,
                                  struct ledger_file **file)
{
    enum ledger_result result;
    int64_t unused;

    if (find(ledger, slot->id))
        return LEDGER_TAKEN;
    result =
        judge(ledger, user_of(ledger, slot->owner), slot->size, now_s, &unused);
    if (result == LEDGER_OK)
        *file = add(ledger, slot);
    return result;
}

bool ledger_restore(struct ledger *ledger, const struct slot *slot,
                    int64_t uploaded_s, int64_t now_s)
{
    struct ledger_file *file;

    if (find(ledger, slot->id))
        return false;
    file = add(ledger, slot);
    arrive(file);
    if (uploaded_s <= now_s && now_s - uploaded_s < (int64_t)DAY_S)
        bucket_add(&file->user->day, ledger->limits.daily_bytes, DAY_S,
                   file->size, now_s);
    return true;
}

void ledger_keep(struct ledger *ledger, struct ledger_file *file, int64_t now_s)
{
    arrive(file);
    bucket_add(&file->user->day, ledger->limits.daily_bytes, DAY_S, file->size,
               now_s);
}

void ledger_drop(struct ledger *ledger, struct ledger_file *file)
{
    HASH_DEL(ledger->files, file);
    DL_DELETE(file->user->files, file);
    if (!file->is_there)
        file->user->pending -= file->size;
    file->user->bytes -= file->size;
    ledger->bytes -= file->size;
    ledger->count--;
    free(file);
}

static bool has_expired(const struct ledger_file *file, int64_t now_s)
{
    return file->expires_s > 0 && file->expires_s <= now_s;
}

struct ledger_file *ledger_find(struct ledger *ledger, struct str id,
                                int64_t now_s)
{
    struct ledger_file *file = find(ledger, id);

    return file && file->is_there && !has_expired(file, now_s) ? file : NULL;
}

static void forget_users(struct ledger *ledger, int64_t now_s)
{
    struct ledger_user *user, *next;

    HASH_ITER(hh, ledger->users, user, next)
    {
        if (user->files || now_s - user->day.at_s < (int64_t)DAY_S ||
            now_s - user->slots.at_s < (int64_t)MINUTE_S)
            continue;
        HASH_DEL(ledger->users, user);
        free(user->jid);
        free(user);
    }
}

void ledger_sweep(struct ledger *ledger, int64_t now_s,
                  void (*visit)(void *ctx, struct ledger_file *file), void *ctx)
{
    struct ledger_file *file, *next;

    HASH_ITER(hh, ledger->files, file, next)
    {
        if (file->is_there && has_expired(file, now_s))
            visit(ctx, file);
    }
    forget_users(ledger, now_s);
}

struct str ledger_owner(const struct ledger_file *file)
{
    return str_of(file->user->jid);
}

void ledger_clear(struct ledger *ledger)
{
    struct ledger_file *file, *next;

    HASH_ITER(hh, ledger->files, file, next)
    {
        ledger_drop(ledger, file);
    }
    forget_users(ledger, INT64_MAX / 2);
}

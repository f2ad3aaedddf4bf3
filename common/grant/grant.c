#include "grant.h"

#include "../codec/codec.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#define VERSION     "1"
#define MAC_CHARS   64u
#define CLOCK_SLACK 5 /* seconds that authd's clock may run ahead of sm's */

bool grant_key_load(struct grant_key *key, const char *path,
                    struct error *error)
{
    unsigned char bytes[GRANT_KEY_BYTES + 1];
    ssize_t count;
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return error_set(error, "%s: %s", path, strerror(errno));
    count = read(fd, bytes, sizeof(bytes));
    (void)close(fd);
    if (count != GRANT_KEY_BYTES)
        return error_set(error, "%s: expected a key of %u bytes", path,
                         GRANT_KEY_BYTES);
    memcpy(key->bytes, bytes, GRANT_KEY_BYTES);
    return true;
}

/* None of the parts holds a NUL byte, so no two sets of them read the same. */
static struct str grant_mac(struct arena *arena, const struct grant_key *key,
                            struct str seconds, struct str c2s_address,
                            uint64_t sid, struct str bare_jid)
{
    struct str signing = {(const char *)key->bytes, GRANT_KEY_BYTES};
    unsigned char mac[32];
    struct str data = arena_printf(
        arena, VERSION "%c%.*s%c%.*s%c%" PRIx64 "%c%.*s", 0, STR_ARG(seconds),
        0, STR_ARG(c2s_address), 0, sid, 0, STR_ARG(bare_jid));

    hmac_sha256(signing, data, mac);
    return hex_encode(arena, (struct str){(const char *)mac, sizeof(mac)});
}

struct str grant_sign(struct arena *arena, const struct grant_key *key,
                      struct str c2s_address, uint64_t sid, struct str bare_jid,
                      int64_t now_seconds)
{
    struct str seconds = arena_printf(arena, "%" PRId64, now_seconds);
    struct str mac = grant_mac(arena, key, seconds, c2s_address, sid, bare_jid);

    return arena_printf(arena, VERSION ":%.*s:%.*s", STR_ARG(seconds),
                        STR_ARG(mac));
}

bool grant_verify(const struct grant_key *key, struct str token,
                  struct str c2s_address, uint64_t sid, struct str bare_jid,
                  int64_t now_seconds, int64_t max_age_seconds)
{
    struct arena arena = {0};
    struct str version = str_cut(&token, ':');
    struct str seconds = str_cut(&token, ':');
    int64_t signed_at;
    bool valid;

    if (!str_is(version, VERSION) || token.len != MAC_CHARS ||
        !str_to_i64(seconds, &signed_at))
        return false;
    valid = str_eq_constant_time(
        token, grant_mac(&arena, key, seconds, c2s_address, sid, bare_jid));
    arena_clear(&arena);
    if (!valid || max_age_seconds == 0)
        return valid;
    return signed_at <= now_seconds + CLOCK_SLACK &&
           now_seconds - signed_at <= max_age_seconds;
}

bool grant_is_older(struct str token, int64_t now_seconds, int64_t age_seconds)
{
    int64_t signed_at;

    (void)str_cut(&token, ':');
    return !str_to_i64(str_cut(&token, ':'), &signed_at) ||
           now_seconds - signed_at > age_seconds;
}

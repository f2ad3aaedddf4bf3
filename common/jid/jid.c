#include "jid.h"

#include <string.h>

/* Cuts local@domain/resource without judging the parts: the resource begins at
 * the first '/', the localpart ends at the first '@' before it. An empty part
 * that has its separator is present and empty, so that it is refused. */
static void split(struct str text, struct str *local, struct str *domain,
                  struct str *resource)
{
    const char *slash = text.len ? memchr(text.p, '/', text.len) : NULL;
    const char *at;

    *resource = STR_NONE;
    if (slash) {
        size_t before = (size_t)(slash - text.p);
        *resource = (struct str){slash + 1, text.len - before - 1};
        text.len = before;
    }
    at = text.len ? memchr(text.p, '@', text.len) : NULL;
    *local = STR_NONE;
    *domain = text;
    if (at) {
        *local = (struct str){text.p, (size_t)(at - text.p)};
        *domain = (struct str){at + 1, text.len - local->len - 1};
    }
}

bool jid_parse(struct jid *jid, struct arena *arena, struct str text)
{
    struct str local, domain, resource;

    /* Preparation may shorten a part, but not without bound. */
    if (text.len == 0 || text.len > 4 * (3 * JID_PART_MAX + 2))
        return false;
    split(text, &local, &domain, &resource);
    if (local.p) {
        local = jid_prep_local(arena, local);
        if (!local.p)
            return false;
    }
    domain = jid_prep_domain(arena, domain);
    if (!domain.p)
        return false;
    if (resource.p) {
        resource = jid_prep_resource(arena, resource);
        if (!resource.p)
            return false;
    }
    *jid = jid_make(arena, local, domain, resource);
    return true;
}

static char *append(char *at, struct str part)
{
    if (part.len)
        memcpy(at, part.p, part.len);
    return at + part.len;
}

struct jid jid_make(struct arena *arena, struct str local, struct str domain,
                    struct str resource)
{
    struct jid jid = {0};
    size_t size = (local.p ? local.len + 1 : 0) + domain.len +
                  (resource.p ? resource.len + 1 : 0);
    char *start = arena_bytes(arena, size + 1);
    char *at = start;

    if (local.p) {
        jid.local = (struct str){at, local.len};
        at = append(at, local);
        *at++ = '@';
    }
    jid.domain = (struct str){at, domain.len};
    at = append(at, domain);
    jid.bare = (struct str){start, (size_t)(at - start)};
    if (resource.p) {
        *at++ = '/';
        jid.resource = (struct str){at, resource.len};
        at = append(at, resource);
    }
    *at = '\0';
    jid.full = (struct str){start, (size_t)(at - start)};
    return jid;
}

bool jid_is_bare(const struct jid *jid)
{
    return !jid->resource.p;
}

bool jid_eq(const struct jid *a, const struct jid *b)
{
    return str_eq(a->full, b->full);
}

bool jid_bare_eq(const struct jid *a, const struct jid *b)
{
    return str_eq(a->bare, b->bare);
}

unsigned jid_shard(struct str bare)
{
    uint64_t hash = UINT64_C(14695981039346656037);

    for (size_t i = 0; i < bare.len; i++) {
        hash ^= (unsigned char)bare.p[i];
        hash *= UINT64_C(1099511628211);
    }
    return (unsigned)((hash ^ hash >> 32) % JID_SHARDS);
}

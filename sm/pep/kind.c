#include "sm/pep/kind.h"

#include <stdlib.h>
#include <utlist.h>

#include "common/stanza/namespaces.h"
#include "sm/pep/settings.h"

#define NOTIFY STR("+notify")

/* Of one kind; what it wants beyond is not remembered. */
#define MAX_NODES      64
#define MAX_NODE_BYTES 8192u

static void kind_free(struct kind *kind)
{
    free((char *)kind->key.p);
    free((char *)kind->nodes.p);
    free(kind);
}

void kind_drop(struct kind *kind)
{
    if (kind && --kind->holders == 0 && !kind->is_shared)
        kind_free(kind);
}

struct kind *kind_hold(struct kinds *kinds, struct kind *kind)
{
    kind->holders++;
    if (kind->is_shared) {
        DL_DELETE(kinds->oldest, kind);
        DL_APPEND(kinds->oldest, kind);
    }
    return kind;
}

struct kind *kind_find(const struct kinds *kinds, struct str key)
{
    struct kind *kind;

    HASH_FIND(hh, kinds->by_key, key.p, key.len, kind);
    return kind;
}

/* Out of the cache; who holds it keeps it. */
static void unshare(struct kinds *kinds, struct kind *kind)
{
    HASH_DEL(kinds->by_key, kind);
    DL_DELETE(kinds->oldest, kind);
    kind->is_shared = false;
    if (kind->holders == 0)
        kind_free(kind);
}

void kind_share(struct kinds *kinds, const struct config *config,
                struct kind *kind)
{
    size_t most = (size_t)config_int(config, "sm.pep-caps-cache");

    while (HASH_COUNT(kinds->by_key) >= most)
        unshare(kinds, kinds->oldest);
    kind->is_shared = true;
    HASH_ADD_KEYPTR(hh, kinds->by_key, kind->key.p, kind->key.len, kind);
    DL_APPEND(kinds->oldest, kind);
}

void kinds_clear(struct kinds *kinds)
{
    while (kinds->oldest)
        unshare(kinds, kinds->oldest);
}

/* The node that a feature asks for events of; absent: it does not. */
static struct str wanted_node(const struct xml *feature)
{
    struct str name = xml_get(feature, "var");
    struct str suffix = NOTIFY;

    if (name.len <= suffix.len ||
        !str_eq((struct str){name.p + name.len - suffix.len, suffix.len},
                suffix))
        return STR_NONE;
    name.len -= suffix.len;
    return memchr(name.p, PEP_SEPARATOR, name.len) ? STR_NONE : name;
}

struct kind *kind_new(struct str key, const struct xml *query)
{
    struct kind *kind = NEW(struct kind);
    struct buf nodes = {0};
    unsigned count = 0;

    for (const struct xml *f = xml_child(query, NS_DISCO_INFO, "feature"); f;
         f = xml_next(f, NS_DISCO_INFO, "feature")) {
        struct str node = wanted_node(f);

        if (!node.len || count == MAX_NODES ||
            buf_len(&nodes) + node.len >= MAX_NODE_BYTES)
            continue;
        if (count++ > 0)
            buf_add_char(&nodes, PEP_SEPARATOR);
        buf_add(&nodes, node);
    }
    kind->key = str_dup(key);
    kind->nodes = str_dup(buf_view(&nodes));
    buf_clear(&nodes);
    return kind;
}

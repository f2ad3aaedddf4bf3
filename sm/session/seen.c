#include "sm/session/seen.h"

#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "sm/session/departed.h"

struct seen {
    struct seen *next;
    size_t len;
    char origin[];
};

void seen_note(struct session *session, struct str origin)
{
    struct seen *seen = mem_zalloc(sizeof(*seen) + origin.len);

    memcpy(seen->origin, origin.p, origin.len);
    seen->len = origin.len;
    LL_PREPEND(session->seen, seen);
}

static struct seen *find(const struct session *session, struct str origin)
{
    struct seen *seen;

    LL_FOREACH(session->seen, seen)
    if (str_eq((struct str){seen->origin, seen->len}, origin))
        return seen;
    return NULL;
}

bool seen_has(const struct session *session, struct str origin)
{
    return find(session, origin) != NULL;
}

bool seen_take(struct session *session, struct str origin)
{
    struct seen *seen = find(session, origin);

    if (!seen)
        return false;
    LL_DELETE(session->seen, seen);
    free(seen);
    return true;
}

void seen_depart(struct session *session)
{
    const struct account *account = session->account;
    const struct seen *seen;

    LL_FOREACH(session->seen, seen)
    departed_note(account->sm, account->jid.bare,
                  (struct str){seen->origin, seen->len});
}

void seen_clear(struct session *session)
{
    struct seen *seen;

    while ((seen = session->seen)) {
        session->seen = seen->next;
        free(seen);
    }
}

/* Handing out. Each recipient's copy has an origin that stays the same after a
 * crash, so that whoever has it already is passed over. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "common/mem/hash.h"

#include "sm/groups/broadcast.h"
#include "sm/route.h"
#include "sm/store/store.h"

#define BATCH 500u
#define MOST  2000u /* copies on their way at once */

/* A copy that is on its way, or whose row is being written. */
struct copy {
    struct sm *sm;
    int64_t id;
    struct str key; /* "ID username@domain", behind the struct */
    struct str user, domain;
    UT_hash_handle hh;
};

struct broadcasts {
    struct copy *copies;
    bool is_reading, is_due; /* is_due: there may be more than was read */
    int64_t last_id;         /* the reading goes on behind these */
    char last_user[1024];
    size_t rows; /* of the reading at hand */
};

static void on_handed(void *ctx, bool ok)
{
    struct copy *copy = ctx;
    struct broadcasts *broadcasts = copy->sm->broadcasts;
    struct sm *sm = copy->sm;

    (void)ok; /* it comes again with the next reading */
    HASH_DEL(broadcasts->copies, copy);
    free(copy);
    broadcasts_go_on(sm);
}

/* Stored, or with a session of the recipient. */
static void on_taken(void *ctx)
{
    struct copy *copy = ctx;

    store_broadcast_handed(copy->sm->store, copy->id,
                           (struct store_user){copy->domain, copy->user},
                           on_handed, copy);
}

static struct copy *copy_new(struct sm *sm, const struct store_row *row)
{
    struct broadcasts *broadcasts = sm->broadcasts;
    struct str id = row->columns[0], user = row->columns[2],
               domain = row->columns[3];
    size_t length = id.len + 1 + user.len + 1 + domain.len;
    struct copy *copy = mem_zalloc(sizeof(*copy) + length + 1), *other;
    char *bytes = (char *)(copy + 1);

    (void)snprintf(bytes, length + 1, "%.*s %.*s@%.*s", STR_ARG(id),
                   STR_ARG(user), STR_ARG(domain));
    copy->sm = sm;
    copy->key = (struct str){bytes, length};
    copy->user = (struct str){bytes + id.len + 1, user.len};
    copy->domain = (struct str){copy->user.p + user.len + 1, domain.len};
    HASH_FIND(hh, broadcasts->copies, bytes, length, other);
    if (other || !str_to_i64(id, &copy->id)) {
        free(copy);
        return NULL;
    }
    HASH_ADD_KEYPTR(hh, broadcasts->copies, copy->key.p, copy->key.len, copy);
    return copy;
}

static void send_copy(struct sm *sm, const struct store_row *row)
{
    struct copy *copy = copy_new(sm, row);
    struct xml *message;
    struct duty *duty;
    char origin[64];

    if (!copy)
        return;
    duty = duty_new_own(on_taken, copy);
    (void)snprintf(origin, sizeof(origin), "broadcast:%lld:%.*s",
                   (long long)copy->id, STR_ARG(row->columns[1]));
    duty->origin = str_dup(str_of(origin));
    message = xml_parse(sm->parser, &sm->arena, row->columns[5]);
    if (message) {
        xml_set(message, STR("id"),
                arena_printf(&sm->arena, BROADCAST_ID "%lld",
                             (long long)copy->id));
        xml_set(message, STR("to"),
                jid_make(&sm->arena, copy->user, copy->domain, STR_NONE).full);
        route(sm, duty, message);
    }
    duty_drop(duty);
}

static void on_open(void *ctx, const struct store_row *row, bool ok)
{
    struct sm *sm = ctx;
    struct broadcasts *broadcasts = sm->broadcasts;

    if (row) {
        broadcasts->rows++;
        if (!str_to_i64(row->columns[0], &broadcasts->last_id))
            return;
        (void)snprintf(broadcasts->last_user, sizeof(broadcasts->last_user),
                       "%.*s", STR_ARG(row->columns[2]));
        send_copy(sm, row);
        return;
    }
    broadcasts->is_reading = false;
    if (ok && broadcasts->rows == BATCH) {
        broadcasts->is_due = true;
    } else if (ok) {
        broadcasts->last_id = 0; /* all was read; what comes is told */
        broadcasts->last_user[0] = '\0';
    } else {
        broadcasts->is_due = true;
        return; /* the next second tries again */
    }
    broadcasts_go_on(sm);
}

void broadcasts_go_on(struct sm *sm)
{
    struct broadcasts *broadcasts = sm->broadcasts;

    if (!broadcasts || !broadcasts->is_due || broadcasts->is_reading ||
        !sm->is_serving || HASH_COUNT(broadcasts->copies) + BATCH > MOST)
        return;
    broadcasts->is_due = false;
    broadcasts->is_reading = true;
    broadcasts->rows = 0;
    store_broadcast_open(sm->store, sm->instance, sm->of, BATCH,
                         broadcasts->last_id, str_of(broadcasts->last_user),
                         on_open, sm);
}

void broadcasts_begin(struct sm *sm)
{
    if (!sm->broadcasts)
        sm->broadcasts = NEW(struct broadcasts);
    /* Something may have come before the place that was reached. */
    sm->broadcasts->last_id = 0;
    sm->broadcasts->last_user[0] = '\0';
    sm->broadcasts->is_due = true;
    broadcasts_go_on(sm);
}

void broadcasts_free(struct broadcasts *broadcasts)
{
    struct copy *copy, *next;

    if (!broadcasts)
        return;
    HASH_ITER(hh, broadcasts->copies, copy, next)
    {
        HASH_DEL(broadcasts->copies, copy);
        free(copy);
    }
    free(broadcasts);
}

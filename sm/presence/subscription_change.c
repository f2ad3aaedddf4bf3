/* Changes of subscriptions, with what is owed until they are committed. */
#include "sm/presence/subscription_change.h"

#include <stdlib.h>

#include "sm/admin/permit.h"
#include "sm/presence/presence.h"
#include "sm/store/store.h"

/* Of one request that waits: a name and a greeting, no more. */
#define MAX_REQUEST_BYTES 8192u

struct change {
    struct account *account;
    struct duty *duty;
};

static void on_changed(void *ctx, bool ok)
{
    struct change *change = ctx;
    struct account *account = change->account;

    (void)ok; /* the store has logged it; memory stays ahead of the rows */
    duty_drop(change->duty);
    free(change);
    account->writes--;
    account_update_idle(account);
}

static struct change *change_new(struct account *account, struct duty *duty)
{
    struct change *change = NEW(struct change);

    change->account = account;
    change->duty = duty;
    duty_hold(duty);
    account->writes++;
    account_update_idle(account);
    return change;
}

void request_forget(struct account *account, struct duty *duty,
                    struct roster_item *item)
{
    if (!item->request.p)
        return;
    free((char *)item->request.p);
    item->request = STR_NONE;
    store_request_remove(account->sm->store, store_user(&account->jid),
                         item->jid, on_changed, change_new(account, duty));
}

void subscription_set(struct account *account, struct duty *duty,
                      struct roster_item *item, enum subscription_state next)
{
    bool was_asked = roster_item_is_asked(item);

    item->state = next;
    if (was_asked && !roster_item_is_asked(item))
        request_forget(account, duty, item);
    if (item->is_listed) {
        store_roster_put(account->sm->store, store_user(&account->jid), item,
                         on_changed, change_new(account, duty));
        roster_push(account, duty, item->jid);
    } else if (next == SUB_NONE && !item->approved) {
        roster_remove(&account->roster, item);
    }
}

struct roster_item *subscription_list(struct account *account, struct str jid)
{
    int64_t most = permit_limit(account, MAX_ROSTER);
    struct roster_item *item = roster_find(&account->roster, jid);

    if (item && item->is_listed)
        return item;
    if (most && account->roster.listed >= (size_t)most)
        return NULL;
    item = roster_get(&account->roster, jid);
    roster_set(&account->roster, item, STR_NONE, NULL, 0);
    return item;
}

void request_keep(struct account *account, struct duty *duty,
                  struct roster_item *item, struct xml *presence)
{
    struct sm *sm = account->sm;

    buf_reset(&sm->out);
    xml_write(&sm->out, presence, NS_CLIENT);
    free((char *)item->request.p);
    item->request = str_dup(buf_view(&sm->out));
    store_request_put(sm->store, store_user(&account->jid), item->jid,
                      item->request, on_changed, change_new(account, duty));
}

bool request_has_room(const struct account *account, const struct xml *presence)
{
    const struct config *config = account->sm->config;
    int64_t most = config_int(config, "sm.roster-max-requests");
    const struct roster_item *item;
    int64_t count = 0;

    buf_reset(&account->sm->out);
    xml_write(&account->sm->out, presence, NS_CLIENT);
    if (buf_len(&account->sm->out) > MAX_REQUEST_BYTES)
        return false;
    for (item = account->roster.items; item; item = item->hh.next)
        count += item->request.p != NULL;
    return !most || count < most;
}

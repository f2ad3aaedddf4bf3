#include "sm/pep/node.h"

#include <stdlib.h>
#include <utlist.h>

#include "common/log/log.h"
#include "sm/presence/contact.h"

struct pep_wait {
    struct pep_wait *next;
    pep_task *run;
    void *ctx;
};

/* --- in memory ------------------------------------------------------------ */

static void node_clear(struct pep_node *node)
{
    pep_settings_clear(&node->settings);
    free((char *)node->affiliations.p);
}

static void node_free(struct pep *pep, struct pep_node *node)
{
    HASH_DEL(pep->nodes, node);
    node_clear(node);
    free((char *)node->name.p);
    free(node);
}

struct pep_node *pep_find(const struct account *account, struct str name)
{
    struct pep_node *node = NULL;

    if (account->pep && name.len)
        HASH_FIND(hh, account->pep->nodes, name.p, name.len, node);
    return node;
}

static struct pep_node *keep(struct account *account, struct str name,
                             const struct pep_settings *settings,
                             struct str affiliations)
{
    struct pep_node *node = pep_find(account, name);
    struct pep_node old;

    if (!node) {
        node = NEW(struct pep_node);
        node->name = str_dup(name);
        HASH_ADD_KEYPTR(hh, account->pep->nodes, node->name.p, node->name.len,
                        node);
    }
    old = *node; /* what is to be kept may be part of it */
    pep_settings_dup(&node->settings, settings);
    node->affiliations = str_dup(affiliations);
    node_clear(&old);
    return node;
}

void pep_forget(struct account *account)
{
    struct pep *pep = account->pep;
    struct pep_wait *wait;

    if (!pep)
        return;
    while (pep->nodes)
        node_free(pep, pep->nodes);
    while ((wait = pep->waiting)) {
        pep->waiting = wait->next;
        free(wait);
    }
    free(pep);
    account->pep = NULL;
}

/* --- read ----------------------------------------------------------------- */

static void read_node(struct account *account, const struct store_row *row)
{
    struct sm *sm = account->sm;
    struct xml *form = xml_parse(sm->parser, &sm->arena, row->columns[1]);
    struct pep_settings settings;

    pep_settings_default(&settings);
    if (!form || pep_settings_read(&settings, sm->config, &sm->arena, form) ==
                     PEP_FORM_BAD) {
        log_event(LOG_LEVEL_ERROR, "bad-pep-node",
                  LOG_STR("jid", account->jid.bare),
                  LOG_STR("node", row->columns[0]));
        return;
    }
    (void)keep(account, row->columns[0], &settings, row->columns[2]);
}

static void run_waiting(struct account *account, bool ok)
{
    struct pep_wait *waiting = account->pep->waiting, *next;

    account->pep->waiting = NULL;
    account->pep->is_read = ok;
    if (!ok)
        pep_forget(account);
    for (; waiting; waiting = next) {
        next = waiting->next;
        waiting->run(account, waiting->ctx, ok);
        free(waiting);
    }
}

static void on_node(void *ctx, const struct store_row *row, bool ok)
{
    struct account *account = ctx;

    if (row) {
        read_node(account, row);
        return;
    }
    run_waiting(account, ok);
    account->writes--;
    account_update_idle(account);
}

void pep_with(struct account *account, pep_task *run, void *ctx)
{
    struct pep_wait *wait;
    bool is_first = !account->pep;

    if (account->pep && account->pep->is_read) {
        run(account, ctx, true);
        return;
    }
    if (is_first)
        account->pep = NEW(struct pep);
    wait = NEW(struct pep_wait);
    wait->run = run;
    wait->ctx = ctx;
    LL_APPEND(account->pep->waiting, wait);
    if (!is_first)
        return;
    account->writes++; /* it stays until they are there */
    account_update_idle(account);
    store_pep_nodes(account->sm->store, store_user(&account->jid), on_node,
                    account);
}

/* --- changed -------------------------------------------------------------- */

/* A row under way. */
struct writing {
    struct account *account;
    store_done *done;
    void *ctx;
};

static struct writing *writing_new(struct account *account, store_done *done,
                                   void *ctx)
{
    struct writing *writing = NEW(struct writing);

    *writing = (struct writing){account, done, ctx};
    account->writes++;
    account_update_idle(account);
    return writing;
}

/* Memory was ahead of the database: what that refused is not so. */
static void on_written(void *ctx, bool ok)
{
    struct writing *writing = ctx;
    struct account *account = writing->account;

    if (!ok && account->pep && account->pep->is_read)
        pep_forget(account);
    if (writing->done)
        writing->done(writing->ctx, ok);
    free(writing);
    account->writes--;
    account_update_idle(account);
}

static void write_node(struct account *account, const struct pep_node *node,
                       store_done *done, void *ctx)
{
    struct sm *sm = account->sm;
    struct xml *parent = xml_new(&sm->arena, NS_PUBSUB, STR("pubsub"));
    struct buf form = {0};

    xml_write(&form, pep_settings_write(&node->settings, parent, NULL),
              NS_CLIENT);
    store_pep_node_set(sm->store, store_user(&account->jid), node->name,
                       buf_view(&form), node->affiliations, on_written,
                       writing_new(account, done, ctx));
    buf_clear(&form);
}

struct pep_node *pep_set(struct account *account, struct str name,
                         const struct pep_settings *settings,
                         struct str affiliations, store_done *done, void *ctx)
{
    struct pep_node *node = keep(account, name, settings, affiliations);

    write_node(account, node, done, ctx);
    return node;
}

void pep_remove(struct account *account, struct pep_node *node,
                store_done *done, void *ctx)
{
    store_pep_node_remove(account->sm->store, store_user(&account->jid),
                          node->name, on_written,
                          writing_new(account, done, ctx));
    node_free(account->pep, node);
}

struct pep_node *pep_node_dup(struct arena *arena, const struct pep_node *node)
{
    struct pep_node *copy = arena_alloc(arena, sizeof(*copy));

    *copy = *node;
    copy->name = arena_dup(arena, node->name);
    copy->affiliations = arena_dup(arena, node->affiliations);
    copy->settings.groups = arena_dup(arena, node->settings.groups);
    copy->settings.title = arena_dup(arena, node->settings.title);
    copy->settings.type = arena_dup(arena, node->settings.type);
    return copy;
}

int64_t pep_most_items(const struct sm *sm, const struct pep_settings *settings)
{
    int64_t most = config_int(sm->config, "sm.pep-max-items");

    return settings->max_items && (int64_t)settings->max_items < most
               ? (int64_t)settings->max_items
               : most;
}

/* --- who may -------------------------------------------------------------- */

struct str pep_affiliation(const struct account *account,
                           struct str affiliations, struct str bare_jid)
{
    struct sm *sm = account->sm;
    const struct xml *list, *one;

    if (str_eq(bare_jid, account->jid.bare))
        return STR("owner");
    list = affiliations.len ? xml_parse(sm->parser, &sm->arena, affiliations)
                            : NULL;
    if (!list)
        return STR("none");
    for (one = xml_child(list, STR_NONE, "affiliation"); one;
         one = xml_next(one, STR_NONE, "affiliation"))
        if (str_eq(xml_get(one, "jid"), bare_jid))
            return xml_get(one, "affiliation");
    return STR("none");
}

static bool is_in_group(const struct contact *contact, struct str groups)
{
    while (groups.len)
        if (contact_has_group(contact, str_cut(&groups, PEP_SEPARATOR)))
            return true;
    return false;
}

enum pep_verdict pep_access(const struct account *account,
                            const struct pep_settings *settings,
                            struct str affiliations, struct str bare_jid)
{
    struct str affiliation = pep_affiliation(account, affiliations, bare_jid);
    struct contact contact;

    if (str_is(affiliation, "owner"))
        return PEP_MAY;
    if (str_is(affiliation, "outcast"))
        return PEP_OUTCAST;
    if (str_is(affiliation, "member") || settings->access == PEP_OPEN)
        return PEP_MAY;
    if (settings->access == PEP_WHITELIST)
        return PEP_UNLISTED;
    contact = contact_of(account, bare_jid);
    if (settings->access == PEP_PRESENCE)
        return contact.sees ? PEP_MAY : PEP_UNSUBSCRIBED;
    return contact.sees && is_in_group(&contact, settings->groups)
               ? PEP_MAY
               : PEP_OUTSIDE;
}

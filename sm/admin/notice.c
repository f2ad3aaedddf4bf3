#include "sm/admin/notice.h"

#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "sm/route.h"
#include "sm/store/store.h"

const struct notice *notice_find(const struct sm *sm, struct str domain,
                                 struct str kind)
{
    const struct notice *notice;

    LL_FOREACH(sm->notices, notice)
    if (str_eq(notice->domain, domain) && str_eq(notice->kind, kind))
        return notice;
    return NULL;
}

/* --- what there is -------------------------------------------------------- */

static void free_list(struct notice *list)
{
    struct notice *notice, *next;

    LL_FOREACH_SAFE(list, notice, next)
    free(notice);
}

static struct str put(char **at, struct str text)
{
    struct str copy = {*at, text.len};

    memcpy(*at, text.p, text.len);
    *at += text.len;
    return copy;
}

static struct notice *notice_new(const struct store_row *row)
{
    struct str domain = row->columns[0], kind = row->columns[1],
               text = row->columns[3];
    struct notice *notice =
        mem_zalloc(sizeof(*notice) + domain.len + kind.len + text.len);
    char *at = (char *)(notice + 1);

    notice->domain = put(&at, domain);
    notice->kind = put(&at, kind);
    notice->text = put(&at, text);
    (void)!str_to_i64(row->columns[2], &notice->number);
    return notice;
}

void notices_take(struct sm *sm, const struct store_row *row, bool ok)
{
    struct notice *notice;

    if (row) {
        notice = notice_new(row);
        LL_PREPEND(sm->coming_notices, notice);
        return;
    }
    if (ok) {
        free_list(sm->notices);
        sm->notices = sm->coming_notices;
    } else {
        free_list(sm->coming_notices);
    }
    sm->coming_notices = NULL;
}

void notices_clear(struct sm *sm)
{
    free_list(sm->notices);
    free_list(sm->coming_notices);
    sm->notices = sm->coming_notices = NULL;
}

/* --- telling it ----------------------------------------------------------- */

struct xml *notice_message(struct arena *arena, struct str domain,
                           struct str text, bool waits)
{
    struct xml *message = xml_new(arena, NS_CLIENT, STR("message"));

    xml_set(message, STR("from"), domain);
    if (!waits)
        xml_set(message, STR("type"), STR("headline"));
    xml_add_leaf(message, NS_CLIENT, STR("body"), text);
    return message;
}

/* A copy on its way to a user. */
struct telling {
    struct sm *sm;
    int64_t number;
    struct str jid;  /* bare; heap */
    struct str kind; /* heap */
};

static void on_seen(void *ctx, bool ok)
{
    struct telling *telling = ctx;

    (void)ok; /* else it is told once more with the next login */
    free((char *)(uintptr_t)telling->jid.p);
    free((char *)(uintptr_t)telling->kind.p);
    free(telling);
}

/* A c2sd has it for the client. */
static void on_told(void *ctx)
{
    struct telling *telling = ctx;
    struct arena arena = {0};
    struct jid jid;

    if (jid_parse(&jid, &arena, telling->jid))
        store_notice_seen(telling->sm->store, store_user(&jid), telling->kind,
                          telling->number, on_seen, telling);
    else
        on_seen(telling, false);
    arena_clear(&arena);
}

static bool is_there(const struct account *account)
{
    const struct session *session;

    DL_FOREACH(account->sessions, session)
    if (session->is_available && !session->is_doomed && session->priority >= 0)
        return true;
    return false;
}

static void tell(struct account *account, const struct notice *notice)
{
    struct sm *sm = account->sm;
    struct telling *telling = NEW(struct telling);
    struct duty *duty;
    struct xml *message;

    *telling = (struct telling){sm, notice->number, str_dup(account->jid.bare),
                                str_dup(notice->kind)};
    duty = duty_new_own(on_told, telling);
    message = notice_message(&sm->arena, notice->domain, notice->text, false);
    xml_set(message, STR("to"), account->jid.bare);
    route(sm, duty, message);
    duty_drop(duty);
}

/* Columns: the kind of what the account has not seen. */
static void on_due(void *ctx, const struct store_row *row, bool ok)
{
    struct account *account = ctx;
    const struct notice *notice;

    if (row) {
        notice = notice_find(account->sm, account->jid.domain, row->columns[0]);
        if (notice && is_there(account))
            tell(account, notice);
        return;
    }
    if (!ok)
        account->greeted = 0;
    account->writes--;
    account_update_idle(account);
}

void notice_greet(struct session *session)
{
    struct account *account = session->account;
    const struct notice *notice;
    int64_t newest = 0;

    if (account->is_guest || session->priority < 0)
        return;
    LL_FOREACH(account->sm->notices, notice)
    if (str_eq(notice->domain, account->jid.domain) && notice->number > newest)
        newest = notice->number;
    if (newest <= account->greeted)
        return;
    account->greeted = newest;
    account->writes++;
    store_notices_due(account->sm->store, store_user(&account->jid), on_due,
                      account);
}

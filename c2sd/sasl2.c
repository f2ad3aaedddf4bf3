#include "sasl2.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "common/codec/codec.h"
#include "common/link/control.h"

#define MAX_TAG_BYTES 128
#define UUID_CHARS    36
#define ID_BYTES      8 /* of a resource that stays the same */

/* --- what is wanted ------------------------------------------------------- */

static void drop(struct str *text)
{
    free((char *)text->p);
    *text = STR_NONE;
}

void sasl2_forget(struct client *client)
{
    struct wish *wish = client->wish;

    if (!wish)
        return;
    drop(&wish->data);
    drop(&wish->previd);
    drop(&wish->h);
    drop(&wish->failed);
    drop(&wish->tag);
    drop(&wish->user_agent);
    drop(&wish->resume);
    drop(&wish->max);
    drop(&wish->jid);
    free(wish);
    client->wish = NULL;
}

/* XEP-0388 §2.3: a client installation's own number. */
static bool is_uuid(struct str id)
{
    for (size_t i = 0; i < id.len; i++) {
        bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;

        if (is_dash ? id.p[i] != '-' : !isxdigit((unsigned char)id.p[i]))
            return false;
    }
    return id.len == UUID_CHARS;
}

/* What the client calls itself, as far as it may stand in a resource. */
static struct str tag_of(struct arena *arena, const struct xml *bind)
{
    struct str tag = xml_child_text(bind, NS_BIND2, "tag");

    return tag.len > 0 && tag.len <= MAX_TAG_BYTES
               ? jid_prep_resource(arena, tag)
               : STR_NONE;
}

static void take_bind(struct client *client, const struct xml *bind,
                      struct str user_agent)
{
    struct wish *wish = client->wish;
    const struct xml *enable = xml_child(bind, NS_SM, "enable");

    wish->binds = true;
    wish->tag = str_dup(tag_of(&client->c2sd->arena, bind));
    wish->user_agent = str_dup(user_agent);
    wish->carbons = xml_child(bind, NS_CARBONS, "enable") != NULL;
    wish->inactive = xml_child(bind, NS_CSI, "inactive") != NULL;
    wish->enables = enable != NULL;
    if (!enable)
        return;
    wish->resume = str_dup(xml_get(enable, "resume"));
    wish->max = str_dup(xml_get(enable, "max"));
}

bool sasl2_take_wish(struct client *client, const struct xml *authenticate)
{
    const struct xml *agent = xml_child(authenticate, NS_SASL2, "user-agent");
    const struct xml *resume = xml_child(authenticate, NS_SM, "resume");
    const struct xml *bind = xml_child(authenticate, NS_BIND2, "bind");
    struct str id = agent ? xml_get(agent, "id") : STR_NONE;
    uint64_t h;

    sasl2_forget(client);
    client->wish = NEW(struct wish);
    if (id.p && !is_uuid(id))
        return false;
    if (resume) {
        if (!str_to_u64(xml_get(resume, "h"), &h) || h > UINT32_MAX ||
            !xml_get(resume, "previd").len)
            return false;
        client->wish->previd = str_dup(xml_get(resume, "previd"));
        client->wish->h = str_dup(xml_get(resume, "h"));
    }
    if (bind)
        take_bind(client, bind, id);
    return true;
}

void sasl2_describe(const struct client *client, struct xml *open)
{
    const struct wish *wish = client->wish;

    xml_set(open, STR(CTL_A_ARCHIVE), STR("1"));
    if (wish->carbons)
        xml_set(open, STR(CTL_A_CARBONS), STR("1"));
    if (!wish->enables)
        return;
    xml_set(open, STR(CTL_A_IN), STR("0"));
    if (str_is(wish->resume, "true") || str_is(wish->resume, "1"))
        xml_set(open, STR(CTL_A_RESUME), STR("1"));
    if (wish->max.p)
        xml_set(open, STR(CTL_A_MAX), wish->max);
}

/* --- doing it ------------------------------------------------------------- */

/* The same for each login of a client installation to an account: neither its
 * number nor its other accounts can be told from it (XEP-0386 §3.2.1). */
static struct str stable_id(struct arena *arena, const struct client *client)
{
    unsigned char mac[32];

    hmac_sha256(client->wish->user_agent, client->jid, mac);
    return hex_encode(arena, (struct str){(const char *)mac, ID_BYTES});
}

/* Absent: sm chooses one. */
static struct str choose_resource(const struct client *client)
{
    struct arena *arena = &client->c2sd->arena;
    const struct wish *wish = client->wish;
    struct str id;

    if (!wish->tag.p && !wish->user_agent.p)
        return STR_NONE;
    id = wish->user_agent.p ? stable_id(arena, client)
                            : random_id(arena, 2 * ID_BYTES);
    return wish->tag.p ? arena_printf(arena, "%.*s/%.*s", STR_ARG(wish->tag),
                                      STR_ARG(id))
                       : id;
}

static void go_on(struct client *client)
{
    struct wish *wish = client->wish;

    if (wish->previd.p && !wish->failed.p)
        client_resume(client, wish->previd, wish->h);
    else if (wish->binds)
        client_open_session(client, choose_resource(client));
    else
        sasl2_succeed(client, NULL);
}

void sasl2_go_on(struct client *client, struct str data)
{
    /* XEP-0388 §2.3: who has said who he is, is that or nobody. */
    if (client->from.p && !str_eq(client->from, client->jid)) {
        drop(&client->jid);
        drop(&client->grant);
        client_sasl_fail(client, STR("invalid-authzid"),
                         STR("The stream is another's"));
        return;
    }
    client->wish->data = str_dup(data);
    go_on(client);
}

bool sasl2_opened(struct client *client, struct str full)
{
    if (!client->wish->enables)
        return true;
    drop(&client->wish->jid);
    client->wish->jid = str_dup(full);
    client->is_enabling = true;
    return false;
}

/* The login succeeds without the old session, but not without a new one. */
void sasl2_refused(struct client *client, struct str condition, struct str text)
{
    if (client->is_resuming) {
        drop(&client->wish->failed);
        client->wish->failed = str_dup(condition);
        go_on(client);
        return;
    }
    drop(&client->jid);
    drop(&client->grant);
    client_sasl_fail(client, STR("temporary-auth-failure"), text);
}

/* --- telling it ----------------------------------------------------------- */

static void add_failed(struct xml *success, struct str condition)
{
    struct xml *failed = xml_add(success, NS_SM, STR("failed"));

    xml_add(failed, NS_STANZA_ERROR, condition);
}

/* In the order of XEP-0388 and of XEP-0198 §9. */
static void say_success(struct client *client, struct xml *managed)
{
    const struct wish *wish = client->wish;
    struct xml *success =
        xml_new(&client->c2sd->arena, NS_SASL2, STR("success"));
    bool is_bound = client->state == CLIENT_BOUND && !client->is_resuming;

    if (wish->data.p)
        xml_add_leaf(success, NS_SASL2, STR("additional-data"), wish->data);
    xml_add_leaf(success, NS_SASL2, STR("authorization-identifier"),
                 client->jid);
    if (wish->failed.p)
        add_failed(success, wish->failed);
    if (is_bound)
        success = xml_add(success, NS_BIND2, STR("bound"));
    if (managed)
        xml_append(success, managed);
    while (success->parent)
        success = success->parent;
    client_say_xml(client, success);
}

void sasl2_succeed(struct client *client, struct xml *managed)
{
    bool is_resumed = client->state == CLIENT_BOUND && client->is_resuming;

    client->is_authed = true;
    client->c2sd->logins++;
    if (client->state != CLIENT_BOUND)
        client->state = CLIENT_OPEN;
    client->is_inactive = client->wish->inactive && !is_resumed;
    client_take_limits(client);
    say_success(client, managed);
    sasl2_forget(client);
    if (!is_resumed)
        client_send_features(client);
}

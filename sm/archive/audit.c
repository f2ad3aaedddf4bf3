#include "sm/archive/audit.h"

#include <stdlib.h>

#include "sm/archive/archive.h"
#include "common/audit/audit.h"
#include "common/codec/codec.h"
#include "common/log/log.h"
#include "sm/store/store.h"

#define SALT_BYTES 8

/* --- what is written down ------------------------------------------------- */

/* Queries that one person's client sends to another's, not to the server. */
static bool is_between_people(const struct jid *from, const struct jid *to)
{
    return from->local.len && to->local.len && !jid_bare_eq(from, to);
}

static bool is_subscription(enum presence_type type)
{
    return type == PRESENCE_SUBSCRIBE || type == PRESENCE_SUBSCRIBED ||
           type == PRESENCE_UNSUBSCRIBE || type == PRESENCE_UNSUBSCRIBED;
}

static bool is_of_interest(const struct xml *stanza, const struct jid *from,
                           const struct jid *to)
{
    switch (stanza_kind(stanza)) {
    case STANZA_MESSAGE:
        return message_type(stanza) != MESSAGE_ERROR;
    case STANZA_PRESENCE:
        return is_subscription(presence_type(stanza));
    case STANZA_IQ:
        return is_between_people(from, to);
    case STANZA_NONE:
        break;
    }
    return false;
}

static enum audit_policy policy_of(const struct sm *sm, const struct jid *jid)
{
    return sm_serves(sm, jid->domain) && jid->local.len
               ? audit_policy_of(sm->directory, sm->config, jid->bare)
               : AUDIT_NONE;
}

static enum audit_policy policy_between(const struct sm *sm,
                                        const struct jid *from,
                                        const struct jid *to)
{
    enum audit_policy one = policy_of(sm, from);
    enum audit_policy other = policy_of(sm, to);

    return one > other ? one : other;
}

/* --- the line ------------------------------------------------------------- */

static struct str kind_of(struct arena *arena, const struct xml *stanza)
{
    struct str type = xml_get(stanza, "type");

    if (!type.len)
        type = stanza_kind(stanza) == STANZA_MESSAGE ? STR("normal") : STR("");
    return arena_printf(arena, "%.*s/%.*s", STR_ARG(stanza->name),
                        STR_ARG(type));
}

static void add_content(struct sm *sm, struct audit_line *line,
                        const struct xml *stanza)
{
    char salt[SALT_BYTES];

    buf_reset(&sm->audited);
    xml_write(&sm->audited, stanza, NS_CLIENT);
    random_bytes(salt, sizeof(salt));
    line->content = buf_view(&sm->audited);
    line->salt = hex_encode(&sm->arena, (struct str){salt, sizeof(salt)});
    line->content_hash = audit_hash_content(sm->audit_hasher, &sm->arena,
                                            line->salt, line->content);
}

/* Which of a frame's lines it is: what is the same when the frame comes again,
 * and different in each of those that one frame may lead to. */
static int64_t part_of(struct arena *arena, const struct audit_line *line)
{
    return archive_peer(
        arena_printf(arena, "%.*s %.*s %.*s %.*s %.*s", STR_ARG(line->kind),
                     STR_ARG(line->verdict), STR_ARG(line->sender),
                     STR_ARG(line->recipient), STR_ARG(line->stanza_id)));
}

/* A line that is being written. */
struct writing {
    struct duty *duty;
    int64_t id;
};

static void on_written(void *ctx, bool ok)
{
    struct writing *writing = ctx;

    if (!ok)
        log_event(LOG_LEVEL_ERROR, "not-journalled",
                  LOG_INT("id", writing->id));
    duty_drop(writing->duty);
    free(writing);
}

static void write_line(struct sm *sm, struct duty *duty,
                       const struct xml *stanza, const struct jid *from,
                       const struct jid *to, struct str verdict)
{
    enum audit_policy policy = policy_between(sm, from, to);
    struct writing *writing;
    struct audit_line line;

    if (policy == AUDIT_NONE || !is_of_interest(stanza, from, to))
        return;
    line = (struct audit_line){
        .id = archive_new_id(sm),
        .writer = sm->instance,
        .kind = kind_of(&sm->arena, stanza),
        .verdict = verdict,
        .sender = from->full,
        .recipient = to->full,
        .stanza_id = xml_get(stanza, "id"),
    };
    if (!line.stanza_id.p)
        line.stanza_id = STR("");
    if (policy == AUDIT_CONTENT)
        add_content(sm, &line, stanza);
    writing = NEW(struct writing);
    *writing = (struct writing){duty, line.id};
    duty_hold(duty);
    sm->journalled++;
    store_audit_add(sm->store, &line,
                    audit_hash_line(sm->audit_hasher, &sm->arena, &line),
                    duty_origin(duty, &sm->arena), part_of(&sm->arena, &line),
                    on_written, writing);
}

void audit_allowed(struct sm *sm, struct duty *duty, const struct xml *stanza,
                   const struct jid *from, const struct jid *to)
{
    write_line(sm, duty, stanza, from, to, STR("allowed"));
}

void audit_refused(struct sm *sm, struct duty *duty, const struct xml *stanza,
                   enum stanza_error condition)
{
    struct jid from, to;

    if (jid_parse(&from, &sm->arena, xml_get(stanza, "from")) &&
        jid_parse(&to, &sm->arena, xml_get(stanza, "to")))
        write_line(sm, duty, stanza, &from, &to,
                   arena_printf(&sm->arena, "refused:%s",
                                stanza_error_name(condition)));
}

/* A message in the administrator's name, to a user of this server or to a
 * group: what programs tell people. It goes the way of one from his client
 * (client.c): permissions, journal and archive are the same. */
#include <stdlib.h>

#include "common/service/service.h"
#include "sm/admin/command_internal.h"
#include "sm/admin/permit.h"
#include "sm/archive/archive.h"
#include "sm/archive/audit.h"
#include "sm/route.h"
#include "sm/store/store.h"

struct sending {
    struct refusal refusal;
    struct jid to;
    struct xml *message; /* in the request's arena */
    struct str id;
};

void fill_message_types(struct iq_request *request,
                        const struct command *command, struct xml *field)
{
    static const char *const types[] = {"normal", "chat", "headline"};

    (void)request, (void)command;
    for (size_t i = 0; i < COUNT_OF(types); i++)
        command_add_option(field, str_of(types[i]), str_of(types[i]));
}

/* All that the message leads to here is final: committed, delivered or refused.
 */
static void on_sent(void *ctx)
{
    struct iq_request *request = ctx;
    struct sending *sending = request->data;
    struct xml *result;

    if (sending->refusal.is_refused) {
        struct str text = arena_dup(request->arena, sending->refusal.text);

        free((char *)sending->refusal.text.p);
        iq_refuse(request, sending->refusal.condition, text.p);
        return;
    }
    result = command_result(request,
                            command_find(xml_get(request->payload, "node")));
    form_add(result, "id", "text-single", sending->id);
    command_done(request, "It is on its way", result);
}

/* The sender's account is at hand. */
static void pass_on(struct account *account, struct duty *duty,
                    struct channel *channel, const struct frame *frame,
                    struct xml *message)
{
    struct sm *sm = account->sm;
    struct jid from, to;

    (void)channel, (void)frame;
    if (!jid_parse(&from, &sm->arena, xml_get(message, "from")) ||
        !jid_parse(&to, &sm->arena, xml_get(message, "to")))
        return;
    if (account->state != ACCOUNT_READY) {
        route_error(sm, duty, message, ERR_INTERNAL_SERVER_ERROR,
                    "The sender's account could not be read");
        return;
    }
    if (!permit_stanza(account, duty, message, &to))
        return;
    audit_allowed(sm, duty, message, &from, &to);
    if (!jid_bare_eq(&to, &account->jid))
        (void)archive_sent(account, duty, message, &to);
    route(sm, duty, message);
    if (!sm_serves(sm, to.domain) || !sm_owns(sm, to.bare))
        archive_sent_done(sm, duty, message);
}

static void send(struct iq_request *request)
{
    struct sending *sending = request->data;
    struct duty *duty = duty_new_own(on_sent, request);

    duty->origin = str_dup(duty_origin(request->duty, request->arena));
    duty->refusal = &sending->refusal;
    account_with(request->sm, request->from.bare, pass_on, duty, NULL,
                 &(struct frame){0}, sending->message);
    duty_drop(duty);
}

/* Of whom the sender may not know he does not hear either whether they are there. */
static bool may_know(const struct iq_request *request, const struct jid *to)
{
    const struct sm *sm = request->sm;

    return sm_is_admin(sm, request->from.bare) ||
           directory_may_know(directory_find(sm->directory, request->from.bare),
                              directory_find(sm->directory, to->bare));
}

static void on_recipient(void *ctx, const struct store_row *row, bool ok)
{
    struct iq_request *request = ctx;
    const struct sending *sending = request->data;

    if (row) {
        request->number += may_know(request, &sending->to);
        return;
    }
    if (command_has_found(request, ok))
        send(request);
}

/* False: the request is answered. */
static bool read_message(struct iq_request *request, const struct xml *form,
                         struct jid *to, struct str *body)
{
    struct str type = form_value(form, "type");

    *body = command_text(request, form, "body");
    if (!jid_parse(to, request->arena, form_value(form, "to")) ||
        !to->local.len ||
        !(sm_serves(request->sm, to->domain) ||
          service_has(request->sm->config, SERVICE_BROADCAST, to->domain)))
        iq_refuse(request, ERR_BAD_REQUEST,
                  "to: expected a user of this server or a group");
    else if (!body->len)
        iq_refuse(request, ERR_BAD_REQUEST, "body: there is nothing to say");
    else if (type.len && !str_is(type, "normal") && !str_is(type, "chat") &&
             !str_is(type, "headline"))
        iq_refuse(request, ERR_BAD_REQUEST,
                  "type: expected normal, chat or headline");
    else
        return true;
    return false;
}

static struct xml *make_message(struct iq_request *kept, const struct xml *form,
                                const struct jid *to, struct str body,
                                struct str id)
{
    struct arena *arena = kept->arena;
    struct xml *message = xml_new(arena, NS_CLIENT, STR("message"));
    struct str type = form_value(form, "type");
    struct str subject = form_value(form, "subject");

    xml_set(message, STR("from"), kept->from.bare);
    xml_set(message, STR("to"), arena_dup(arena, to->full));
    xml_set(message, STR("id"), id);
    if (type.len && !str_is(type, "normal"))
        xml_set(message, STR("type"), arena_dup(arena, type));
    if (subject.len)
        xml_add_leaf(message, NS_CLIENT, STR("subject"),
                     arena_dup(arena, subject));
    xml_add_leaf(message, NS_CLIENT, STR("body"), arena_dup(arena, body));
    return message;
}

void send_message(struct iq_request *request, const struct command *command,
                  const struct xml *form)
{
    struct iq_request *kept;
    struct sending *sending;
    struct str body;
    struct jid to;

    (void)command;
    if (!read_message(request, form, &to, &body))
        return;
    kept = iq_keep(request);
    kept->data = sending = arena_alloc(kept->arena, sizeof(*sending));
    *sending = (struct sending){.id = stanza_new_id(kept->arena)};
    (void)!jid_parse(&sending->to, kept->arena, to.full);
    sending->message = make_message(kept, form, &to, body, sending->id);
    if (sm_serves(kept->sm, to.domain))
        store_account_get(kept->sm->store, store_user(&sending->to),
                          on_recipient, kept);
    else
        send(kept);
}

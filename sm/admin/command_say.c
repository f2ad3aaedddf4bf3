/* Commands that say something to many: announcements, the message of the day
 * and the welcome (notice.h). */
#include "sm/admin/command_internal.h"
#include "sm/admin/notice.h"
#include "sm/admin/permit.h"
#include "sm/quiet/quiet.h"
#include "sm/store/store.h"

#define TO_ONLINE "online"
#define TO_ALL    "all"

/* --- announcements -------------------------------------------------------- */

static bool may_speak_to_all(const struct iq_request *request)
{
    return sm_is_admin(request->sm, request->from.bare) ||
           permit(request->sm, request->from.bare, MAY_BROADCAST);
}

void fill_groups(struct iq_request *request, const struct command *command,
                 struct xml *field)
{
    if (may_speak_to_all(request)) {
        xml_add_leaf(field, NS_DATA, STR("value"), STR(TO_ONLINE));
        command_add_option(field,
                           stanza_text(request->iq, "Those who are online"),
                           STR(TO_ONLINE));
        command_add_option(field,
                           stanza_text(request->iq, "Everybody, also later"),
                           STR(TO_ALL));
    }
    fill_departments(request, command, field);
}

/* Whom the form names: an absent department with `found` true is everybody. */
static bool choose(struct iq_request *request, struct str group,
                   const struct directory_department **department)
{
    const struct sm *sm = request->sm;

    *department = NULL;
    if (!group.len || str_is(group, TO_ONLINE) || str_is(group, TO_ALL)) {
        if (may_speak_to_all(request))
            return true;
        iq_refuse(request, ERR_FORBIDDEN, "Choose one of your departments");
        return false;
    }
    *department = command_find_department(sm, request->to.domain, group);
    if (*department &&
        administers_department(sm, request->from.bare, *department))
        return true;
    iq_refuse(request, ERR_FORBIDDEN, "Choose one of your departments");
    return false;
}

static void on_announced(void *ctx, bool ok)
{
    if (ok)
        command_done(ctx, "It is on its way", NULL);
    else
        iq_refuse(ctx, ERR_INTERNAL_SERVER_ERROR, NULL);
}

/* One of another domain is no recipient, whoever has his name there. */
static struct str sender_of(const struct iq_request *request)
{
    return str_eq(request->from.domain, request->to.domain)
               ? request->from.local
               : request->from.bare;
}

static void send(struct iq_request *request, struct str text, struct str group,
                 const struct directory_department *department, bool is_urgent)
{
    struct sm *sm = request->sm;
    bool waits = department || str_is(group, TO_ALL);
    struct buf bytes = {0};

    struct xml *message =
        notice_message(request->arena, request->to.domain, text, waits);

    if (is_urgent)
        quiet_make_urgent(message);
    xml_write(&bytes, message, NS_CLIENT);
    store_broadcast_add(
        sm->store,
        &(struct store_broadcast){
            .sender = {request->to.domain, sender_of(request)},
            .target = arena_printf(request->arena, "%.*s@%.*s",
                                   STR_ARG(group.len ? group : STR(TO_ONLINE)),
                                   STR_ARG(request->to.domain)),
            .department = department ? department->path : STR_NONE,
            .shard = jid_shard(request->from.bare),
            .origin = duty_origin(request->duty, request->arena),
            .stanza = buf_view(&bytes)},
        on_announced, iq_keep(request));
    buf_clear(&bytes);
}

void announce(struct iq_request *request, const struct command *command,
              const struct xml *form)
{
    struct str text = command_text(request, form, "announcement");
    struct str group = form_value(form, "group");
    struct str urgent = form_value(form, "urgent");
    const struct directory_department *department;

    (void)command;
    if (!text.len)
        iq_refuse(request, ERR_BAD_REQUEST, "There is nothing to say");
    else if (choose(request, group, &department))
        send(request, text, group, department,
             str_is(urgent, "1") || str_is(urgent, "true"));
}

/* --- what is said to whoever logs in -------------------------------------- */

void fill_notice(struct iq_request *request, const struct command *command,
                 struct xml *field)
{
    const struct notice *notice =
        notice_find(request->sm, request->to.domain, str_of(command->what));
    struct str rest = notice ? notice->text : STR_NONE;

    while (rest.len)
        xml_add_leaf(field, NS_DATA, STR("value"), str_cut(&rest, '\n'));
}

static void on_changed(void *ctx, bool ok)
{
    if (ok)
        command_done(ctx, "Done", NULL);
    else
        iq_refuse(ctx, ERR_ITEM_NOT_FOUND, "There is none");
}

static struct str read_text(struct iq_request *request,
                            const struct command *command,
                            const struct xml *form)
{
    struct str text = command_text(request, form, command->fields[0].name);

    if (!text.len)
        iq_refuse(request, ERR_BAD_REQUEST, "There is nothing to say");
    return text;
}

void set_notice(struct iq_request *request, const struct command *command,
                const struct xml *form)
{
    struct str text = read_text(request, command, form);

    if (text.len)
        store_notice_set(request->sm->store, request->to.domain,
                         str_of(command->what), text, on_changed,
                         iq_keep(request));
}

void edit_notice(struct iq_request *request, const struct command *command,
                 const struct xml *form)
{
    struct str text = read_text(request, command, form);

    if (text.len)
        store_notice_edit(request->sm->store, request->to.domain,
                          str_of(command->what), text, on_changed,
                          iq_keep(request));
}

void delete_notice(struct iq_request *request, const struct command *command,
                   const struct xml *form)
{
    (void)form;
    store_notice_remove(request->sm->store, request->to.domain,
                        str_of(command->what), on_changed, iq_keep(request));
}

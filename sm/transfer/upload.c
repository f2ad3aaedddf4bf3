#include "sm/transfer/upload.h"

#include "common/link/control.h"
#include "common/log/log.h"
#include "common/service/service.h"
#include "sm/admin/permit.h"
#include "sm/archive/audit.h"
#include "sm/route.h"

bool upload_is_asked(const struct sm *sm, const struct xml *stanza,
                     const struct jid *to, struct transfer_file *file)
{
    const struct xml *payload =
        stanza_kind(stanza) == STANZA_IQ && iq_type(stanza) == IQ_GET
            ? iq_payload(stanza)
            : NULL;

    if (!payload || !xml_is(payload, NS_UPLOAD, "request") ||
        !service_has(sm->config, SERVICE_UPLOAD, to->domain))
        return false;
    *file = (struct transfer_file){.name = xml_get(payload, "filename"),
                                   .mime = xml_get(payload, "content-type")};
    file->has_size = str_to_u64(xml_get(payload, "size"), &file->size);
    return true;
}

/* XEP-0363 §6: how large a file may be. */
static void refuse(struct sm *sm, struct duty *duty, const struct xml *stanza,
                   uint64_t most)
{
    struct str text = arena_printf(
        &sm->arena,
        text_in(stanza_language(stanza),
                "File too large. The maximum file size is %llu bytes"),
        (unsigned long long)most);
    struct xml *reply = stanza_error_reply_typed(
        &sm->arena, stanza, ERR_NOT_ACCEPTABLE, "modify", text.p);
    struct xml *detail;

    if (!reply)
        return;
    audit_refused(sm, duty, stanza, ERR_NOT_ACCEPTABLE);
    detail = xml_add(xml_child(reply, NS_CLIENT, "error"), NS_UPLOAD,
                     STR("file-too-large"));
    xml_add_leaf(detail, NS_UPLOAD, STR("max-file-size"),
                 arena_printf(&sm->arena, "%llu", (unsigned long long)most));
    route(sm, duty, reply);
}

bool upload_may_pass(struct account *account, struct duty *duty,
                     const struct xml *stanza, const struct jid *to)
{
    struct sm *sm = account->sm;
    struct transfer_file file;
    uint64_t most;

    if (!upload_is_asked(sm, stanza, to, &file))
        return true;
    most = (uint64_t)permit_limit(account, MAX_UPLOAD_SIZE);
    if (most == 0 || !file.has_size || file.size <= most)
        return true;
    log_event(LOG_LEVEL_INFO, "not-permitted",
              LOG_STR("jid", account->jid.bare),
              LOG_TEXT("permission", permission_rows[MAX_UPLOAD_SIZE].name),
              LOG_INT("size", file.size));
    refuse(sm, duty, stanza, most);
    return false;
}

void upload_tell_limit(struct account *account, struct xml *stanza,
                       const struct jid *to)
{
    struct sm *sm = account->sm;
    struct xml *query =
        stanza_kind(stanza) == STANZA_IQ ? iq_payload(stanza) : NULL;
    struct xml *forged;

    if (!query || !xml_is(query, NS_DISCO_INFO, "query") ||
        !service_has(sm->config, SERVICE_UPLOAD, to->domain))
        return;
    while ((forged = xml_child(query, NS_LINK_CONTROL, NULL)))
        xml_remove(forged);
    xml_add_leaf(
        query, NS_LINK_CONTROL, STR(CTL_MAX_UPLOAD),
        arena_printf(&sm->arena, "%lld",
                     (long long)permit_limit(account, MAX_UPLOAD_SIZE)));
}

struct str upload_advice(struct sm *sm, const struct jid *from,
                         enum language language)
{
    struct str domain = STR_NONE, text;

    for (size_t i = 0; i < service_count(sm->config, SERVICE_UPLOAD); i++) {
        domain = service_domain(sm->config, SERVICE_UPLOAD, &sm->arena, i);
        if (service_is_for(sm->config, SERVICE_UPLOAD, domain, from->domain))
            break;
    }
    if (!sm_serves(sm, from->domain) || !channels_is_up(sm->channels, domain) ||
        !permit(sm, from->bare, MAY_UPLOAD) ||
        !permit(sm, from->bare, MAY_SEND_FILE))
        return STR("");
    text = arena_printf(&sm->arena,
                        text_in(language,
                                "A file that you upload (%.*s) and send as a "
                                "link reaches him in any case."),
                        STR_ARG(domain));
    return arena_printf(&sm->arena, " %.*s", STR_ARG(text));
}

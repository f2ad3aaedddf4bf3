/* What a stanza offers, and what becomes of it. */
#include "sm/transfer/transfer.h"

#include "common/log/log.h"
#include "common/service/service.h"
#include "sm/route.h"

static void read_size(struct transfer_file *file, struct str text)
{
    file->has_size = str_to_u64(text, &file->size);
}

static void visit_si(const struct xml *element,
                     void (*visit)(void *, const struct transfer_file *),
                     void *ctx)
{
    const struct xml *file = xml_child(element, NS_SI_FILE, "file");
    struct transfer_file found = {.mime = xml_get(element, "mime-type")};

    if (!file)
        return;
    found.name = xml_get(file, "name");
    read_size(&found, xml_get(file, "size"));
    visit(ctx, &found);
}

/* Any version of the format: what a recipient might understand is judged. */
static bool is_jingle_file(const struct xml *description)
{
    return str_starts(description->ns, NS_JINGLE_FILE_ANY);
}

static void visit_jingle(const struct xml *jingle,
                         void (*visit)(void *, const struct transfer_file *),
                         void *ctx)
{
    const struct xml *content, *part, *file;

    for (content = xml_child(jingle, jingle->ns, "content"); content;
         content = xml_next(content, jingle->ns, "content"))
        for (part = xml_child(content, STR_NONE, "description"); part;
             part = xml_next(part, STR_NONE, "description")) {
            if (!is_jingle_file(part))
                continue;
            /* Version 3 and earlier wrap the files into <offer/>. */
            file = xml_child(part, part->ns, "offer");
            for (file = xml_child(file ? file : part, part->ns, "file"); file;
                 file = xml_next(file, part->ns, "file")) {
                struct transfer_file found = {
                    .name = xml_child_text(file, part->ns, "name"),
                    .mime = xml_child_text(file, part->ns, "media-type")};

                read_size(&found, xml_child_text(file, part->ns, "size"));
                visit(ctx, &found);
            }
        }
}

void transfer_each_file(const struct xml *stanza,
                        void (*visit)(void *ctx,
                                      const struct transfer_file *file),
                        void *ctx)
{
    const struct xml *child;

    if (stanza_kind(stanza) == STANZA_IQ && iq_type(stanza) == IQ_SET) {
        child = xml_child(stanza, NS_SI, "si");
        if (child)
            visit_si(child, visit, ctx);
        child = xml_child(stanza, NS_JINGLE, "jingle");
        if (child)
            visit_jingle(child, visit, ctx);
    } else if (stanza_kind(stanza) == STANZA_MESSAGE) {
        child = xml_child(stanza, NS_SIPUB, "sipub");
        if (child)
            visit_si(child, visit, ctx);
    }
}

/* --- judging a stanza ----------------------------------------------------- */

struct judgement {
    const struct sm *sm;
    struct transfer_parties parties;
    struct transfer_verdict worst;
};

static void tell(const struct judgement *judgement,
                 const struct transfer_file *file,
                 const struct transfer_verdict *verdict)
{
    bool is_refused = verdict->action == TRANSFER_REFUSE;

    log_event(LOG_LEVEL_INFO,
              is_refused ? "transfer-refused" : "transfer-offered",
              LOG_STR("from", judgement->parties.from->full),
              LOG_STR("to", judgement->parties.to->full),
              LOG_STR("name", file->name), LOG_STR("type", file->mime),
              LOG_INT("size", file->size), LOG_STR("rule", verdict->rule));
}

static void judge_file(void *ctx, const struct transfer_file *file)
{
    struct judgement *judgement = ctx;
    struct transfer_verdict verdict =
        transfer_judge(judgement->sm->transfer, &judgement->parties, file);

    if (verdict.is_logged || verdict.action == TRANSFER_REFUSE)
        tell(judgement, file, &verdict);
    if (verdict.action == TRANSFER_REFUSE &&
        judgement->worst.action != TRANSFER_REFUSE)
        judgement->worst = verdict;
}

/* Whether it asks the proxy for its address, or to activate a bytestream. */
static bool is_for_proxy(const struct sm *sm, const struct xml *stanza,
                         const struct jid *to)
{
    const struct xml *payload =
        stanza_kind(stanza) == STANZA_IQ ? iq_payload(stanza) : NULL;

    return payload && xml_is(payload, NS_BYTESTREAMS, "query") &&
           service_has(sm->config, SERVICE_PROXY, to->domain);
}

bool transfer_may_pass(struct sm *sm, struct duty *duty,
                       const struct xml *stanza, const struct jid *from,
                       const struct jid *to)
{
    struct judgement judgement = {
        .sm = sm,
        .parties = {.from = from,
                    .to = to,
                    .from_is_local = sm_serves(sm, from->domain),
                    .to_is_local = sm_serves(sm, to->domain),
                    .is_proxy = is_for_proxy(sm, stanza, to)}};
    struct str reason;

    if (!sm->transfer)
        return true;
    if (judgement.parties.is_proxy)
        judge_file(&judgement, &(struct transfer_file){.name = STR_NONE});
    else
        transfer_each_file(stanza, judge_file, &judgement);
    if (judgement.worst.action != TRANSFER_REFUSE)
        return true;
    reason = arena_dup(&sm->arena, judgement.worst.reason);
    if (judgement.parties.is_proxy)
        route_error(sm, duty, stanza, ERR_FORBIDDEN,
                    reason.len ? reason.p : "The proxy is not for you");
    else
        route_error(sm, duty, stanza, ERR_NOT_ACCEPTABLE,
                    reason.len ? reason.p : "This file may not be sent");
    return false;
}

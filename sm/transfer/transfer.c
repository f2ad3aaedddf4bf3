/* What a stanza offers, and what becomes of it. */
#include "sm/transfer/transfer.h"

#include "common/log/log.h"
#include "common/service/service.h"
#include "sm/route.h"
#include "sm/transfer/upload.h"

static void read_size(struct transfer_file *file, struct str text)
{
    file->has_size = str_to_u64(text, &file->size);
}

typedef void file_visit(void *ctx, const struct transfer_file *file);

/* Recipients differ in which of several elements they heed: all are judged. */
static void visit_si(const struct xml *element, file_visit *visit, void *ctx)
{
    const struct xml *file = xml_child(element, NS_SI_FILE, "file");

    for (; file; file = xml_next(file, NS_SI_FILE, "file")) {
        struct transfer_file found = {.mime = xml_get(element, "mime-type"),
                                      .name = xml_get(file, "name")};

        read_size(&found, xml_get(file, "size"));
        visit(ctx, &found);
    }
}

static void visit_files(const struct xml *parent, bool wanted,
                        file_visit *visit, void *ctx)
{
    const struct xml *file = xml_child(parent, parent->ns, "file");

    for (; file; file = xml_next(file, parent->ns, "file")) {
        struct transfer_file found = {
            .name = xml_child_text(file, parent->ns, "name"),
            .mime = xml_child_text(file, parent->ns, "media-type"),
            .is_wanted = wanted};

        read_size(&found, xml_child_text(file, parent->ns, "size"));
        visit(ctx, &found);
    }
}

/* Any version of the format: what a recipient might understand is judged.
 * Version 3 and earlier wrap the files into <offer/> or <request/>. */
static void visit_description(const struct xml *part, bool wanted,
                              file_visit *visit, void *ctx)
{
    const struct xml *wrapper;

    visit_files(part, wanted, visit, ctx);
    for (wrapper = xml_child(part, part->ns, "offer"); wrapper;
         wrapper = xml_next(wrapper, part->ns, "offer"))
        visit_files(wrapper, wanted, visit, ctx);
    for (wrapper = xml_child(part, part->ns, "request"); wrapper;
         wrapper = xml_next(wrapper, part->ns, "request"))
        visit_files(wrapper, !wanted, visit, ctx);
}

/* Who sends a file, and who gets it, is told by the session's initiator and
 * responder (XEP-0234 §6): the first stanzas tell who is who. For later ones,
 * which add a file, nobody but the two knows: both ways are judged. */
static void visit_content(const struct xml *jingle, const struct xml *content,
                          const struct xml *part, file_visit *visit, void *ctx)
{
    bool by_responder = str_is(xml_get(content, "senders"), "responder");
    struct str action = xml_get(jingle, "action");

    if (!str_is(action, "session-accept"))
        visit_description(part, by_responder, visit, ctx);
    if (!str_is(action, "session-initiate"))
        visit_description(part, !by_responder, visit, ctx);
}

static void visit_jingle(const struct xml *jingle, file_visit *visit, void *ctx)
{
    const struct xml *content, *part;

    for (content = xml_child(jingle, jingle->ns, "content"); content;
         content = xml_next(content, jingle->ns, "content"))
        for (part = xml_child(content, STR_NONE, "description"); part;
             part = xml_next(part, STR_NONE, "description"))
            if (str_starts(part->ns, NS_JINGLE_FILE_ANY))
                visit_content(jingle, content, part, visit, ctx);
}

static void visit_each(const struct xml *stanza, struct str ns,
                       const char *name,
                       void (*look)(const struct xml *, file_visit *, void *),
                       file_visit *visit, void *ctx)
{
    const struct xml *child = xml_child(stanza, ns, name);

    for (; child; child = xml_next(child, ns, name))
        look(child, visit, ctx);
}

void transfer_each_file(const struct xml *stanza, file_visit *visit, void *ctx)
{
    if (stanza_kind(stanza) == STANZA_IQ && iq_type(stanza) == IQ_SET) {
        visit_each(stanza, NS_SI, "si", visit_si, visit, ctx);
        visit_each(stanza, NS_JINGLE, "jingle", visit_jingle, visit, ctx);
    } else if (stanza_kind(stanza) == STANZA_MESSAGE) {
        visit_each(stanza, NS_SIPUB, "sipub", visit_si, visit, ctx);
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
    const struct transfer_parties *given = &judgement->parties;
    const struct transfer_parties turned = {.from = given->to,
                                            .to = given->from,
                                            .from_is_local = given->to_is_local,
                                            .to_is_local =
                                                given->from_is_local};
    struct transfer_verdict verdict = transfer_judge(
        judgement->sm->transfer, file->is_wanted ? &turned : given, file);

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
    struct transfer_file upload;
    struct str reason;

    if (!sm->transfer)
        return true;
    judgement.parties.is_upload = upload_is_asked(sm, stanza, to, &upload);
    if (judgement.parties.is_proxy)
        judge_file(&judgement, &(struct transfer_file){.name = STR_NONE});
    else if (judgement.parties.is_upload)
        judge_file(&judgement, &upload);
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

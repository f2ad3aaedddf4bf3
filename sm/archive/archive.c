#include "sm/archive/archive.h"

#include <stdlib.h>

#include "common/codec/codec.h"
#include "common/directory/directory.h"
#include "common/log/log.h"
#include "sm/store/store.h"

/* --- what is worth keeping ------------------------------------------------ */

/* Elements that make a message worth it; an absent namespace is any. */
static const struct {
    struct str ns;
    const char *name; /* NULL: any */
} worthy[] = {
    {NS_CLIENT, "body"},
    {STR_NONE, "encrypted"}, /* OMEMO of any version, jabber:x:encrypted */
    {STR("urn:xmpp:openpgp:0"), "openpgp"},
    {STR("jabber:x:encrypted"), "x"},
    {NS_RECEIPTS, "received"},
    {NS_CHAT_MARKERS, "received"},
    {NS_CHAT_MARKERS, "displayed"},
    {NS_CHAT_MARKERS, "acknowledged"},
    {STR("urn:xmpp:message-correct:0"), "replace"},
    {NS_RETRACT, "retract"},
    {STR("urn:xmpp:message-retract:0"), "retract"},
    {STR("urn:xmpp:fasten:0"), "apply-to"},
    {STR("urn:xmpp:reactions:0"), "reactions"},
    {STR("urn:xmpp:sfs:0"), "file-sharing"},
    {STR("urn:xmpp:jingle-message:0"), NULL},
    {NS_CONFERENCE, "x"},
};

static bool is_invitation(const struct xml *child)
{
    return xml_is(child, NS_MUC_USER, "x") &&
           (xml_child(child, NS_MUC_USER, "invite") ||
            xml_child(child, NS_MUC_USER, "decline"));
}

static bool is_worthy(const struct xml *child)
{
    for (size_t i = 0; i < COUNT_OF(worthy); i++)
        if ((!worthy[i].name || str_is(child->name, worthy[i].name)) &&
            (!worthy[i].ns.p || str_eq(child->ns, worthy[i].ns)))
            return true;
    return is_invitation(child);
}

/* Whether a message is of any use later: bodies, encrypted ones, receipts,
 * markers, corrections, retractions, reactions, invitations, calls; by type and
 * by the sender's hints (XEP-0334). */
static bool archive_is_worth_keeping(const struct xml *message)
{
    enum message_type type = message_type(message);
    bool is_kept = false;

    if (type != MESSAGE_CHAT && type != MESSAGE_NORMAL)
        return false;
    for (const struct xml *child = xml_child(message, STR_NONE, NULL); child;
         child = xml_next(child, STR_NONE, NULL)) {
        if (!str_eq(child->ns, NS_HINTS))
            is_kept = is_kept || is_worthy(child);
        else if (str_is(child->name, "no-store") ||
                 str_is(child->name, "no-permanent-store"))
            return false;
        else if (str_is(child->name, "store"))
            is_kept = true;
    }
    return is_kept;
}

/* --- what the user wants (XEP-0441) --------------------------------------- */

static const char *const standard_names[] = {
    [ARCHIVE_ALWAYS] = "always",
    [ARCHIVE_NEVER] = "never",
    [ARCHIVE_ROSTER] = "roster",
};

const char *archive_standard_name(enum archive_standard standard)
{
    return standard_names[standard];
}

bool archive_standard_of(struct str name, enum archive_standard *standard)
{
    for (size_t i = 0; i < COUNT_OF(standard_names); i++)
        if (str_is(name, standard_names[i])) {
            *standard = (enum archive_standard)i;
            return true;
        }
    return false;
}

/* A bare address in the list stands for all its resources (§2.3.1). */
static bool list_has(struct str list, const struct jid *peer)
{
    while (list.len) {
        struct str entry = str_cut(&list, ARCHIVE_LIST_SEPARATOR);

        if (str_eq(entry, peer->full) || str_eq(entry, peer->bare))
            return true;
    }
    return false;
}

/* Whether this account archives what it exchanges with the peer. */
static bool archive_wants(const struct account *account, const struct jid *peer)
{
    if (account->is_guest || !account->number ||
        !config_bool(account->sm->config, "sm.archive"))
        return false;
    if (list_has(account->archive_never, peer))
        return false;
    if (account->archive_standard == ARCHIVE_ALWAYS ||
        list_has(account->archive_always, peer))
        return true;
    return account->archive_standard == ARCHIVE_ROSTER &&
           roster_find(&account->roster, peer->bare) != NULL;
}

int64_t archive_floor(const struct account *account)
{
    const struct sm *sm = account->sm;
    int64_t days =
        directory_days(sm->directory, account->jid.bare, "archive-days");

    if (days < 0)
        days = config_int(sm->config, "sm.archive-days");
    return days ? archive_id_at(sm->now_ms - days * 86400000) : 0;
}

/* --- ids ------------------------------------------------------------------ */

int64_t archive_new_id(struct sm *sm)
{
    uint16_t step;
    int64_t id;

    if (sm->id_steps_left == 0) {
        random_bytes(sm->id_steps, sizeof(sm->id_steps));
        sm->id_steps_left = COUNT_OF(sm->id_steps);
    }
    step = sm->id_steps[--sm->id_steps_left];
    id = archive_id_at(sm->now_ms) + step;
    if (id <= sm->last_id)
        id = sm->last_id + 1 + (step & 15);
    sm->last_id = id;
    return id;
}

int64_t archive_stamp_of(const struct xml *message, struct str bare_jid)
{
    const struct xml *stamp = xml_child(message, NS_STANZA_ID, "stanza-id");
    int64_t id;

    for (; stamp; stamp = xml_next(stamp, NS_STANZA_ID, "stanza-id"))
        if (str_eq(xml_get(stamp, "by"), bare_jid) &&
            archive_read_id(xml_get(stamp, "id"), &id))
            return id;
    return 0;
}

struct xml *archive_stamp(struct xml *message, struct str bare_jid, int64_t id)
{
    struct xml *stamp = xml_add(message, NS_STANZA_ID, STR("stanza-id"));

    xml_set(stamp, STR("by"), bare_jid);
    xml_set_u64(stamp, "id", (uint64_t)id);
    return stamp;
}

/* --- rows ----------------------------------------------------------------- */

/* A row that is being written. */
struct writing {
    struct sm *sm;
    struct duty *duty;
    int64_t id;
    struct trace_key trace;
};

static void on_written(void *ctx, bool ok)
{
    struct writing *writing = ctx;

    if (!ok)
        log_event(LOG_LEVEL_ERROR, "not-archived", LOG_INT("id", writing->id));
    else
        trace_note(
            writing->sm, writing->trace, TRACE_ARCHIVED,
            arena_printf(&writing->sm->arena, "%lld", (long long)writing->id));
    duty_drop(writing->duty);
    free(writing);
}

static void write_row(struct sm *sm, struct duty *duty,
                      const struct store_message *row, struct trace_key trace)
{
    struct writing *writing = NEW(struct writing);

    *writing = (struct writing){sm, duty, row->id, trace};
    duty_hold(duty);
    sm->archived++;
    store_message_add(sm->store, row, on_written, writing);
}

static struct str write_body(struct sm *sm, const struct xml *message)
{
    buf_reset(&sm->kept);
    xml_write(&sm->kept, message, NS_CLIENT);
    return buf_view(&sm->kept);
}

/* --- the sender's half ---------------------------------------------------- */

int64_t archive_sent(struct account *account, struct duty *duty,
                     const struct xml *message, const struct jid *to)
{
    if (!archive_is_worth_keeping(message) || !archive_wants(account, to))
        return 0;
    duty->archive_sender = account->number;
    duty->archive_peer = archive_peer(to->bare);
    duty->archive_id = archive_new_id(account->sm);
    return duty->archive_id;
}

void archive_sent_done(struct sm *sm, struct duty *duty,
                       const struct xml *message)
{
    struct store_message row = {0};

    if (!duty || !duty->archive_sender ||
        message_type(message) == MESSAGE_ERROR)
        return;
    row.id = duty->archive_id;
    row.sender = duty->archive_sender;
    row.sender_peer = duty->archive_peer;
    row.is_passing = true;
    row.origin = duty_origin(duty, &sm->arena);
    row.stanza = write_body(sm, message);
    duty->archive_sender = 0;
    write_row(sm, duty, &row, trace_key_of(sm, message));
}

/* --- the recipient's half ------------------------------------------------- */

static void take_senders_half(struct kept *kept, struct duty *duty)
{
    kept->id = duty->archive_id;
    kept->sender = duty->archive_sender;
    kept->sender_peer = duty->archive_peer;
    duty->archive_sender = 0;
}

void archive_take(struct kept *kept, struct account *account, struct duty *duty,
                  struct xml *message, const struct jid *from)
{
    *kept = (struct kept){.recipient = account->number};
    /* An error is an answer to the message whose half waits. */
    if (duty && duty->archive_sender && message_type(message) != MESSAGE_ERROR)
        take_senders_half(kept, duty);
    kept->is_received =
        archive_is_worth_keeping(message) && archive_wants(account, from);
    if (!kept->sender && !kept->is_received)
        return;
    kept->recipient_peer = archive_peer(from->bare);
    if (!kept->id)
        kept->id = archive_new_id(account->sm);
    kept->body = write_body(account->sm, message);
    kept->trace = trace_key_of(account->sm, message);
    if (kept->is_received)
        archive_stamp(message, account->jid.bare, kept->id);
}

bool archive_row(struct kept *kept, struct duty *duty, struct arena *arena,
                 struct store_message *row)
{
    if (kept->is_written || (!kept->sender && !kept->is_received))
        return false;
    kept->is_written = true;
    *row = (struct store_message){
        .id = kept->id,
        .sender = kept->sender,
        .recipient = kept->recipient,
        .sender_peer = kept->sender_peer,
        .recipient_peer = kept->recipient_peer,
        .origin = duty_origin(duty, arena),
        .stanza = kept->body,
        .is_passing = !kept->is_received,
    };
    return true;
}

void archive_write(struct kept *kept, struct account *account,
                   struct duty *duty)
{
    struct sm *sm = account->sm;
    struct store_message row;

    if (archive_row(kept, duty, &sm->arena, &row))
        write_row(sm, duty, &row, kept->trace);
}

void archive_write_before(struct account *account, struct duty *duty,
                          int64_t id)
{
    struct kept *kept = account->sm->arriving;

    if (kept && kept->id == id)
        archive_write(kept, account, duty);
}

void archive_refuse(struct kept *kept)
{
    if (kept)
        kept->is_received = false;
}

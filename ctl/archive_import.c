/* A person's archive from another server (XEP-0227 §4.14). What is there
 * already is not there twice, however often it is brought. */
#include <stdlib.h>
#include <time.h>

#include "archive.h"
#include "common/archive/archive.h"
#include "common/codec/codec.h"
#include "ctl_statements.h"
#include "dry_run.h"
#include "file.h"

#define NS_PIE     STR("urn:xmpp:pie:0")
#define NS_PIE_MAM STR("urn:xmpp:pie:0#mam")
#define ID_STEPS   (1u << 20) /* ids of one millisecond */

struct import {
    struct ctl *ctl;
    const char *only; /* bare JID; NULL: everybody */
    struct archive_account account;
    int64_t last_id; /* of this account: the order of the file is kept */
    int64_t now_ms;
    struct arena arena; /* of one message */
    struct buf text;
    unsigned long added, known, refused;
};

/* One message on its way in. */
struct incoming {
    struct str known_as; /* its id in the other archive */
    struct xml *message;
    int64_t ms;
    struct jid from, to;
    bool is_sent;
};

/* An absent address is the account's own (RFC 6120 §8.1). */
static bool read_address(struct import *import, const struct xml *message,
                         const char *name, struct jid *jid)
{
    struct str address = xml_get(message, name);

    if (!address.p) {
        *jid = import->account.jid;
        return true;
    }
    return jid_parse(jid, &import->arena, address);
}

static bool is_of_account(const struct import *import, const struct jid *jid)
{
    return jid_bare_eq(jid, &import->account.jid);
}

/* What the other server called it in the account's name says nothing here. */
static void strip_stamps(const struct import *import, struct xml *message)
{
    struct xml *stamp = xml_child(message, NS_STANZA_ID, "stanza-id"), *next;

    for (; stamp; stamp = next) {
        next = xml_next(stamp, NS_STANZA_ID, "stanza-id");
        if (str_eq(xml_get(stamp, "by"), import->account.jid.bare))
            xml_remove(stamp);
    }
}

/* False when it is no message of this account's archive, or one of the future:
 * the store has no room for those before their month comes. */
static bool read_result(struct import *import, const struct xml *result,
                        struct incoming *incoming)
{
    struct xml *forwarded = xml_child(result, NS_FORWARD, "forwarded");
    const struct xml *delay =
        forwarded ? xml_child(forwarded, NS_DELAY, "delay") : NULL;
    enum message_type type;

    incoming->message =
        forwarded ? xml_child(forwarded, NS_CLIENT, "message") : NULL;
    if (!incoming->message || !delay ||
        !stanza_parse_timestamp(xml_get(delay, "stamp"), &incoming->ms) ||
        incoming->ms <= 0 || incoming->ms > import->now_ms)
        return false;
    type = message_type(incoming->message);
    if ((type != MESSAGE_CHAT && type != MESSAGE_NORMAL) ||
        !read_address(import, incoming->message, "from", &incoming->from) ||
        !read_address(import, incoming->message, "to", &incoming->to))
        return false;
    incoming->is_sent = !is_of_account(import, &incoming->to);
    incoming->known_as = xml_get(result, "id");
    return incoming->known_as.len && incoming->known_as.len <= 1024 &&
           (!incoming->is_sent || is_of_account(import, &incoming->from));
}

/* Its own when it was given by a store as this one; always behind the one
 * before it. */
static int64_t choose_id(struct import *import, const struct incoming *incoming)
{
    uint32_t step;
    int64_t id;

    random_bytes(&step, sizeof(step));
    if (!archive_read_id(incoming->known_as, &id) ||
        archive_ms_of(id) != incoming->ms)
        id = archive_id_at(incoming->ms) + step % (ID_STEPS / 2);
    if (id <= import->last_id)
        id = import->last_id + 1;
    import->last_id = id;
    return id;
}

/* Into import->text; false when a client could not be given it. */
static bool write_stanza(struct import *import, const struct incoming *incoming)
{
    strip_stamps(import, incoming->message);
    buf_reset(&import->text);
    xml_write(&import->text, incoming->message, NS_CLIENT);
    return buf_len(&import->text) <=
           (size_t)config_int(import->ctl->config, "c2sd.max-stanza-size");
}

/* How many rows it became: none when it was there. -1 after a message. */
static long add(struct import *import, const struct incoming *incoming)
{
    const struct jid *other =
        incoming->is_sent ? &incoming->to : &incoming->from;
    struct str number = import->account.number;
    char id[24], peer[24];

    return ctl_change(
        import->ctl, CTL_ARCHIVE_IMPORT,
        (struct str[]){db_number(id, choose_id(import, incoming)), number,
                       db_number(peer, archive_peer(other->bare)),
                       db_boolean(incoming->is_sent),
                       arena_printf(&import->arena, "import:%.*s:%.*s",
                                    STR_ARG(number),
                                    STR_ARG(incoming->known_as)),
                       buf_view(&import->text)});
}

static bool take_result(struct import *import, const struct xml *result)
{
    struct incoming incoming = {0};
    long count;

    arena_reset(&import->arena);
    if (!read_result(import, result, &incoming) ||
        !write_stanza(import, &incoming)) {
        import->refused++;
        return true;
    }
    count = add(import, &incoming);
    import->added += count > 0;
    import->known += count == 0;
    return count >= 0;
}

static bool take_archive(struct import *import, const struct xml *archive)
{
    const struct xml *result = xml_child(archive, NS_MAM, "result");

    import->last_id = 0;
    for (; result; result = xml_next(result, NS_MAM, "result"))
        if (!take_result(import, result))
            return false;
    return true;
}

static bool take_user(struct import *import, struct str domain,
                      const struct xml *user)
{
    const struct xml *archive = xml_child(user, NS_PIE_MAM, "archive");
    struct str bare =
        arena_printf(&import->ctl->arena, "%.*s@%.*s",
                     STR_ARG(xml_get(user, "name")), STR_ARG(domain));

    if (!archive || (import->only && !str_is(bare, import->only)))
        return true;
    return archive_account_find(import->ctl, bare.p, &import->account) &&
           dry_run_concerns(import->ctl, STR_NONE, STR_NONE,
                            import->account.jid.bare) &&
           take_archive(import, archive);
}

static bool take_document(struct import *import, const struct xml *root)
{
    const struct xml *host = xml_child(root, NS_PIE, "host"), *user;

    for (; host; host = xml_next(host, NS_PIE, "host"))
        for (user = xml_child(host, NS_PIE, "user"); user;
             user = xml_next(user, NS_PIE, "user"))
            if (!take_user(import, xml_get(host, "jid"), user))
                return false;
    return true;
}

static bool run(struct import *import, const struct xml *root)
{
    bool is_begun = ctl_begin(import->ctl);
    bool is_done =
        is_begun && take_document(import, root) && ctl_commit(import->ctl);

    if (is_begun && !is_done)
        ctl_rollback(import->ctl);
    arena_clear(&import->arena);
    buf_clear(&import->text);
    return is_done;
}

static void tell(const struct import *import)
{
    struct ctl *ctl = import->ctl;

    dry_run_count(ctl, "messages added", import->added);
    dry_run_count(ctl, "messages known already", import->known);
    dry_run_count(ctl, "messages refused", import->refused);
    if (!ctl->dry)
        printf(ctl->json
                   ? "{\"added\": %lu, \"known\": %lu, \"refused\": %lu}\n"
                   : "%lu added, %lu known already, %lu refused\n",
               import->added, import->known, import->refused);
}

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int archive_import(struct ctl *ctl)
{
    struct import import = {.ctl = ctl, .now_ms = now_ms()};
    struct str reason = audit_reason(ctl);
    struct buf text = {0};
    const struct xml *root;
    bool is_done;

    import.only = ctl_option(ctl, "--account");
    if (!reason.p ||
        !audit_note(ctl, "archive-import",
                    &(struct audit_filter){.person = str_of(import.only)},
                    reason))
        return EXIT_REFUSED;
    root = xep0227_read(ctl, ctl->argv[0], &text);
    is_done = root && run(&import, root);
    buf_clear(&text);
    if (!is_done)
        return EXIT_REFUSED;
    tell(&import);
    return import.refused ? EXIT_REFUSED : EXIT_SUCCESS;
}

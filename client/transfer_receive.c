/* Receiving a file: from friends alone, under a name that stays in the folder,
 * no more bytes than were offered. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "transfer.h"

#define CHUNK        (1u << 18)
#define MAX_CHUNKS   8  /* of one turn, in which nothing else is heard */
#define MAX_INCOMING 16 /* under way at once */

static void refuse_id(struct app *app, const char *id, const char *to,
                      const char *condition)
{
    say(app,
        "<iq type='error' id='%s' to='%s'><error type='cancel'><%s "
        "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>",
        id ? id : "", to, condition);
}

static void refuse(struct app *app, xmpp_stanza_t *iq, const char *condition)
{
    refuse_id(app, xmpp_stanza_get_id(iq), xmpp_stanza_get_from(iq), condition);
}

/* The last part alone, and nothing that hides or steers. */
static char *safe_name(const char *told)
{
    const char *slash = strrchr(told, '/');
    char *name = str_dup_heap(str_of(slash ? slash + 1 : told));

    for (char *c = name; *c; c++)
        if (steering_length(c) > 0 || *c == '\\')
            memset(c, '_', *c == '\\' ? 1 : steering_length(c));
    if (name[0] == '.')
        name[0] = '_';
    return name;
}

static void take_hashes(struct app *app, struct transfer *transfer,
                        xmpp_stanza_t *file)
{
    xmpp_stanza_t *hash =
        xmpp_stanza_get_child_by_name_and_ns(file, "hash", NS_HASHES);
    const char *algo = hash ? xmpp_stanza_get_attribute(hash, "algo") : NULL;
    const char *md5 = xmpp_stanza_get_attribute(file, "hash");
    char *text = algo && strcmp(algo, "sha-256") == 0
                     ? xmpp_stanza_get_text(hash)
                     : NULL;

    if (text) {
        transfer->sha256 = str_dup_heap(str_of(text));
        xmpp_free(app->ctx, text);
    } else if (md5) {
        transfer->md5 = str_dup_heap(str_of(md5));
    }
    transfer->digest = EVP_MD_CTX_new();
    (void)EVP_DigestInit_ex(transfer->digest,
                            transfer->md5 ? EVP_md5() : EVP_sha256(), NULL);
}

#define METHOD                                                                 \
    "<feature xmlns='" NS_FEATURE "'><x xmlns='jabber:x:data' "                \
    "type='submit'><field var='stream-method'><value>" NS_STREAMS_65           \
    "</value></field></x></feature></si></iq>"

static void accept_offer(struct app *app, const struct transfer *transfer,
                         xmpp_stanza_t *iq)
{
    const char *id = xmpp_stanza_get_id(iq);
    char offset[24];

    (void)snprintf(offset, sizeof(offset), "%llu",
                   (unsigned long long)transfer->offset);
    if (transfer->offset)
        say(app,
            "<iq type='result' id='%s' to='%s'><si xmlns='" NS_SI "'>"
            "<file xmlns='" NS_SI_FILE "'><range offset='%s'/></file>" METHOD,
            id ? id : "", transfer->peer, offset);
    else
        say(app,
            "<iq type='result' id='%s' to='%s'><si xmlns='" NS_SI "'>" METHOD,
            id ? id : "", transfer->peer);
}

static bool has_room(const struct app *app)
{
    unsigned count = 0;

    for (const struct transfer *t = app->transfers; t; t = t->next)
        count += !t->is_outgoing && t->state != TRANSFER_DONE;
    return count < MAX_INCOMING;
}

/* Its hash tells that it is the same file, and the sender can begin later. */
static bool can_resume(const struct transfer *transfer, xmpp_stanza_t *file)
{
    return (transfer->sha256 || transfer->md5) &&
           xmpp_stanza_get_child_by_name(file, "range");
}

static int on_offer(xmpp_conn_t *conn, xmpp_stanza_t *iq, void *data)
{
    struct app *app = data;
    xmpp_stanza_t *si = xmpp_stanza_get_child_by_name(iq, "si");
    xmpp_stanza_t *file = xmpp_stanza_get_child_by_name(si, "file");
    const char *from = xmpp_stanza_get_from(iq);
    const char *sid = xmpp_stanza_get_attribute(si, "id");
    const char *size = file ? xmpp_stanza_get_attribute(file, "size") : NULL;
    const char *told = file ? xmpp_stanza_get_attribute(file, "name") : NULL;
    const struct contact *contact = from ? contact_find(app, from) : NULL;
    struct transfer *transfer;
    uint64_t bytes;
    char *name;

    (void)conn;
    if (!from)
        return 1;
    if (!contact || !contact->is_friend) {
        refuse(app, iq, "forbidden");
        return 1;
    }
    if (!sid || !told || !str_to_u64(str_of(size), &bytes)) {
        refuse(app, iq, "bad-request");
        return 1;
    }
    if (!has_room(app)) {
        refuse(app, iq, "resource-constraint");
        return 1;
    }
    name = safe_name(told);
    SHOW(app, "offer", {"from", from}, {"name", name}, {"size", size});
    transfer = transfer_new(app, false, from, name);
    free(name);
    transfer->state = TRANSFER_AGREEING;
    transfer->sid = str_dup_heap(str_of(sid));
    transfer->size = bytes;
    take_hashes(app, transfer, file);
    if (!partial_open(app, transfer)) {
        refuse(app, iq, "not-acceptable");
        transfer_end(app, transfer, "The file cannot be written");
    } else if (!partial_begin(transfer, can_resume(transfer, file))) {
        refuse(app, iq, "internal-server-error");
        transfer_end(app, transfer, "The file cannot be read");
    } else {
        accept_offer(app, transfer, iq);
    }
    return 1;
}

/* --- the bytestream ------------------------------------------------------- */

static struct transfer *find(const struct app *app, const char *sid,
                             const char *from)
{
    struct transfer *transfer = app->transfers;

    while (transfer &&
           (transfer->is_outgoing || transfer->state != TRANSFER_AGREEING ||
            strcmp(transfer->sid, sid) != 0 ||
            strcmp(transfer->peer, from) != 0))
        transfer = transfer->next;
    return transfer;
}

static int on_streamhosts(xmpp_conn_t *conn, xmpp_stanza_t *iq, void *data)
{
    struct app *app = data;
    xmpp_stanza_t *query = xmpp_stanza_get_child_by_name(iq, "query");
    const char *from = xmpp_stanza_get_from(iq);
    const char *sid = query ? xmpp_stanza_get_attribute(query, "sid") : NULL;
    const char *mode = query ? xmpp_stanza_get_attribute(query, "mode") : NULL;
    const char *id = xmpp_stanza_get_id(iq);
    struct transfer *transfer = sid && from ? find(app, sid, from) : NULL;
    char key[SOCKS_KEY + 1];

    (void)conn;
    if (!from)
        return 1;
    if (!transfer || (mode && strcmp(mode, "tcp") != 0)) {
        refuse(app, iq, sid ? "not-acceptable" : "bad-request");
        return 1;
    }
    /* Through a room the two know each other by other JIDs than it does. */
    if (!socks_read_key(key,
                        str_of(xmpp_stanza_get_attribute(query, "dstaddr"))))
        transfer_key(app, transfer, key);
    transfer->candidates = candidates_new(query, key);
    transfer->question = str_dup_heap(str_of(id ? id : ""));
    transfer->state = TRANSFER_DIALING;
    return 1;
}

static void dial(struct app *app, struct transfer *transfer)
{
    const char *used;

    switch (candidates_step(transfer->candidates)) {
    case DIAL_GOES_ON:
        break;
    case DIAL_DONE:
        transfer->socket = candidates_take(transfer->candidates, &used);
        transfer->state = TRANSFER_RECEIVING;
        transfer->moved_ms = clock_ms();
        say(app,
            "<iq type='result' id='%s' to='%s'><query xmlns='" NS_STREAMS_65
            "' sid='%s'><streamhost-used jid='%s'/></query></iq>",
            transfer->question, transfer->peer, transfer->sid, used);
        break;
    case DIAL_FAILED:
        refuse_id(app, transfer->question, transfer->peer, "item-not-found");
        partial_give_up(transfer);
        transfer_end(app, transfer, "No streamhost can be reached");
        break;
    }
}

static void finish(struct app *app, struct transfer *transfer)
{
    const char *wanted = transfer->sha256 ? transfer->sha256 : transfer->md5;
    char *found = digest_finish(transfer->digest, !transfer->md5);
    const char *why = NULL;

    transfer->digest = NULL;
    if (transfer->moved != transfer->size) {
        why = "The file is not whole";
        partial_give_up(transfer);
    } else if (wanted && strcasecmp(wanted, found) != 0) {
        why = "The file's hash is wrong";
        (void)unlink(transfer->path);
    } else if (!partial_finish(app, transfer)) {
        why = "The file cannot be given its name";
    }
    free(found);
    transfer_end(app, transfer, why);
}

/* False when nothing more is there now, or ever. */
static bool receive_some(struct app *app, struct transfer *transfer,
                         char *bytes)
{
    ssize_t count = recv(transfer->socket, bytes, CHUNK, 0);

    if (count > 0) {
        transfer->moved += (uint64_t)count;
        transfer->moved_ms = clock_ms();
        (void)EVP_DigestUpdate(transfer->digest, bytes, (size_t)count);
        if (transfer->moved <= transfer->size &&
            write(transfer->file, bytes, (size_t)count) == count)
            return true;
        (void)unlink(transfer->path);
        transfer_end(app, transfer, "The file cannot be written");
    } else if (count == 0) {
        finish(app, transfer);
    } else if (errno != EAGAIN && errno != EINTR) {
        partial_give_up(transfer);
        transfer_end(app, transfer, "The connection broke");
    }
    return false;
}

void transfer_receive_step(struct app *app, struct transfer *transfer)
{
    char *bytes;

    if (transfer->state == TRANSFER_DIALING)
        dial(app, transfer);
    if (transfer->state != TRANSFER_RECEIVING)
        return;
    bytes = mem_alloc(CHUNK);
    for (int i = 0; i < MAX_CHUNKS && receive_some(app, transfer, bytes); i++)
        ;
    if (transfer->state == TRANSFER_RECEIVING)
        transfer_told(app, transfer, false);
    free(bytes);
}

void transfer_receive_start(struct app *app)
{
    xmpp_handler_add(app->conn, on_offer, NS_SI, "iq", "set", app);
    xmpp_handler_add(app->conn, on_streamhosts, NS_STREAMS_65, "iq", "set",
                     app);
}

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

#define CHUNK (1u << 18)

static void refuse(struct app *app, xmpp_stanza_t *iq, const char *condition)
{
    const char *id = xmpp_stanza_get_id(iq);

    say(app,
        "<iq type='error' id='%s' to='%s'><error type='cancel'><%s "
        "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>",
        id ? id : "", xmpp_stanza_get_from(iq), condition);
}

/* The last part alone, and nothing that hides or steers. */
static char *safe_name(const char *told)
{
    const char *slash = strrchr(told, '/');
    char *name = str_dup_heap(str_of(slash ? slash + 1 : told));

    for (char *c = name; *c; c++)
        if ((unsigned char)*c < ' ' || *c == 0x7f || *c == '\\')
            *c = '_';
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

static const char *connect_any(struct app *app, struct transfer *transfer,
                               xmpp_stanza_t *query)
{
    xmpp_stanza_t *host = xmpp_stanza_get_children(query);

    for (; host; host = xmpp_stanza_get_next(host)) {
        const char *name = xmpp_stanza_get_attribute(host, "host");
        const char *port = xmpp_stanza_get_attribute(host, "port");
        uint64_t number;

        if (!name || !str_to_u64(str_of(port), &number) || number > 65535)
            continue;
        transfer->socket =
            socks_connect(name, (unsigned short)number, transfer->sid,
                          transfer->peer, xmpp_conn_get_bound_jid(app->conn));
        if (transfer->socket >= 0)
            return xmpp_stanza_get_attribute(host, "jid");
    }
    return NULL;
}

static int on_streamhosts(xmpp_conn_t *conn, xmpp_stanza_t *iq, void *data)
{
    struct app *app = data;
    xmpp_stanza_t *query = xmpp_stanza_get_child_by_name(iq, "query");
    const char *from = xmpp_stanza_get_from(iq);
    const char *sid = xmpp_stanza_get_attribute(query, "sid");
    const char *id = xmpp_stanza_get_id(iq), *used;
    struct transfer *transfer = sid && from ? find(app, sid, from) : NULL;

    (void)conn;
    if (!transfer) {
        refuse(app, iq, "not-acceptable");
        return 1;
    }
    used = connect_any(app, transfer, query);
    if (!used) {
        refuse(app, iq, "item-not-found");
        transfer_end(app, transfer, "No proxy can be reached");
        return 1;
    }
    transfer->state = TRANSFER_RECEIVING;
    say(app,
        "<iq type='result' id='%s' to='%s'><query xmlns='" NS_STREAMS_65
        "' sid='%s'><streamhost-used jid='%s'/></query></iq>",
        id ? id : "", from, sid, used);
    return 1;
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

void transfer_receive_step(struct app *app, struct transfer *transfer)
{
    static const size_t chunk = CHUNK;
    char *bytes = mem_alloc(chunk);
    ssize_t count = recv(transfer->socket, bytes, chunk, 0);

    if (count > 0) {
        transfer->moved += (uint64_t)count;
        (void)EVP_DigestUpdate(transfer->digest, bytes, (size_t)count);
        if (transfer->moved > transfer->size ||
            write(transfer->file, bytes, (size_t)count) != count) {
            (void)unlink(transfer->path);
            transfer_end(app, transfer, "The file cannot be written");
        } else {
            transfer_told(app, transfer, false);
        }
    } else if (count == 0) {
        finish(app, transfer);
    } else if (errno != EAGAIN && errno != EINTR) {
        partial_give_up(transfer);
        transfer_end(app, transfer, "The connection broke");
    }
    free(bytes);
}

void transfer_receive_start(struct app *app)
{
    xmpp_handler_add(app->conn, on_offer, NS_SI, "iq", "set", app);
    xmpp_handler_add(app->conn, on_streamhosts, NS_STREAMS_65, "iq", "set",
                     app);
}

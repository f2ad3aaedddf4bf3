/* Sending a file: the offer and the bytes. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/codec/codec.h"
#include "transfer.h"
#include "upload.h"

/* How long the presence of those who are online takes to come. */
#define SEEK_MS 2000
#define CHUNK   (1u << 20)

/* The other has the beginning already, or wants no more than a part (XEP-0096
 * §3.3). */
static void heed_range(struct transfer *transfer, xmpp_stanza_t *answer)
{
    xmpp_stanza_t *si = xmpp_stanza_get_child_by_name(answer, "si");
    xmpp_stanza_t *file = si ? xmpp_stanza_get_child_by_name(si, "file") : NULL;
    xmpp_stanza_t *range =
        file ? xmpp_stanza_get_child_by_name(file, "range") : NULL;
    const char *told =
        range ? xmpp_stanza_get_attribute(range, "offset") : NULL;
    const char *most =
        range ? xmpp_stanza_get_attribute(range, "length") : NULL;
    uint64_t offset, length;

    if (told && str_to_u64(str_of(told), &offset) && offset < transfer->size &&
        lseek(transfer->file, (off_t)offset, SEEK_SET) == (off_t)offset)
        transfer->moved = transfer->offset = offset;
    transfer->end = transfer->size;
    if (most && str_to_u64(str_of(most), &length) &&
        length < transfer->end - transfer->moved)
        transfer->end = transfer->moved + length;
}

/* Other clients know no stream initiation; the server says so in the name of
 * who is away. */
static bool is_unknown_there(xmpp_stanza_t *answer)
{
    static const char *const conditions[] = {
        "service-unavailable", "feature-not-implemented",
        "recipient-unavailable", "item-not-found"};
    const char *type = answer ? xmpp_stanza_get_type(answer) : NULL;
    xmpp_stanza_t *error = type && strcmp(type, "error") == 0
                               ? xmpp_stanza_get_child_by_name(answer, "error")
                               : NULL;

    for (size_t i = 0; error && i < COUNT_OF(conditions); i++)
        if (xmpp_stanza_get_child_by_name(error, conditions[i]))
            return true;
    return false;
}

static void tell_refusal(struct app *app, struct transfer *transfer)
{
    transfer_end(app, transfer, "The file was refused");
}

static void on_offer_answered(struct app *app, xmpp_stanza_t *answer,
                              void *data)
{
    struct transfer *transfer = data;
    const char *from;

    if (is_unknown_there(answer)) {
        upload_instead(app, transfer, tell_refusal);
        return;
    }
    if (is_refused(app, answer)) {
        tell_refusal(app, transfer);
        return;
    }
    heed_range(transfer, answer);
    transfer->state = TRANSFER_AGREEING;
    transfer->began_ms = clock_ms();
    /* An offer that waited is taken by whichever resource came online. */
    from = xmpp_stanza_get_from(answer);
    if (from && same_bare(from, transfer->peer)) {
        free(transfer->peer);
        transfer->peer = str_dup_heap(str_of(from));
    }
    transfer_meet(app, transfer);
}

static void offer(struct app *app, struct transfer *transfer)
{
    char size[24];

    (void)snprintf(size, sizeof(size), "%llu",
                   (unsigned long long)transfer->size);
    transfer->state = TRANSFER_OFFERED;
    ask_patiently(
        app, "set", transfer->peer, on_offer_answered, transfer,
        "<si xmlns='" NS_SI "' id='%s' profile='" NS_SI_FILE "' "
        "mime-type='application/octet-stream'>"
        "<file xmlns='" NS_SI_FILE "' name='%s' size='%s' hash='%s'>"
        "<hash xmlns='" NS_HASHES "' algo='sha-256'>%s</hash><range/></file>"
        "<feature xmlns='" NS_FEATURE "'><x xmlns='jabber:x:data' "
        "type='form'><field var='stream-method' type='list-single'><option>"
        "<value>" NS_STREAMS_65 "</value></option></field></x></feature>"
        "</si>",
        transfer->sid, transfer->name, size, transfer->md5, transfer->sha256);
}

/* A file is sent to a resource, the one that was last seen. The server keeps
 * what is offered to somebody who is away. */
static void seek(struct app *app, struct transfer *transfer)
{
    const struct contact *contact = contact_find(app, transfer->peer);

    if (!strchr(transfer->peer, '/') && contact && contact->resource) {
        struct buf full = {0};

        buf_printf(&full, "%s/%s", transfer->peer, contact->resource);
        free(transfer->peer);
        transfer->peer = str_dup_heap(buf_view(&full));
        buf_clear(&full);
    }
    if (strchr(transfer->peer, '/'))
        offer(app, transfer);
    else if (clock_ms() - transfer->began_ms > SEEK_MS)
        upload_instead(app, transfer, offer);
}

static void send_some(struct app *app, struct transfer *transfer)
{
    uint64_t left = transfer->end - transfer->moved;
    ssize_t count = sendfile(transfer->socket, transfer->file, NULL,
                             left < CHUNK ? (size_t)left : CHUNK);

    if (count < 0) {
        if (errno != EAGAIN && errno != EINTR)
            transfer_end(app, transfer, "The connection broke");
        return;
    }
    transfer->moved += (uint64_t)count;
    transfer->moved_ms = clock_ms();
    transfer_told(app, transfer, count == 0);
    if (count > 0)
        return;
    (void)shutdown(transfer->socket, SHUT_WR);
    transfer_end(app, transfer,
                 transfer->moved == transfer->end ? NULL
                                                  : "The file has changed");
}

void transfer_send_step(struct app *app, struct transfer *transfer)
{
    transfer_meet_step(app, transfer);
    if (transfer->state == TRANSFER_SEEKING)
        seek(app, transfer);
    else if (transfer->state == TRANSFER_SENDING)
        send_some(app, transfer);
}

void transfer_send(struct app *app, const char *to, const char *path)
{
    const char *slash = strrchr(path, '/');
    struct transfer *transfer =
        transfer_new(app, true, to, slash ? slash + 1 : path);
    struct arena arena = {0};
    struct stat status;

    transfer->sid = str_dup_heap(random_id(&arena, 20));
    transfer->file = open(path, O_RDONLY | O_CLOEXEC);
    arena_clear(&arena);
    if (transfer->file < 0 || fstat(transfer->file, &status) != 0 ||
        !S_ISREG(status.st_mode) ||
        !digest_file(transfer->file, &transfer->sha256, &transfer->md5)) {
        transfer_end(app, transfer, "The file cannot be read");
        return;
    }
    transfer->size = (uint64_t)status.st_size;
}

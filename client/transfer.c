/* Files under way. */
#include "transfer.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "upload.h"

#define TELL_MS  200
#define WAIT_MS  60000  /* for an answer of the other */
#define STALL_MS 300000 /* for the next byte */

static char *copy(const char *text)
{
    return text ? str_dup_heap(str_of(text)) : NULL;
}

struct transfer *transfer_new(struct app *app, bool is_outgoing,
                              const char *peer, const char *name)
{
    struct transfer *transfer = NEW(struct transfer);

    transfer->is_outgoing = is_outgoing;
    transfer->peer = copy(peer);
    transfer->name = copy(name);
    transfer->file = transfer->socket = -1;
    transfer->began_ms = clock_ms();
    transfer->next = app->transfers;
    app->transfers = transfer;
    return transfer;
}

void transfer_told(struct app *app, struct transfer *transfer, bool at_last)
{
    long now = clock_ms();

    if (!at_last && now - transfer->told_ms < TELL_MS)
        return;
    transfer->told_ms = now;
    show_progress(app, transfer->name, transfer->moved, transfer->size);
}

void transfer_end_quietly(struct transfer *transfer)
{
    transfer->state = TRANSFER_DONE;
    if (transfer->socket >= 0)
        (void)close(transfer->socket);
    transfer->socket = -1;
}

static void give_up_for_good(struct app *app, struct transfer *transfer)
{
    transfer_end(app, transfer, transfer->fault);
}

/* The other wanted the file, and no way was found. */
static bool is_worth_an_upload(const struct transfer *transfer)
{
    return transfer->is_outgoing && !transfer->fault &&
           (transfer->state == TRANSFER_AGREEING ||
            transfer->state == TRANSFER_DIALING ||
            transfer->state == TRANSFER_SENDING);
}

void transfer_end(struct app *app, struct transfer *transfer, const char *why)
{
    char size[24];

    if (transfer->state == TRANSFER_DONE)
        return;
    if (why && is_worth_an_upload(transfer)) {
        transfer->fault = why;
        upload_instead(app, transfer, give_up_for_good);
        return;
    }
    transfer_end_quietly(transfer);
    (void)snprintf(size, sizeof(size), "%llu",
                   (unsigned long long)transfer->moved);
    if (why) {
        SHOW(app, "error", {"text", why}, {"name", transfer->name});
        app->status = EXIT_REFUSED;
        return;
    }
    SHOW(app, "file", {"name", transfer->name}, {"size", size},
         {"way", transfer->is_outgoing ? "sent" : "received"},
         {"check", transfer->sha256 || transfer->md5 ? "hash is right"
                                                     : "no hash was told"},
         {"path", transfer->path ? transfer->path : ""});
}

static void transfer_free(struct transfer *transfer)
{
    if (transfer->file >= 0)
        (void)close(transfer->file);
    if (transfer->socket >= 0)
        (void)close(transfer->socket);
    EVP_MD_CTX_free(transfer->digest);
    free(transfer->peer);
    free(transfer->sid);
    free(transfer->name);
    free(transfer->path);
    free(transfer->sha256);
    free(transfer->md5);
    free(transfer->host);
    free(transfer->question);
    streamhost_free(transfer->streamhost);
    dial_free(transfer->dial);
    candidates_free(transfer->candidates);
    free(transfer);
}

void transfer_key(const struct app *app, const struct transfer *transfer,
                  char key[SOCKS_KEY + 1])
{
    struct str own = str_of(xmpp_conn_get_bound_jid(app->conn));
    struct str peer = str_of(transfer->peer);

    socks_make_key(key, str_of(transfer->sid),
                   transfer->is_outgoing ? own : peer,
                   transfer->is_outgoing ? peer : own);
}

/* What the other side has left undone for too long. */
static void give_up(struct app *app, struct transfer *transfer, const char *why)
{
    if (!transfer->is_outgoing)
        partial_give_up(transfer);
    transfer_end(app, transfer, why);
}

static void step(struct app *app, struct transfer *transfer)
{
    long now = clock_ms();
    bool flows = transfer->state == TRANSFER_SENDING ||
                 transfer->state == TRANSFER_RECEIVING;

    if (transfer->is_outgoing)
        transfer_send_step(app, transfer);
    else
        transfer_receive_step(app, transfer);
    if (transfer->state == TRANSFER_AGREEING &&
        now - transfer->began_ms > WAIT_MS)
        give_up(app, transfer, "The other side does not answer");
    else if (flows && transfer->state != TRANSFER_DONE &&
             now - transfer->moved_ms > STALL_MS)
        give_up(app, transfer, "The file does not move any more");
}

bool transfers_step(struct app *app)
{
    struct transfer **link = &app->transfers;

    while (*link) {
        struct transfer *transfer = *link;

        step(app, transfer);
        /* An answer that is still awaited refers to it. */
        if (transfer->state == TRANSFER_DONE && !app->questions) {
            *link = transfer->next;
            transfer_free(transfer);
        } else {
            link = &transfer->next;
        }
    }
    return app->transfers != NULL;
}

void transfers_free(struct app *app)
{
    while (app->transfers) {
        struct transfer *transfer = app->transfers;

        app->transfers = transfer->next;
        transfer_free(transfer);
    }
}

void transfers_start(struct app *app)
{
    transfer_receive_start(app);
}

/* Files under way. */
#include "transfer.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define TELL_MS 200
#define WAIT_MS 60000 /* for an answer of the other */

long transfer_clock(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

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
    transfer->began_ms = transfer_clock();
    transfer->next = app->transfers;
    app->transfers = transfer;
    return transfer;
}

void transfer_told(struct app *app, struct transfer *transfer, bool at_last)
{
    long now = transfer_clock();

    if (!at_last && now - transfer->told_ms < TELL_MS)
        return;
    transfer->told_ms = now;
    show_progress(app, transfer->name, transfer->moved, transfer->size);
}

void transfer_end(struct app *app, struct transfer *transfer, const char *why)
{
    char size[24];

    if (transfer->state == TRANSFER_DONE)
        return;
    transfer->state = TRANSFER_DONE;
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
    free(transfer->proxy);
    free(transfer);
}

static void step(struct app *app, struct transfer *transfer)
{
    if (transfer->state == TRANSFER_SENDING ||
        transfer->state == TRANSFER_SEEKING)
        transfer_send_step(app, transfer);
    else if (transfer->state == TRANSFER_RECEIVING)
        transfer_receive_step(app, transfer);
    else if (transfer->state == TRANSFER_AGREEING &&
             transfer_clock() - transfer->began_ms > WAIT_MS) {
        if (!transfer->is_outgoing)
            partial_give_up(transfer);
        transfer_end(app, transfer, "The other side does not answer");
    }
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

#include "upload.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "put.h"
#include "services.h"

#define NS_UPLOAD_0 "urn:xmpp:http:upload:0"
#define TELL_MS     200

struct upload {
    struct upload *next;
    char *to; /* NULL: nobody */
    char *name;
    int file;
    uint64_t size;
    char *url; /* where it will be */
    struct put *put;
    long told_ms;
    bool is_over;
    struct transfer *transfer; /* in whose place it is; NULL: of nobody */
    void (*otherwise)(struct app *app, struct transfer *transfer);
};

static void end(struct upload *upload)
{
    upload->is_over = true;
}

static void fail(struct app *app, struct upload *upload, const char *why)
{
    SHOW(app, "error", {"text", why}, {"name", upload->name});
    app->status = EXIT_REFUSED;
    end(upload);
}

/* --- it is there ---------------------------------------------------------- */

static void tell(struct app *app, struct upload *upload)
{
    char size[24], id[24];

    (void)snprintf(size, sizeof(size), "%llu",
                   (unsigned long long)upload->size);
    (void)snprintf(id, sizeof(id), "pm%u", ++app->next_id);
    if (upload->to)
        say(app,
            "<message to='%s' type='%s' id='%s'><body>%s</body>"
            "<x xmlns='jabber:x:oob'><url>%s</url></x></message>",
            upload->to,
            app->partner_is_room && app->partner &&
                    strcmp(app->partner, upload->to) == 0
                ? "groupchat"
                : "chat",
            id, upload->url, upload->url);
    SHOW(app, "uploaded", {"name", upload->name}, {"size", size},
         {"url", upload->url}, {"to", upload->to ? upload->to : ""});
    end(upload);
}

static void step(struct app *app, struct upload *upload)
{
    long now = clock_ms();
    const char *why = NULL;

    if (!upload->put)
        return;
    switch (put_step(upload->put, &why)) {
    case PUT_GOES_ON:
        if (now - upload->told_ms < TELL_MS)
            return;
        upload->told_ms = now;
        show_progress(app, upload->name, put_done(upload->put), upload->size);
        break;
    case PUT_DONE:
        show_progress(app, upload->name, upload->size, upload->size);
        tell(app, upload);
        break;
    case PUT_FAILED:
        fail(app, upload, why);
        break;
    }
}

/* --- the slot ------------------------------------------------------------- */

/* The transfer goes its own way, if it is in its place. */
static bool goes_otherwise(struct app *app, struct upload *upload)
{
    struct transfer *transfer = upload->transfer;

    if (!transfer)
        return false;
    upload->transfer = NULL;
    end(upload);
    upload->otherwise(app, transfer);
    return true;
}

static const char *url_of(xmpp_stanza_t *slot, const char *element)
{
    xmpp_stanza_t *child = xmpp_stanza_get_child_by_name(slot, element);

    return child ? xmpp_stanza_get_attribute(child, "url") : NULL;
}

static void begin_put(struct app *app, struct upload *upload,
                      xmpp_stanza_t *slot)
{
    xmpp_stanza_t *put = xmpp_stanza_get_child_by_name(slot, "put");
    xmpp_stanza_t *header = put ? xmpp_stanza_get_children(put) : NULL;
    const char *get = url_of(slot, "get"), *into = url_of(slot, "put");

    if (!get || !into) {
        fail(app, upload, "The upload service answers with nonsense");
        return;
    }
    upload->url = str_dup_heap(str_of(get));
    upload->put =
        put_new(into, upload->file, upload->size, app->options.ca_file);
    for (; header; header = xmpp_stanza_get_next(header)) {
        const char *name = xmpp_stanza_get_attribute(header, "name");
        char *value = xmpp_stanza_get_text(header);

        if (name && value)
            put_add_header(upload->put, name, value);
        if (value)
            xmpp_free(app->ctx, value);
    }
    put_start(upload->put);
    if (upload->transfer)
        transfer_end_quietly(upload->transfer);
    upload->transfer = NULL;
}

static void on_slot(struct app *app, xmpp_stanza_t *answer, void *data)
{
    struct upload *upload = data;
    const char *type = answer ? xmpp_stanza_get_type(answer) : NULL;
    xmpp_stanza_t *slot =
        answer ? xmpp_stanza_get_child_by_name(answer, "slot") : NULL;

    if (type && strcmp(type, "result") == 0 && slot)
        begin_put(app, upload, slot);
    else if (goes_otherwise(app, upload))
        return;
    else if (is_refused(app, answer))
        end(upload);
    else
        fail(app, upload, "The upload service answers with nonsense");
}

static void ask_for_slot(struct app *app, struct upload *upload)
{
    char size[24];

    (void)snprintf(size, sizeof(size), "%llu",
                   (unsigned long long)upload->size);
    ask(app, "get", app->upload_service, on_slot, upload,
        "<request xmlns='" NS_UPLOAD_0 "' filename='%s' size='%s' "
        "content-type='application/octet-stream'/>",
        upload->name, size);
}

static void on_service(struct app *app, const char *jid, void *data)
{
    struct upload *upload = data;

    if (!app->upload_service)
        app->upload_service = str_dup_heap(str_of(jid));
    if (app->upload_service[0])
        ask_for_slot(app, upload);
    else if (!goes_otherwise(app, upload))
        fail(app, upload, "The server has no service for uploads");
}

/* --- life ----------------------------------------------------------------- */

static struct upload *upload_new(struct app *app, const char *to,
                                 const char *name, int file)
{
    struct upload *upload = NEW(struct upload);

    upload->to = to ? str_dup_heap(str_of(to)) : NULL;
    upload->name = str_dup_heap(str_of(name));
    upload->file = file;
    upload->next = app->uploads;
    app->uploads = upload;
    return upload;
}

static void find_service(struct app *app, struct upload *upload)
{
    struct stat status;

    if (upload->file < 0 || fstat(upload->file, &status) != 0 ||
        !S_ISREG(status.st_mode) || status.st_size == 0) {
        if (!goes_otherwise(app, upload))
            fail(app, upload, "The file cannot be read, or is empty");
        return;
    }
    upload->size = (uint64_t)status.st_size;
    if (app->upload_service)
        on_service(app, app->upload_service, upload);
    else
        service_find(app, "store", "file", on_service, upload);
}

void upload_start(struct app *app, const char *to, const char *path)
{
    const char *slash = strrchr(path, '/');

    find_service(app, upload_new(app, to, slash ? slash + 1 : path,
                                 open(path, O_RDONLY | O_CLOEXEC)));
}

void upload_instead(struct app *app, struct transfer *transfer,
                    void (*otherwise)(struct app *app,
                                      struct transfer *transfer))
{
    char *to = str_dup_heap(
        (struct str){transfer->peer, strcspn(transfer->peer, "/")});
    struct upload *upload = upload_new(
        app, to, transfer->name, fcntl(transfer->file, F_DUPFD_CLOEXEC, 0));

    transfer->state = TRANSFER_REPLACED;
    upload->transfer = transfer;
    upload->otherwise = otherwise;
    free(to);
    find_service(app, upload);
}

static void upload_free(struct upload *upload)
{
    if (upload->file >= 0)
        (void)close(upload->file);
    put_free(upload->put);
    free(upload->to);
    free(upload->name);
    free(upload->url);
    free(upload);
}

bool uploads_step(struct app *app)
{
    struct upload **link = &app->uploads;

    while (*link) {
        struct upload *upload = *link;

        if (!upload->is_over)
            step(app, upload);
        /* An answer that is still awaited refers to it. */
        if (upload->is_over && !app->questions) {
            *link = upload->next;
            upload_free(upload);
        } else {
            link = &upload->next;
        }
    }
    return app->uploads != NULL;
}

void uploads_free(struct app *app)
{
    while (app->uploads) {
        struct upload *upload = app->uploads;

        app->uploads = upload->next;
        upload_free(upload);
    }
}

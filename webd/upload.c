#include "upload.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/codec/codec.h"
#include "common/log/log.h"
#include "path.h"
#include "scanner.h"
#include "upload_job.h"
#include "webd.h"

/* --- may it begin? -------------------------------------------------------- */

static void refuse(struct http_exchange *exchange, unsigned status,
                   const char *text)
{
    exchange->webd->files.refused++;
    http_refuse(exchange, status, text);
}

/* "Bearer TOKEN" (RFC 6750 §2.1): the header that came with the slot. */
static bool read_token(struct http_exchange *exchange, struct slot *slot)
{
    struct str token = http_request_header(exchange, "Authorization");
    const struct folder *folder = &exchange->webd->files.folder;
    struct str scheme = str_cut(&token, ' ');

    return http_request_header_count(exchange, "Authorization") == 1 &&
           str_eq_nocase(scheme, STR("Bearer")) && token.p &&
           slot_read_token(slot, &exchange->arena,
                           (struct str){folder->key, SLOT_KEY_LENGTH}, token);
}

static struct str media_type(struct str type)
{
    return str_trim(str_cut(&type, ';'));
}

/* XEP-0363 §7: what was told beforehand holds. */
static bool is_of_type(const struct http_exchange *exchange,
                       const struct slot *slot)
{
    struct str told = http_request_header(exchange, "Content-Type");

    return slot->type.len == 0 || !told.p ||
           str_eq_nocase(media_type(told), media_type(slot->type));
}

static bool is_right(struct http_exchange *exchange, struct slot *slot)
{
    struct str id, name;

    if (!path_read_upload(&exchange->arena, exchange->rest, &id, &name) ||
        !read_token(exchange, slot) || !str_eq(id, slot->id) ||
        !str_eq(name, slot->name)) {
        refuse(exchange, 403, "This is no slot of yours");
    } else if (unix_s() >= slot->valid_until_s) {
        refuse(exchange, 403, "The slot's time is over");
    } else if (exchange->length != slot->size) {
        refuse(exchange, exchange->length > slot->size ? 413 : 400,
               "Content-Length is not the size that the slot is for");
    } else if (!is_of_type(exchange, slot)) {
        refuse(exchange, 415, "Content-Type is not what the slot is for");
    } else {
        return true;
    }
    log_event(LOG_LEVEL_WARN, "upload-refused",
              LOG_TEXT("peer", exchange->peer),
              LOG_STR("path", exchange->path));
    return false;
}

static bool reserve(struct http_exchange *exchange, const struct slot *slot,
                    struct ledger_file **file)
{
    struct ledger *ledger = &exchange->webd->files.ledger;

    switch (ledger_reserve(ledger, slot, unix_s(), file)) {
    case LEDGER_OK:
        return true;
    case LEDGER_TAKEN:
        refuse(exchange, 409, "The slot has been used");
        return false;
    case LEDGER_TOTAL_FULL:
        refuse(exchange, 507, "There is no room for it");
        break;
    default:
        refuse(exchange, 413, "Your quota is reached");
        break;
    }
    log_event(LOG_LEVEL_WARN, "upload-refused", LOG_STR("jid", slot->owner),
              LOG_INT("size", slot->size), LOG_TEXT("reason", "quota"));
    return false;
}

static void refuse_for_disk(struct http_exchange *exchange, int reason)
{
    bool is_full = reason == ENOSPC || reason == EDQUOT || reason == EFBIG;

    log_event(LOG_LEVEL_ERROR, is_full ? "disk-full" : "disk-failed",
              LOG_TEXT("reason", strerror(reason)));
    refuse(exchange, is_full ? 507 : 500,
           is_full ? "The disk is full" : "The disk does not work");
}

/* --- its way -------------------------------------------------------------- */

static void on_gone(struct http_exchange *exchange)
{
    struct upload *upload = exchange->data;

    upload->exchange = NULL;
    if (!upload->is_finishing)
        upload_drop(upload);
}

void upload_begin(struct http_exchange *exchange)
{
    struct files *files = &exchange->webd->files;
    struct ledger_file *file;
    struct upload *upload;
    struct slot slot;
    int fd, reason;

    if (!is_right(exchange, &slot) || !reserve(exchange, &slot, &file))
        return;
    fd = folder_create(&files->folder, &slot);
    if (fd < 0) {
        reason = errno;
        ledger_drop(&files->ledger, file);
        refuse_for_disk(exchange, reason);
        return;
    }
    upload = upload_new(exchange, file, fd, slot.name);
    exchange->data = upload;
    exchange->on_gone = on_gone;
}

void upload_take(struct http_exchange *exchange, struct str piece)
{
    struct upload *upload = exchange->data;

    upload->received += piece.len;
    upload_hash(upload, piece);
    while (piece.len > 0) {
        ssize_t count = write(upload->fd, piece.p, piece.len);

        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0) {
            refuse_for_disk(exchange, errno);
            return;
        }
        piece.p += count;
        piece.len -= (size_t)count;
    }
}

void upload_finish(struct http_exchange *exchange)
{
    struct upload *upload = exchange->data;

    if (upload->received == exchange->length)
        upload_start_finishing(upload);
    else
        refuse(exchange, 400, "The body is shorter than Content-Length");
}

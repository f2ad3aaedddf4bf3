#include "upload_job.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/codec/codec.h"
#include "common/log/log.h"
#include "webd.h"

struct upload *upload_new(struct http_exchange *exchange,
                          struct ledger_file *file, int fd, struct str name)
{
    const struct config *config = exchange->webd->daemon.config;
    struct upload *upload = NEW(struct upload);

    upload->webd = exchange->webd;
    upload->exchange = exchange;
    upload->file = file;
    upload->fd = fd;
    upload->folder = exchange->webd->files.folder;
    upload->name = str_dup_heap(name);
    upload->began_ms = clock_monotonic_ms();
    upload->hash = EVP_MD_CTX_new();
    (void)EVP_DigestInit_ex(upload->hash, EVP_sha256(), NULL);
    (void)snprintf(upload->peer, sizeof(upload->peer), "%s", exchange->peer);
    upload->scanner = str_dup_heap(config_str(config, "webd.scanner"));
    upload->scanner_timeout_s =
        (unsigned)config_int(config, "webd.scanner-timeout");
    upload->passes_unscanned =
        str_is(config_str(config, "webd.scanner-fails"), "pass");
    return upload;
}

void upload_hash(struct upload *upload, struct str piece)
{
    (void)EVP_DigestUpdate(upload->hash, piece.p, piece.len);
}

static void upload_free(struct upload *upload)
{
    (void)close(upload->fd);
    EVP_MD_CTX_free(upload->hash);
    free(upload->scanner);
    free(upload->name);
    free(upload);
}

void upload_drop(struct upload *upload)
{
    struct files *files = &upload->webd->files;

    if (upload->file) {
        folder_abort(&files->folder, upload->file->id);
        ledger_drop(&files->ledger, upload->file);
    }
    upload_free(upload);
}

/* --- in the thread pool --------------------------------------------------- */

static bool is_clean(struct upload *upload)
{
    switch (scan_file(upload->scanner, upload->fd, FOLDER_HEAD,
                      upload->file->size, upload->scanner_timeout_s,
                      upload->verdict)) {
    case SCAN_CLEAN:
        return true;
    case SCAN_FOUND:
        upload->outcome = UPLOAD_INFECTED;
        return false;
    case SCAN_FAILED:
        break;
    }
    upload->is_scan_failed = true;
    upload->outcome = UPLOAD_NOT_SCANNED;
    return upload->passes_unscanned;
}

static void on_work(uv_work_t *work)
{
    struct upload *upload = work->data;

    if (upload->scanner[0] && !is_clean(upload))
        return;
    upload->outcome = UPLOAD_DONE;
    if (folder_finish(&upload->folder, upload->file->id, upload->fd))
        return;
    upload->reason = errno;
    upload->outcome = UPLOAD_DISK_FAILED;
}

/* --- and back ------------------------------------------------------------- */

static const struct {
    const char *event, *text;
    unsigned status;
} outcomes[] = {
    [UPLOAD_DONE] = {"upload", "", 201},
    [UPLOAD_INFECTED] = {"upload-infected", "The scanner refuses this file",
                         422},
    [UPLOAD_NOT_SCANNED] = {"upload-not-scanned",
                            "The scanner gives no answer; try again later",
                            503},
    [UPLOAD_DISK_FAILED] = {"upload-failed", "The disk does not work", 500},
};

static struct str hash_text(struct upload *upload, struct arena *arena)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned length = 0;

    (void)EVP_DigestFinal_ex(upload->hash, digest, &length);
    return hex_encode(arena, (struct str){(const char *)digest, length});
}

/* The trail of who has uploaded what: a line for each. */
static void tell(struct upload *upload)
{
    const char *verdict = upload->outcome == UPLOAD_DISK_FAILED
                              ? strerror(upload->reason)
                              : upload->verdict;
    struct arena arena = {0};

    log_event(upload->outcome == UPLOAD_DONE ? LOG_LEVEL_INFO : LOG_LEVEL_ERROR,
              outcomes[upload->outcome].event,
              LOG_STR("jid", ledger_owner(upload->file)),
              LOG_TEXT("peer", upload->peer), LOG_TEXT("id", upload->file->id),
              LOG_TEXT("name", upload->name),
              LOG_INT("size", upload->file->size),
              LOG_STR("sha256", hash_text(upload, &arena)),
              LOG_INT("ms", clock_monotonic_ms() - upload->began_ms),
              LOG_TEXT("scan", upload->scanner[0] == '\0' ? "none"
                               : verdict[0]               ? verdict
                                                          : "clean"));
    arena_clear(&arena);
}

static void settle(struct upload *upload)
{
    struct files *files = &upload->webd->files;

    if (upload->outcome == UPLOAD_DONE) {
        files->uploads++;
        ledger_keep(&files->ledger, upload->file, unix_s());
        upload->file = NULL; /* the ledger's alone from here on */
        return;
    }
    files->refused++;
    files->infected += upload->outcome == UPLOAD_INFECTED;
    folder_abort(&files->folder, upload->file->id);
    if (upload->outcome == UPLOAD_DISK_FAILED)
        folder_remove(&files->folder, upload->file->id);
    ledger_drop(&files->ledger, upload->file);
    upload->file = NULL;
}

static void on_done(uv_work_t *work, int status)
{
    struct upload *upload = work->data;
    struct http_exchange *exchange = upload->exchange;

    (void)status;
    upload->is_finishing = false;
    tell(upload);
    settle(upload);
    if (!exchange) {
        upload_free(upload);
        return;
    }
    if (upload->outcome == UPLOAD_DONE) {
        http_allow_origins(exchange);
        http_answer(exchange, 201, "", STR(""));
    } else {
        http_refuse(exchange, outcomes[upload->outcome].status,
                    outcomes[upload->outcome].text);
    }
}

void upload_start_finishing(struct upload *upload)
{
    upload->is_finishing = true;
    upload->work.data = upload;
    if (uv_queue_work(upload->webd->daemon.loop, &upload->work, on_work,
                      on_done) != 0)
        abort(); /* only without arguments */
}

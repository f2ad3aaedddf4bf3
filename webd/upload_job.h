/* An upload under way. Its last steps wait for the scanner and the disk, and so
 * run in libuv's thread pool; the client may be gone when they are done. */
#ifndef POSTHOUSE_WEBD_UPLOAD_JOB_H
#define POSTHOUSE_WEBD_UPLOAD_JOB_H

#include <openssl/evp.h>
#include <uv.h>

#include "http.h"
#include "folder.h"
#include "ledger.h"
#include "scanner.h"

enum upload_outcome {
    UPLOAD_DONE,
    UPLOAD_INFECTED,
    UPLOAD_NOT_SCANNED,
    UPLOAD_DISK_FAILED
};

struct upload {
    struct webd *webd;
    struct http_exchange *exchange; /* NULL: its client is gone */
    struct ledger_file *file;       /* the ledger's */
    struct folder folder; /* a copy: the daemon may end before the thread */
    char *name;
    int fd;
    uint64_t received;
    uint64_t began_ms;
    EVP_MD_CTX *hash;
    char peer[64];
    bool is_finishing;

    /* The thread's: what it needs, and what came out. */
    uv_work_t work;
    char *scanner; /* "": none */
    unsigned scanner_timeout_s;
    bool passes_unscanned;
    enum upload_outcome outcome;
    bool is_scan_failed;
    int reason; /* errno */
    char verdict[SCAN_VERDICT];
};

/* The descriptor is handed over. */
struct upload *upload_new(struct http_exchange *exchange,
                          struct ledger_file *file, int fd, struct str name);
/* More of the content, for its hash in the log. */
void upload_hash(struct upload *upload, struct str piece);
/* Has it scanned and made durable; then its exchange is answered, if it is
 * still there, and it is freed when that is gone. */
void upload_start_finishing(struct upload *upload);
/* Forgets it, its file and its place in the ledger. */
void upload_drop(struct upload *upload);

#endif

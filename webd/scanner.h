/* A scanner of files: clamd's INSTREAM at a Unix socket (clamd(8)), which
 * others speak too. It waits, and so runs in libuv's thread pool. */
#ifndef POSTHOUSE_WEBD_SCANNER_H
#define POSTHOUSE_WEBD_SCANNER_H

#include "common/mem/mem.h"

enum scan_result {
    SCAN_CLEAN,
    SCAN_FOUND, /* verdict: what */
    SCAN_FAILED /* verdict: why there is no answer */
};
#define SCAN_VERDICT 256u

/* Lets the scanner at `path` judge `size` bytes of a file from `offset`, in at
 * most timeout_s seconds in all. */
enum scan_result scan_file(const char *path, int fd, uint64_t offset,
                           uint64_t size, unsigned timeout_s,
                           char verdict[SCAN_VERDICT]);
/* Reads its answer: "stream: OK", "stream: NAME FOUND", anything else. */
enum scan_result scan_read_answer(struct str answer,
                                  char verdict[SCAN_VERDICT]);

#endif

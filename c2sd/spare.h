/* Memory for output, passed from one client to the next: an idle connection
 * holds none, and a room's message makes five hundred of them want some at
 * once, a hundred times a second. */
#ifndef POSTHOUSE_C2SD_SPARE_H
#define POSTHOUSE_C2SD_SPARE_H

#include "common/mem/mem.h"

#define SPARE_BUFFERS 1024u
#define SPARE_BYTES   4096u

struct spare {
    struct buf buffers[SPARE_BUFFERS];
    size_t count;
};

/* Gives memory to a buffer that has none. */
void spare_take(struct spare *spare, struct buf *buf);
/* Takes the memory of a buffer in which nothing is; it has none then. */
void spare_give(struct spare *spare, struct buf *buf);
/* Frees what is spare. */
void spare_clear(struct spare *spare);

#endif

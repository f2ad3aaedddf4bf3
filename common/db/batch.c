/* Many writes of one statement as arrays, in PostgreSQL's binary form:
 * dimension, whether there are NULLs, type, length and lower bound, then the
 * elements. */
#include <string.h>

#include "internal.h"

#define OID_TEXT 25u
#define ABSENT   UINT32_MAX /* -1: NULL */

static void add_u32(struct buf *buf, uint32_t value)
{
    const char bytes[4] = {(char)(value >> 24), (char)(value >> 16),
                           (char)(value >> 8), (char)value};

    buf_add(buf, (struct str){bytes, sizeof(bytes)});
}

static void begin_array(struct buf *array, uint32_t count)
{
    buf_reset(array);
    add_u32(array, 1);
    add_u32(array, 1);
    add_u32(array, OID_TEXT);
    add_u32(array, count);
    add_u32(array, 1);
}

static void add_element(struct buf *array, const char *value)
{
    struct str text = str_of(value);

    add_u32(array, text.p ? (uint32_t)text.len : ABSENT);
    buf_add(array, text);
}

/* Marks what goes with the first one. Returns how many there are. */
static uint32_t join(struct request *first, struct request **last)
{
    size_t bytes = first->bytes;
    uint32_t count = 1;

    for (*last = first; (*last)->next; count++) {
        struct request *next = (*last)->next;

        bytes += next->bytes;
        if (next->index != first->index || bytes > LARGEST_BATCH_BYTES)
            break;
        next->is_joined = true;
        *last = next;
    }
    return count;
}

struct request *connection_send_batch(struct connection *c,
                                      struct request *first)
{
    const struct db_statement *s = &c->db->options.statements[first->index];
    const char *values[DB_MAX_PARAMS];
    int lengths[DB_MAX_PARAMS], formats[DB_MAX_PARAMS];
    struct request *last, *request;
    uint32_t count = join(first, &last);

    for (unsigned i = 0; i < s->params; i++) {
        begin_array(&c->arrays[i], count);
        for (request = first; request != last->next; request = request->next)
            add_element(&c->arrays[i], request->values[i]);
        values[i] = buf_view(&c->arrays[i]).p;
        lengths[i] = (int)buf_len(&c->arrays[i]);
        formats[i] = 1;
    }
    c->expected++;
    /* A failure shows as a broken connection when its socket is read. */
    (void)PQsendQueryPrepared(c->pg, s->name, (int)s->params, values, lengths,
                              formats, 0);
    return last;
}

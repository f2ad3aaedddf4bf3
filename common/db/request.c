#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

struct request *request_new(const struct db_statement *statement, size_t index,
                            const struct str *params, db_callback *callback,
                            void *ctx)
{
    size_t bytes = sizeof(struct request);
    struct request *request;
    char *at;

    assert(statement->params <= DB_MAX_PARAMS);
    for (unsigned i = 0; i < statement->params; i++)
        bytes += params[i].len + 1;
    request = mem_zalloc(bytes);
    request->index = index;
    request->bytes = bytes;
    request->callback = callback;
    request->ctx = ctx;
    at = (char *)(request + 1);
    for (unsigned i = 0; i < statement->params; i++) {
        if (params[i].p == NULL)
            continue;
        memcpy(at, params[i].p, params[i].len);
        request->values[i] = at;
        at += params[i].len + 1;
    }
    return request;
}

void request_finish(struct request *request, enum db_status status,
                    PGresult *rows)
{
    struct db_result result = {rows};

    if (request->callback)
        request->callback(request->ctx, status, &result);
    PQclear(rows);
    free(request);
}

void request_push(struct request_queue *queue, struct request *request)
{
    request->next = NULL;
    if (queue->last)
        queue->last->next = request;
    else
        queue->first = request;
    queue->last = request;
    queue->count++;
}

struct request *request_pop(struct request_queue *queue)
{
    struct request *request = queue->first;

    if (!request)
        return NULL;
    queue->first = request->next;
    if (!queue->first)
        queue->last = NULL;
    queue->count--;
    return request;
}

void request_unpop(struct request_queue *queue, struct request_queue *front)
{
    if (!front->first)
        return;
    front->last->next = queue->first;
    queue->first = front->first;
    if (!queue->last)
        queue->last = front->last;
    queue->count += front->count;
    *front = (struct request_queue){0};
}

enum failure failure_of(const PGresult *result)
{
    static const char *const passing[] = {"08", "40",    "53",   "57P",
                                          "58", "25006", "55P03"};
    const char *code = PQresultErrorField(result, PG_DIAG_SQLSTATE);

    if (!code)
        return FAILURE_PASSING;
    if (strcmp(code, "23505") == 0)
        return FAILURE_CONFLICT;
    if (strcmp(code, "57014") == 0)
        return FAILURE_TOO_LONG;
    for (size_t i = 0; i < COUNT_OF(passing); i++)
        if (strncmp(code, passing[i], strlen(passing[i])) == 0)
            return FAILURE_PASSING;
    return FAILURE_REFUSED;
}

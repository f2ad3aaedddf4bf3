#include "put.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <unistd.h>

#define STALL_S   60L
#define CONNECT_S 30L
#define MOST_SAID (64u << 10) /* of an answer that nobody reads */

struct put {
    CURLM *multi;
    CURL *easy;
    struct curl_slist *headers;
    int file;
    uint64_t size, sent, said;
    char fault[CURL_ERROR_SIZE + 64];
};

static size_t on_read(char *into, size_t size, size_t count, void *data)
{
    struct put *put = data;
    size_t wanted = size * count;
    ssize_t got;

    if (put->size - put->sent < wanted)
        wanted = (size_t)(put->size - put->sent);
    got = pread(put->file, into, wanted, (off_t)put->sent);
    if (got < 0 || (got == 0 && wanted > 0))
        return CURL_READFUNC_ABORT; /* the file has changed */
    put->sent += (uint64_t)got;
    return (size_t)got;
}

/* After the server wanted to know who is there, say. */
static int on_seek(void *data, curl_off_t offset, int origin)
{
    struct put *put = data;

    if (origin != SEEK_SET)
        return CURL_SEEKFUNC_CANTSEEK;
    put->sent = (uint64_t)offset;
    return CURL_SEEKFUNC_OK;
}

/* What the server says about a refusal is not shown; one that does not stop is
 * not listened to. */
static size_t on_answer(char *bytes, size_t size, size_t count, void *data)
{
    struct put *put = data;

    (void)bytes;
    put->said += size * count;
    return put->said > MOST_SAID ? 0 : size * count;
}

struct put *put_new(const char *url, int file, uint64_t size,
                    const char *ca_file)
{
    struct put *put = NEW(struct put);
    CURL *easy = curl_easy_init();

    put->multi = curl_multi_init();
    put->easy = easy;
    put->file = file;
    put->size = size;
    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "https");
    curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(easy, CURLOPT_INFILESIZE_LARGE, (curl_off_t)size);
    curl_easy_setopt(easy, CURLOPT_READFUNCTION, on_read);
    curl_easy_setopt(easy, CURLOPT_READDATA, put);
    curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, on_seek);
    curl_easy_setopt(easy, CURLOPT_SEEKDATA, put);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_answer);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, put);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, put->fault);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT, CONNECT_S);
    curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, STALL_S);
    if (ca_file)
        curl_easy_setopt(easy, CURLOPT_CAINFO, ca_file);
    put->headers =
        curl_slist_append(NULL, "Content-Type: application/octet-stream");
    return put;
}

void put_add_header(struct put *put, const char *name, const char *value)
{
    static const char *const allowed[] = {"Authorization", "Cookie", "Expires"};
    struct buf line = {0};

    for (size_t i = 0; i < COUNT_OF(allowed); i++) {
        if (strcasecmp(name, allowed[i]) != 0)
            continue;
        buf_printf(&line, "%s: ", allowed[i]);
        for (const char *c = value; *c; c++)
            if (*c != '\r' && *c != '\n')
                buf_add_char(&line, *c);
        buf_add_char(&line, '\0');
        put->headers = curl_slist_append(put->headers, buf_view(&line).p);
    }
    buf_clear(&line);
}

void put_start(struct put *put)
{
    curl_easy_setopt(put->easy, CURLOPT_HTTPHEADER, put->headers);
    curl_multi_add_handle(put->multi, put->easy);
}

static enum put_result judge(struct put *put, CURLcode result, const char **why)
{
    long status = 0;

    curl_easy_getinfo(put->easy, CURLINFO_RESPONSE_CODE, &status);
    if (result == CURLE_OK && status >= 200 && status < 300)
        return PUT_DONE;
    if (result == CURLE_OK)
        (void)snprintf(put->fault, sizeof(put->fault),
                       "The upload was refused: %ld", status);
    else if (!put->fault[0])
        (void)snprintf(put->fault, sizeof(put->fault), "%s",
                       curl_easy_strerror(result));
    *why = put->fault;
    return PUT_FAILED;
}

enum put_result put_step(struct put *put, const char **why)
{
    int running = 0, left;
    const CURLMsg *message;

    curl_multi_perform(put->multi, &running);
    while ((message = curl_multi_info_read(put->multi, &left)) != NULL)
        if (message->msg == CURLMSG_DONE)
            return judge(put, message->data.result, why);
    return PUT_GOES_ON;
}

uint64_t put_done(const struct put *put)
{
    return put->sent;
}

void put_free(struct put *put)
{
    if (!put)
        return;
    curl_multi_remove_handle(put->multi, put->easy);
    curl_easy_cleanup(put->easy);
    curl_multi_cleanup(put->multi);
    curl_slist_free_all(put->headers);
    free(put);
}

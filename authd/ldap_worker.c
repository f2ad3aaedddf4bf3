/* The other end: one question, one answer. */
#include "ldap_workers.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log/log.h"

#define MAX_TEXT 4096u

static bool read_all(int fd, void *into, size_t size)
{
    char *at = into;

    while (size > 0) {
        ssize_t got = read(fd, at, size);

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        at += got;
        size -= (size_t)got;
    }
    return true;
}

/* Two lengths, then user name and password. */
static bool read_question(int fd, uint32_t lengths[2], char text[2][MAX_TEXT])
{
    if (!read_all(fd, lengths, 2 * sizeof(lengths[0])))
        return false;
    for (int i = 0; i < 2; i++)
        if (lengths[i] > MAX_TEXT || !read_all(fd, text[i], lengths[i]))
            return false;
    return true;
}

void ldap_worker_serve(int fd, const struct config *config)
{
    struct error error = {0};
    struct ldap_source *source = ldap_source_open(config, &error);
    char text[2][MAX_TEXT];
    uint32_t lengths[2];

    if (!source)
        log_event(LOG_LEVEL_ERROR, "ldap", LOG_TEXT("reason", error.text));
    while (source && read_question(fd, lengths, text)) {
        enum ldap_verdict verdict =
            ldap_source_check(source, (struct str){text[0], lengths[0]},
                              (struct str){text[1], lengths[1]});
        unsigned char answer = (unsigned char)verdict;

        explicit_bzero(text[1], sizeof(text[1]));
        if (write(fd, &answer, 1) != 1)
            break;
    }
    ldap_source_close(source);
}

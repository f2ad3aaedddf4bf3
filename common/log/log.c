#include "internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define MAX_VALUE 512u  /* bytes of one value */
#define MAX_LINE  8192u /* bytes of one line */

static const char *const level_names[] = {"debug", "info", "warn", "error"};

/* The one mutable global of the suite: every layer that decides something logs
 * it, and a log that had to be passed down would be passed everywhere. */
static struct {
    char process[32];
    char path[256];
    enum log_level least;
    int fd;
    uint64_t dropped; /* lines that the disk did not take */
} out = {.process = "posthouse", .least = LOG_LEVEL_INFO,
         .fd = STDERR_FILENO};

struct line {
    char text[MAX_LINE];
    size_t len;
};

static void add(struct line *line, const char *text, size_t len)
{
    size_t room = sizeof(line->text) - 1 - line->len; /* a newline fits */

    if (len > room)
        len = room;
    memcpy(line->text + line->len, text, len);
    line->len += len;
}

static void add_text(struct line *line, const char *text)
{
    add(line, text, strlen(text));
}

/* Whether a value can stand without quotes. */
static bool is_bare(struct str value)
{
    for (size_t i = 0; i < value.len; i++) {
        unsigned char c = (unsigned char)value.p[i];
        if (c <= ' ' || c == '"' || c == '=' || c == '\\' || c == 0x7f)
            return false;
    }
    return value.len > 0;
}

static void add_value(struct line *line, struct str value)
{
    bool cut = value.len > MAX_VALUE;

    if (cut) {
        value.len = MAX_VALUE;
        /* Not in the middle of a character. */
        while (value.len > 0 && ((unsigned char)value.p[value.len] & 0xc0) ==
                                    0x80)
            value.len--;
    }
    if (!cut && is_bare(value)) {
        add(line, value.p, value.len);
        return;
    }
    add_text(line, "\"");
    for (size_t i = 0; i < value.len; i++) {
        unsigned char c = (unsigned char)value.p[i];
        char escape[8];

        if (c == '"' || c == '\\')
            snprintf(escape, sizeof(escape), "\\%c", c);
        else if (c < ' ' || c == 0x7f)
            snprintf(escape, sizeof(escape), "\\x%02x", c);
        else
            snprintf(escape, sizeof(escape), "%c", c);
        add_text(line, escape);
    }
    add_text(line, cut ? "…\"" : "\"");
}

static void add_head(struct line *line, enum log_level level,
                     const char *event)
{
    struct timespec now;
    struct tm utc;
    char stamp[48];
    size_t length;

    (void)clock_gettime(CLOCK_REALTIME, &now);
    (void)gmtime_r(&now.tv_sec, &utc);
    length = strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%S", &utc);
    (void)snprintf(stamp + length, sizeof(stamp) - length, ".%03uZ ",
                   (unsigned)(now.tv_nsec / 1000000) % 1000u);
    add_text(line, stamp);
    add_text(line, level_names[level]);
    add_text(line, " ");
    add_text(line, out.process);
    add_text(line, " ");
    add_text(line, event);
}

/* One write for one line, so that lines of several processes never mix. */
static bool emit(struct line *line)
{
    ssize_t written;

    line->text[line->len++] = '\n';
    do
        written = write(out.fd, line->text, line->len);
    while (written < 0 && errno == EINTR);
    return written == (ssize_t)line->len;
}

static void tell_dropped(void)
{
    struct line line = {.len = 0};
    char text[48];

    add_head(&line, LOG_LEVEL_WARN, "log-lines-dropped");
    (void)snprintf(text, sizeof(text), " count=%llu",
                   (unsigned long long)out.dropped);
    add_text(&line, text);
    if (emit(&line))
        out.dropped = 0;
}

void log_write(enum log_level level, const char *event,
               const struct log_field *fields, size_t count)
{
    struct line line;

    if (level < out.least ||
        (level == LOG_LEVEL_WARN && !limit_warning(event)))
        return;
    if (out.dropped)
        tell_dropped();
    line.len = 0;
    add_head(&line, level, event);
    for (size_t i = 0; i < count; i++) {
        char number[24];

        add_text(&line, " ");
        add_text(&line, fields[i].key);
        add_text(&line, "=");
        (void)snprintf(number, sizeof(number), "%lld",
                       (long long)fields[i].number);
        add_value(&line,
                  fields[i].is_number ? str_of(number) : fields[i].text);
    }
    if (!emit(&line))
        out.dropped++;
}

static bool open_file(struct error *error)
{
    int fd;

    if (!out.path[0])
        return true;
    fd = open(out.path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY,
              0640);
    if (fd < 0)
        return error_set(error, "%s: %s", out.path, strerror(errno));
    if (out.fd != STDERR_FILENO)
        (void)close(out.fd); /* nothing is buffered in it */
    out.fd = fd;
    return true;
}

bool log_open(const char *process, const char *path, enum log_level least,
              struct error *error)
{
    (void)snprintf(out.process, sizeof(out.process), "%s", process);
    out.least = least;
    if (path && strlen(path) >= sizeof(out.path))
        return error_set(error, "%s: the path is too long", path);
    (void)snprintf(out.path, sizeof(out.path), "%s", path ? path : "");
    return open_file(error);
}

void log_reopen(void)
{
    struct error error;

    if (!open_file(&error))
        log_event(LOG_LEVEL_ERROR, "log-reopen-failed",
                  LOG_TEXT("reason", error.text));
}

bool log_parse_level(struct str name, enum log_level *level)
{
    for (size_t i = 0; i < COUNT_OF(level_names); i++) {
        if (str_is(name, level_names[i])) {
            *level = (enum log_level)i;
            return true;
        }
    }
    return false;
}

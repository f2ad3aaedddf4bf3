/* Logs: one line per event, logfmt, to standard error or a file.
 *
 *   2026-01-31T12:00:00.123Z warn c2sd.1 login-refused jid=a@b peer=1.2.3.4
 *
 * Never a password, never a body. Whoever decides logs, once. Warnings are what
 * strangers can cause: of one kind a hundred are written in a second, then their
 * number alone, so that nobody fills the disk. */
#ifndef POSTHOUSE_LOG_H
#define POSTHOUSE_LOG_H

#include "../mem/mem.h"

enum log_level { LOG_LEVEL_DEBUG, LOG_LEVEL_INFO, LOG_LEVEL_WARN,
                 LOG_LEVEL_ERROR };

/* One key=value; made by the macros below. */
struct log_field {
    const char *key;
    struct str text;
    int64_t number;
    bool is_number;
};
#define LOG_STR(key, str)      ((struct log_field){key, str, 0, false})
#define LOG_TEXT(key, cstring) ((struct log_field){key, str_of(cstring), 0, false})
#define LOG_INT(key, value) \
    ((struct log_field){key, STR_NONE, (int64_t)(value), true})

/* log_event(LOG_LEVEL_INFO, "login", LOG_STR("jid", jid), LOG_INT("n", 3)) */
#define log_event(level, event, ...)                                          \
    log_write(level, event, (const struct log_field[]){__VA_ARGS__},          \
              sizeof((const struct log_field[]){__VA_ARGS__}) /               \
                  sizeof(struct log_field))
/* An event without fields. */
#define log_plain(level, event) log_write(level, event, NULL, 0)

/* Names the process in every line. path NULL or "" means standard error. A file
 * is opened for appending, and again at log_reopen (after rotation). False when
 * it cannot be opened; lines then go to standard error. */
MUST_CHECK bool log_open(const char *process, const char *path,
                         enum log_level least, struct error *error);
/* Opens the file again, after rotation; without a file nothing happens. */
void log_reopen(void);
/* "debug", "info", "warn" or "error". False for any other word; *level is then
 * untouched. */
bool log_parse_level(struct str name, enum log_level *level);
/* For lines that a stranger may cause at will: a few in a second, then their
 * number alone. Zeroed = ready. */
struct log_limit {
    int64_t second;
    unsigned lines, left_out;
};
/* Whether this line may be written now. */
MUST_CHECK bool log_limit_allows(struct log_limit *limit, const char *event);
/* Values are quoted where they need it, control characters escaped, and cut at
 * 512 bytes. A full disk drops lines and tells their number when it is over. */
void log_write(enum log_level level, const char *event,
               const struct log_field *fields, size_t count);

#endif

#include "quiet.h"

#include <ctype.h>
#include <sys/stat.h>

#define MINUTES_OF_DAY  1440u
#define MINUTES_OF_WEEK (7 * MINUTES_OF_DAY)
#define ZONES           "/usr/share/zoneinfo/"

static const char *const day_names[] = {"sun", "mon", "tue", "wed",
                                        "thu", "fri", "sat"};

static bool read_day(struct str name, unsigned *day)
{
    for (*day = 0; *day < COUNT_OF(day_names); ++*day)
        if (str_eq_nocase(name, str_of(day_names[*day])))
            return true;
    return false;
}

/* "mon", or "fri-mon": past Saturday comes Sunday. */
static bool read_range(struct str range, unsigned *days)
{
    unsigned first, last;
    struct str rest = range;
    struct str begin = str_cut(&rest, '-');

    if (!read_day(begin, &first) || !read_day(rest.p ? rest : begin, &last))
        return false;
    for (unsigned day = first;; day = (day + 1) % 7) {
        *days |= 1u << day;
        if (day == last)
            return true;
    }
}

static bool read_days(struct str text, unsigned *days)
{
    *days = 0;
    if (str_eq_nocase(text, STR("daily"))) {
        *days = 0x7f;
        return true;
    }
    while (text.p)
        if (!read_range(str_cut(&text, ','), days))
            return false;
    return true;
}

/* "HH:MM", up to 24:00. */
static bool read_time(struct str text, unsigned *minutes)
{
    uint64_t hours, rest;

    if (text.len != 5 || text.p[2] != ':' ||
        !str_to_u64((struct str){text.p, 2}, &hours) ||
        !str_to_u64((struct str){text.p + 3, 2}, &rest) || rest > 59)
        return false;
    *minutes = (unsigned)(hours * 60 + rest);
    return *minutes <= MINUTES_OF_DAY;
}

static bool read_times(struct str text, struct quiet_span *span)
{
    struct str from = str_cut(&text, '-');

    return read_time(from, &span->from) && read_time(text, &span->to) &&
           span->from < MINUTES_OF_DAY && span->from != span->to;
}

/* Only names that stay in the folder of zones, and are there. */
static bool is_zone(struct str name)
{
    char path[sizeof(ZONES) + QUIET_MAX_ZONE] = ZONES;
    struct stat found;

    if (!name.len || name.len > QUIET_MAX_ZONE ||
        !isalpha((unsigned char)name.p[0]))
        return false;
    for (size_t i = 0; i < name.len; i++)
        if (!isalnum((unsigned char)name.p[i]) && !strchr("/_+-", name.p[i]))
            return false;
    memcpy(path + sizeof(ZONES) - 1, name.p, name.len);
    path[sizeof(ZONES) - 1 + name.len] = '\0';
    return stat(path, &found) == 0 && S_ISREG(found.st_mode);
}

/* "DAYS TIMES", and in the last one of all "ZONE". */
static bool read_span(struct quiet *quiet, struct str text, bool is_last,
                      enum language language, struct error *error)
{
    struct quiet_span *span = &quiet->spans[quiet->count];
    struct str rest = str_trim(text);
    struct str days = str_cut(&rest, ' ');
    struct str times, zone;

    rest = str_trim(rest);
    times = str_cut(&rest, ' ');
    zone = str_trim(rest);
    if (!read_days(days, &span->days))
        return error_set(
            error,
            text_in(language, "%.*s: expected daily, or days as mon-fri,sun"),
            STR_ARG(days));
    if (!times.len || !read_times(times, span))
        return error_set(
            error, text_in(language, "%.*s: expected times as 22:00-07:00"),
            STR_ARG(times));
    if (zone.len && (!is_last || !is_zone(zone)))
        return error_set(
            error,
            text_in(language, "%.*s: expected a time zone as Asia/Shanghai"),
            STR_ARG(zone));
    if (zone.len)
        memcpy(quiet->zone, zone.p, zone.len);
    quiet->count++;
    return true;
}

bool quiet_parse(struct quiet *quiet, struct str text, enum language language,
                 struct error *error)
{
    struct str rest = str_trim(text);

    *quiet = (struct quiet){0};
    if (str_is(rest, "none"))
        return true;
    if (!rest.len || rest.len > QUIET_MAX_TEXT)
        return error_set(
            error, text_in(language, "expected none, or DAYS HH:MM-HH:MM"));
    while (rest.p) {
        struct str span = str_cut(&rest, ';');

        if (quiet->count == QUIET_MAX_SPANS)
            return error_set(error,
                             text_in(language, "expected %u spans at most"),
                             QUIET_MAX_SPANS);
        if (!read_span(quiet, span, !rest.p, language, error))
            return false;
    }
    return true;
}

bool quiet_are_exceptions(struct str list)
{
    struct arena arena = {0};
    bool is_right = true;
    struct jid jid;

    while (list.len && is_right) {
        struct str one = str_cut(&list, ' ');

        is_right = jid_parse(&jid, &arena, one) && str_eq(jid.bare, one);
    }
    arena_clear(&arena);
    return is_right;
}

bool quiet_at(const struct quiet *quiet, unsigned minute)
{
    for (size_t i = 0; i < quiet->count; i++) {
        const struct quiet_span *span = &quiet->spans[i];
        unsigned length = span->to > span->from
                              ? span->to - span->from
                              : MINUTES_OF_DAY - span->from + span->to;

        for (unsigned day = 0; day < 7; day++) {
            unsigned begin = day * MINUTES_OF_DAY + span->from;

            if ((span->days & (1u << day)) &&
                (minute + MINUTES_OF_WEEK - begin) % MINUTES_OF_WEEK < length)
                return true;
        }
    }
    return false;
}

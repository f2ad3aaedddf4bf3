#include "stanza.h"

#include <stdio.h>
#include <time.h>

struct str stanza_timestamp(struct arena *arena, int64_t unix_ms)
{
    time_t seconds = (time_t)(unix_ms / 1000);
    int ms = (int)(unix_ms % 1000);
    struct tm t;
    char text[32];

    if (ms < 0) {
        ms += 1000;
        seconds--;
    }
    (void)gmtime_r(&seconds, &t);
    (void)strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &t);
    if (ms == 0)
        return arena_printf(arena, "%sZ", text);
    return arena_printf(arena, "%s.%03dZ", text, ms);
}

/* Reads exactly `count` digits and steps behind them. */
static bool digits(struct str *in, size_t count, int *value)
{
    int sum = 0;

    if (in->len < count)
        return false;
    for (size_t i = 0; i < count; i++) {
        if (in->p[i] < '0' || in->p[i] > '9')
            return false;
        sum = sum * 10 + (in->p[i] - '0');
    }
    *in = (struct str){in->p + count, in->len - count};
    *value = sum;
    return true;
}

static bool literal(struct str *in, char c)
{
    if (in->len == 0 || in->p[0] != c)
        return false;
    *in = (struct str){in->p + 1, in->len - 1};
    return true;
}

/* ".123456": milliseconds of it, further digits dropped. */
static bool fraction(struct str *in, int *ms)
{
    int scale = 100;
    size_t count = 0;

    *ms = 0;
    if (!literal(in, '.'))
        return true;
    while (in->len && in->p[0] >= '0' && in->p[0] <= '9') {
        *ms += (in->p[0] - '0') * scale;
        scale /= 10;
        count++;
        *in = (struct str){in->p + 1, in->len - 1};
    }
    return count > 0;
}

/* "Z" or "+hh:mm": seconds to take away for UTC. */
static bool zone(struct str *in, int *seconds)
{
    int hours, minutes, sign;

    *seconds = 0;
    if (literal(in, 'Z'))
        return in->len == 0;
    sign = literal(in, '-') ? -1 : literal(in, '+') ? 1 : 0;
    if (sign == 0 || !digits(in, 2, &hours) || !literal(in, ':') ||
        !digits(in, 2, &minutes) || hours > 14 || minutes > 59)
        return false;
    *seconds = sign * (hours * 3600 + minutes * 60);
    return in->len == 0;
}

bool stanza_parse_timestamp(struct str text, int64_t *unix_ms)
{
    struct tm t = {0};
    int ms, offset;

    if (!digits(&text, 4, &t.tm_year) || !literal(&text, '-') ||
        !digits(&text, 2, &t.tm_mon) || !literal(&text, '-') ||
        !digits(&text, 2, &t.tm_mday) || !literal(&text, 'T') ||
        !digits(&text, 2, &t.tm_hour) || !literal(&text, ':') ||
        !digits(&text, 2, &t.tm_min) || !literal(&text, ':') ||
        !digits(&text, 2, &t.tm_sec) || !fraction(&text, &ms) ||
        !zone(&text, &offset))
        return false;
    if (t.tm_mon < 1 || t.tm_mon > 12 || t.tm_mday < 1 || t.tm_mday > 31 ||
        t.tm_hour > 23 || t.tm_min > 59 || t.tm_sec > 60)
        return false;
    t.tm_year -= 1900;
    t.tm_mon -= 1;
    *unix_ms = ((int64_t)timegm(&t) - offset) * 1000 + ms;
    return true;
}

bool stanza_is_delayed_by(const struct xml *stanza, struct str from)
{
    const struct xml *delay = xml_child(stanza, NS_DELAY, "delay");

    for (; delay; delay = xml_next(delay, NS_DELAY, "delay"))
        if (str_eq(xml_get(delay, "from"), from))
            return true;
    return false;
}

void stanza_add_delay(struct xml *stanza, struct str from, int64_t stamp_ms,
                      const char *reason)
{
    struct xml *delay = xml_add(stanza, NS_DELAY, STR("delay"));

    xml_set(delay, STR("from"), from);
    xml_set(delay, STR("stamp"), stanza_timestamp(stanza->arena, stamp_ms));
    if (reason)
        xml_add_text(delay, str_of(reason));
}

#include "metrics.h"

#include <stdlib.h>
#include <string.h>

#include "../link/control.h"

/* What goes down as well as up; all else only ever counts, from the start of
 * its process. */
static const char *const gauges[] = {
    "routerd.peers",     "c2sd.connections", "c2sd.sessions",
    "sm.sessions",       "mucd.rooms",       "mucd.occupants",
    "compd.connections", "proxy65d.streams", "proxy65d.waiting",
    "webd.connections",  "webd.files",       "webd.file-bytes",
};

static bool is_gauge(struct arena *arena, struct str daemon, struct str counter)
{
    const char *name =
        arena_printf(arena, "%.*s.%.*s", STR_ARG(daemon), STR_ARG(counter)).p;

    for (size_t i = 0; i < COUNT_OF(gauges); i++)
        if (strcmp(gauges[i], name) == 0)
            return true;
    return false;
}

static void add(struct metrics_samples *all,
                const struct metrics_sample *sample)
{
    if (all->count == all->room) {
        all->room = all->room ? 2 * all->room : 64;
        all->samples =
            mem_realloc(all->samples, all->room * sizeof(*all->samples));
    }
    all->samples[all->count++] = *sample;
}

static struct metrics_sample sample_of(struct metrics_samples *all,
                                       struct str daemon, struct str instance,
                                       const struct xml *counter)
{
    struct str name = xml_get(counter, CTL_A_NAME);
    bool gauge = is_gauge(all->arena, daemon, name);
    struct str metric =
        arena_printf(all->arena, "posthouse_%.*s_%.*s%s", STR_ARG(daemon),
                     STR_ARG(name), gauge ? "" : "_total");
    char *at = (char *)(uintptr_t)metric.p;

    while ((at = strchr(at, '-')) != NULL)
        *at = '_';
    return (struct metrics_sample){
        .metric = metric.p,
        .type = gauge ? "gauge" : "counter",
        .instance = arena_dup(all->arena, instance),
        .value = arena_dup(all->arena, xml_get(counter, CTL_A_VALUE))};
}

void metrics_add(struct metrics_samples *all, const struct xml *answer)
{
    struct str instance = xml_get(answer, CTL_A_NODE);
    struct str daemon = str_cut(&instance, '.');
    const struct xml *c = xml_child(answer, STR_NONE, CTL_COUNTER);
    struct metrics_sample up = {.type = "gauge", .value = STR("1")};

    up.metric =
        arena_printf(all->arena, "posthouse_%.*s_up", STR_ARG(daemon)).p;
    up.instance = arena_dup(all->arena, instance.p ? instance : STR("0"));
    add(all, &up);
    for (; c; c = xml_next(c, STR_NONE, CTL_COUNTER)) {
        struct metrics_sample sample = sample_of(all, daemon, up.instance, c);

        add(all, &sample);
    }
}

static int by_metric(const void *left, const void *right)
{
    const struct metrics_sample *a = left, *b = right;
    int order = strcmp(a->metric, b->metric);

    return order ? order
                 : (int)strtol(a->instance.p, NULL, 10) -
                       (int)strtol(b->instance.p, NULL, 10);
}

void metrics_sort(struct metrics_samples *all)
{
    if (all->count > 0)
        qsort(all->samples, all->count, sizeof(*all->samples), by_metric);
}

void metrics_write(struct buf *out, const struct metrics_samples *all)
{
    for (size_t i = 0; i < all->count; i++) {
        const struct metrics_sample *s = &all->samples[i];

        if (i == 0 || strcmp(s->metric, s[-1].metric) != 0)
            buf_printf(out, "# TYPE %s %s\n", s->metric, s->type);
        buf_printf(out, "%s{instance=\"%.*s\"} %.*s\n", s->metric,
                   STR_ARG(s->instance), STR_ARG(s->value));
    }
}

void metrics_clear(struct metrics_samples *all)
{
    free(all->samples);
    *all = (struct metrics_samples){0};
}

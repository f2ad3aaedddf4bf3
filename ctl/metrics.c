/* Every daemon's counters in the text format of Prometheus. */
#include <stdlib.h>
#include <string.h>

#include "common/link/control.h"
#include "stats.h"

struct sample {
    const char *metric; /* "posthouse_sm_messages_total" */
    const char *type;
    struct str instance, value;
};

struct collecting {
    struct arena *arena;
    struct sample *samples;
    size_t count, room;
};

/* What goes down as well as up; all else only ever counts, from the start of
 * its process. */
static const char *const gauges[] = {
    "routerd.peers",     "c2sd.connections", "c2sd.sessions",
    "sm.sessions",       "mucd.rooms",       "mucd.occupants",
    "compd.connections", "proxy65d.streams", "proxy65d.waiting",
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

static void add(struct collecting *all, const struct sample *sample)
{
    if (all->count == all->room) {
        all->room = all->room ? 2 * all->room : 64;
        all->samples =
            mem_realloc(all->samples, all->room * sizeof(struct sample));
    }
    all->samples[all->count++] = *sample;
}

static struct sample sample_of(struct collecting *all, struct str daemon,
                               struct str instance, const struct xml *counter)
{
    struct str name = xml_get(counter, CTL_A_NAME);
    bool gauge = is_gauge(all->arena, daemon, name);
    struct str metric =
        arena_printf(all->arena, "posthouse_%.*s_%.*s%s", STR_ARG(daemon),
                     STR_ARG(name), gauge ? "" : "_total");
    char *at = (char *)(uintptr_t)metric.p;

    while ((at = strchr(at, '-')) != NULL)
        *at = '_';
    return (struct sample){
        .metric = metric.p,
        .type = gauge ? "gauge" : "counter",
        .instance = arena_dup(all->arena, instance),
        .value = arena_dup(all->arena, xml_get(counter, CTL_A_VALUE))};
}

static void collect(void *ctx, const struct xml *answer)
{
    struct collecting *all = ctx;
    struct str instance = xml_get(answer, CTL_A_NODE);
    struct str daemon = str_cut(&instance, '.');
    const struct xml *c = xml_child(answer, STR_NONE, CTL_COUNTER);
    struct sample up = {.type = "gauge", .value = STR("1")};

    up.metric =
        arena_printf(all->arena, "posthouse_%.*s_up", STR_ARG(daemon)).p;
    up.instance = arena_dup(all->arena, instance.p ? instance : STR("0"));
    add(all, &up);
    for (; c; c = xml_next(c, STR_NONE, CTL_COUNTER)) {
        struct sample sample = sample_of(all, daemon, up.instance, c);

        add(all, &sample);
    }
}

/* The format wants the samples of a metric in one place. */
static int by_metric(const void *left, const void *right)
{
    const struct sample *a = left, *b = right;
    int order = strcmp(a->metric, b->metric);

    return order ? order
                 : (int)strtol(a->instance.p, NULL, 10) -
                       (int)strtol(b->instance.p, NULL, 10);
}

static void print(const struct collecting *all)
{
    for (size_t i = 0; i < all->count; i++) {
        const struct sample *s = &all->samples[i];

        if (i == 0 || strcmp(s->metric, s[-1].metric) != 0)
            printf("# TYPE %s %s\n", s->metric, s->type);
        printf("%s{instance=\"%.*s\"} %.*s\n", s->metric, STR_ARG(s->instance),
               STR_ARG(s->value));
    }
}

static void print_json(const struct collecting *all)
{
    putchar('[');
    for (size_t i = 0; i < all->count; i++) {
        const struct sample *s = &all->samples[i];

        printf("%s{\"metric\": \"%s\", \"type\": \"%s\", "
               "\"instance\": \"%.*s\", \"value\": %.*s}",
               i ? ",\n " : "", s->metric, s->type, STR_ARG(s->instance),
               STR_ARG(s->value));
    }
    puts("]");
}

int show_metrics(struct ctl *ctl)
{
    struct collecting all = {.arena = &ctl->arena};
    int status = stats_ask(ctl, collect, &all);

    if (all.count)
        qsort(all.samples, all.count, sizeof(all.samples[0]), by_metric);
    if (ctl->json)
        print_json(&all);
    else
        print(&all);
    free(all.samples);
    return status;
}

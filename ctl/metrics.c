/* Every daemon's counters in the text format of Prometheus. */
#include "common/metrics/metrics.h"
#include "stats.h"

static void collect(void *ctx, const struct xml *answer)
{
    metrics_add(ctx, answer);
}

static void print(const struct metrics_samples *all)
{
    struct buf text = {0};

    metrics_write(&text, all);
    fwrite(buf_view(&text).p, 1, buf_len(&text), stdout);
    buf_clear(&text);
}

static void print_json(const struct metrics_samples *all)
{
    putchar('[');
    for (size_t i = 0; i < all->count; i++) {
        const struct metrics_sample *s = &all->samples[i];

        printf("%s{\"metric\": \"%s\", \"type\": \"%s\", "
               "\"instance\": \"%.*s\", \"value\": %.*s}",
               i ? ",\n " : "", s->metric, s->type, STR_ARG(s->instance),
               STR_ARG(s->value));
    }
    puts("]");
}

int show_metrics(struct ctl *ctl)
{
    struct metrics_samples all = {.arena = &ctl->arena};
    int status = stats_ask(ctl, collect, &all);

    metrics_sort(&all);
    if (ctl->json)
        print_json(&all);
    else
        print(&all);
    metrics_clear(&all);
    return status;
}

/* The counters of processes, from their answers to <stats/> (control.h), in the
 * text format of Prometheus: posthouse_DAEMON_COUNTER{instance="N"}. */
#ifndef POSTHOUSE_METRICS_H
#define POSTHOUSE_METRICS_H

#include "../xml/xml.h"

struct metrics_sample {
    const char *metric; /* "posthouse_sm_messages_total" */
    const char *type;   /* "counter" or "gauge" */
    struct str instance, value;
};

/* Zeroes, with an arena for the texts, are an empty collection. */
struct metrics_samples {
    struct arena *arena;
    struct metrics_sample *samples;
    size_t count, room;
};

/* Adds what one process has answered. */
void metrics_add(struct metrics_samples *all, const struct xml *answer);
/* Puts the samples of a metric in one place, as the format wants it. */
void metrics_sort(struct metrics_samples *all);
/* Appends the sorted samples with their types. */
void metrics_write(struct buf *out, const struct metrics_samples *all);
/* Frees the collection; its arena is the caller's. */
void metrics_clear(struct metrics_samples *all);

#endif

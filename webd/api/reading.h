/* One request while its plan is made (plan.c); what is asked for is read in
 * reading.c. */
#ifndef POSTHOUSE_WEBD_API_READING_H
#define POSTHOUSE_WEBD_API_READING_H

#include "plan.h"

struct reading {
    struct arena *arena;
    const struct api_request *request;
    const struct api_resource *resource;
    struct str segments[API_MAX_SEGMENTS]; /* decoded */
    unsigned segment_count;
    json_t *given; /* body, or what stands behind the '?' */
    struct api_plan *plan;
    struct api_fault *fault;
};

/* Sets status and condition of the fault, whose text stands. Always false. */
bool reading_fail(struct reading *reading, unsigned status,
                  const char *condition);
/* The same for a bad request, with a text in English. */
bool reading_fail_with(struct reading *reading, const char *text);

/* Finds the resource and its segments, and what is given to it; the caller
 * drops the reference to that, also after false. */
MUST_CHECK bool reading_take(struct reading *reading);

#endif

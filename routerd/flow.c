#include "flow.h"

#include <stdlib.h>

struct flow {
    const struct router_peer *sender;
    size_t bytes;
};

static struct flow *find(const struct flows *flows,
                         const struct router_peer *sender)
{
    for (size_t i = 0; i < flows->count; i++)
        if (flows->list[i].sender == sender)
            return &flows->list[i];
    return NULL;
}

size_t flows_add(struct flows *flows, const struct router_peer *sender,
                 size_t bytes)
{
    struct flow *flow = find(flows, sender);

    if (!flow) {
        flows->list =
            mem_realloc(flows->list, (flows->count + 1) * sizeof(*flows->list));
        flow = &flows->list[flows->count++];
        *flow = (struct flow){.sender = sender};
    }
    return flow->bytes += bytes;
}

void flows_reset(struct flows *flows)
{
    flows->count = 0;
}

void flows_forget(struct flows *flows, const struct router_peer *sender)
{
    struct flow *flow = find(flows, sender);

    if (flow)
        *flow = flows->list[--flows->count];
}

void flows_clear(struct flows *flows)
{
    free(flows->list);
    *flows = (struct flows){0};
}

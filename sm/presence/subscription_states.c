/* The tables of RFC 6121 appendix A. */
#include "sm/presence/presence.h"

#define STATES (SUB_BOTH + 1)

#define YES(next)                                                              \
    {                                                                          \
        true, next                                                             \
    }
#define NO(next)                                                               \
    {                                                                          \
        false, next                                                            \
    }

/* A.2: what the user sends. */
static const struct transition outbound_subscribe[STATES] = {
    [SUB_NONE] = YES(SUB_NONE_OUT),
    [SUB_NONE_OUT] = YES(SUB_NONE_OUT),
    [SUB_NONE_IN] = YES(SUB_NONE_OUT_IN),
    [SUB_NONE_OUT_IN] = YES(SUB_NONE_OUT_IN),
    [SUB_TO] = YES(SUB_TO),
    [SUB_TO_IN] = YES(SUB_TO_IN),
    [SUB_FROM] = YES(SUB_FROM_OUT),
    [SUB_FROM_OUT] = YES(SUB_FROM_OUT),
    [SUB_BOTH] = YES(SUB_BOTH),
};
static const struct transition outbound_unsubscribe[STATES] = {
    [SUB_NONE] = YES(SUB_NONE),       [SUB_NONE_OUT] = YES(SUB_NONE),
    [SUB_NONE_IN] = YES(SUB_NONE_IN), [SUB_NONE_OUT_IN] = YES(SUB_NONE_IN),
    [SUB_TO] = YES(SUB_NONE),         [SUB_TO_IN] = YES(SUB_NONE_IN),
    [SUB_FROM] = YES(SUB_FROM),       [SUB_FROM_OUT] = YES(SUB_FROM),
    [SUB_BOTH] = YES(SUB_FROM),
};
static const struct transition outbound_subscribed[STATES] = {
    [SUB_NONE] = NO(SUB_NONE),     [SUB_NONE_OUT] = NO(SUB_NONE_OUT),
    [SUB_NONE_IN] = YES(SUB_FROM), [SUB_NONE_OUT_IN] = YES(SUB_FROM_OUT),
    [SUB_TO] = NO(SUB_TO),         [SUB_TO_IN] = YES(SUB_BOTH),
    [SUB_FROM] = NO(SUB_FROM),     [SUB_FROM_OUT] = NO(SUB_FROM_OUT),
    [SUB_BOTH] = NO(SUB_BOTH),
};
static const struct transition outbound_unsubscribed[STATES] = {
    [SUB_NONE] = NO(SUB_NONE),     [SUB_NONE_OUT] = NO(SUB_NONE_OUT),
    [SUB_NONE_IN] = YES(SUB_NONE), [SUB_NONE_OUT_IN] = YES(SUB_NONE_OUT),
    [SUB_TO] = NO(SUB_TO),         [SUB_TO_IN] = YES(SUB_TO),
    [SUB_FROM] = YES(SUB_NONE),    [SUB_FROM_OUT] = YES(SUB_NONE_OUT),
    [SUB_BOTH] = YES(SUB_TO),
};

/* A.3: what the contact sends. */
static const struct transition inbound_subscribe[STATES] = {
    [SUB_NONE] = YES(SUB_NONE_IN),   [SUB_NONE_OUT] = YES(SUB_NONE_OUT_IN),
    [SUB_NONE_IN] = NO(SUB_NONE_IN), [SUB_NONE_OUT_IN] = NO(SUB_NONE_OUT_IN),
    [SUB_TO] = YES(SUB_TO_IN),       [SUB_TO_IN] = NO(SUB_TO_IN),
    [SUB_FROM] = NO(SUB_FROM),       [SUB_FROM_OUT] = NO(SUB_FROM_OUT),
    [SUB_BOTH] = NO(SUB_BOTH),
};
static const struct transition inbound_unsubscribe[STATES] = {
    [SUB_NONE] = NO(SUB_NONE),     [SUB_NONE_OUT] = NO(SUB_NONE_OUT),
    [SUB_NONE_IN] = YES(SUB_NONE), [SUB_NONE_OUT_IN] = YES(SUB_NONE_OUT),
    [SUB_TO] = NO(SUB_TO),         [SUB_TO_IN] = YES(SUB_TO),
    [SUB_FROM] = YES(SUB_NONE),    [SUB_FROM_OUT] = YES(SUB_NONE_OUT),
    [SUB_BOTH] = YES(SUB_TO),
};
static const struct transition inbound_subscribed[STATES] = {
    [SUB_NONE] = NO(SUB_NONE),       [SUB_NONE_OUT] = YES(SUB_TO),
    [SUB_NONE_IN] = NO(SUB_NONE_IN), [SUB_NONE_OUT_IN] = YES(SUB_TO_IN),
    [SUB_TO] = NO(SUB_TO),           [SUB_TO_IN] = NO(SUB_TO_IN),
    [SUB_FROM] = NO(SUB_FROM),       [SUB_FROM_OUT] = YES(SUB_BOTH),
    [SUB_BOTH] = NO(SUB_BOTH),
};
static const struct transition inbound_unsubscribed[STATES] = {
    [SUB_NONE] = NO(SUB_NONE),       [SUB_NONE_OUT] = YES(SUB_NONE),
    [SUB_NONE_IN] = NO(SUB_NONE_IN), [SUB_NONE_OUT_IN] = YES(SUB_NONE_IN),
    [SUB_TO] = YES(SUB_NONE),        [SUB_TO_IN] = YES(SUB_NONE_IN),
    [SUB_FROM] = NO(SUB_FROM),       [SUB_FROM_OUT] = YES(SUB_FROM),
    [SUB_BOTH] = YES(SUB_FROM),
};

struct transition subscription_outbound(enum subscription_state state,
                                        enum presence_type type)
{
    switch (type) {
    case PRESENCE_SUBSCRIBE:
        return outbound_subscribe[state];
    case PRESENCE_UNSUBSCRIBE:
        return outbound_unsubscribe[state];
    case PRESENCE_SUBSCRIBED:
        return outbound_subscribed[state];
    case PRESENCE_UNSUBSCRIBED:
        return outbound_unsubscribed[state];
    default:
        return (struct transition){false, state};
    }
}

struct transition subscription_inbound(enum subscription_state state,
                                       enum presence_type type)
{
    switch (type) {
    case PRESENCE_SUBSCRIBE:
        return inbound_subscribe[state];
    case PRESENCE_UNSUBSCRIBE:
        return inbound_unsubscribe[state];
    case PRESENCE_SUBSCRIBED:
        return inbound_subscribed[state];
    case PRESENCE_UNSUBSCRIBED:
        return inbound_unsubscribed[state];
    default:
        return (struct transition){false, state};
    }
}

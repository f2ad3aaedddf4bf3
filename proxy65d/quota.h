/* How many bytestreams there may be, of one user and of all, and how many bytes
 * they may move, by TCP and by UDP together. */
#ifndef POSTHOUSE_QUOTA_H
#define POSTHOUSE_QUOTA_H

#include "common/mem/hash.h"

#include "rate.h"

struct quota_limits {
    size_t max_streams;          /* active at once; 0: no bound */
    size_t max_streams_per_user; /* of one initiator; 0: no bound */
    uint64_t user_rate;          /* bytes per second; 0: no bound */
    uint64_t total_rate;
};

/* An initiator with active streams. */
struct quota_user {
    char *jid; /* bare */
    size_t streams;
    struct rate rate;
    UT_hash_handle hh;
};

struct quota {
    struct quota_limits limits;
    struct quota_user *users;
    struct rate total;
    uint64_t active;
};

/* Of a zeroed struct the first limits; later others, from now on: what runs
 * goes on. Without limits a zeroed struct needs no call. */
void quota_set_limits(struct quota *quota, const struct quota_limits *limits,
                      uint64_t now_ms);
/* One more active stream of this bare JID; NULL when a limit is reached. */
MUST_CHECK struct quota_user *quota_take(struct quota *quota, struct str bare,
                                         uint64_t now_ms);
/* One of his is over; frees him with the last. */
void quota_give_back(struct quota *quota, struct quota_user *user);
/* Bytes that his streams may move now. */
size_t quota_allowance(struct quota *quota, struct quota_user *user,
                       uint64_t now_ms);
/* They have moved so many. */
void quota_charge(struct quota *quota, struct quota_user *user, size_t bytes);

#endif

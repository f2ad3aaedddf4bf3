/* One direction of a bytestream: bytes go from one socket to another by
 * splice(2) through a pipe, or by read and write where that is not to be had.
 * No more than the pipe holds is ever taken from a sender whose receiver does
 * not read. */
#ifndef POSTHOUSE_LANE_H
#define POSTHOUSE_LANE_H

#include "common/mem/mem.h"

struct lane {
    int from, to;
    int pipe[2];       /* -1 before the first byte, and without splice */
    char *buffer;      /* without splice */
    size_t pipe_bytes; /* asked for; the kernel may give less */
    size_t capacity;
    size_t held;    /* taken and not yet given on */
    size_t start;   /* of them in the buffer */
    bool is_at_end; /* the sender has said his last */
    bool is_shut;   /* and the receiver has been told */
};

enum lane_state {
    LANE_EMPTY,   /* wait until the sender has more */
    LANE_BLOCKED, /* wait until the receiver takes more */
    LANE_BUSY,    /* more is there: come again */
    LANE_OVER,    /* the end has been passed on */
    LANE_BROKEN   /* a connection is broken */
};

/* One direction between two sockets, which stay the caller's; its pipe is made
 * with the first byte, of pipe_bytes if the kernel grants them. Without
 * use_splice, or when it grants too little, bytes are copied. */
void lane_init(struct lane *lane, int from, int to, size_t pipe_bytes,
               bool use_splice);
/* Moves what can be moved without waiting, and takes at most `allowance` bytes
 * from the sender; *taken tells how many. With an allowance of 0 it only gives
 * on what it holds. */
enum lane_state lane_move(struct lane *lane, size_t allowance, size_t *taken);
/* Closes the pipe, with what it holds. */
void lane_clear(struct lane *lane);

#endif

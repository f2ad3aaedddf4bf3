#include "lane.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/* Below this a pipe costs more than copying: of 8 KiB, which is what the kernel
 * gives to a user who has too many, half as much again. */
#define BUFFER_SIZE 65536u
/* A fast pair must not keep the loop from the others. */
#define MAX_ROUNDS 4u

void lane_init(struct lane *lane, int from, int to, size_t pipe_bytes,
               bool use_splice)
{
    *lane = (struct lane){.from = from,
                          .to = to,
                          .pipe = {-1, -1},
                          .pipe_bytes = use_splice ? pipe_bytes : 0};
}

static void use_buffer(struct lane *lane)
{
    lane->buffer = mem_alloc(BUFFER_SIZE);
    lane->capacity = BUFFER_SIZE;
}

static void close_pipe(struct lane *lane)
{
    for (int i = 0; i < 2; i++) {
        if (lane->pipe[i] >= 0)
            (void)close(lane->pipe[i]);
        lane->pipe[i] = -1;
    }
}

/* Most streams carry bytes in one direction alone: the pipe comes with the
 * first of them. */
static void open_road(struct lane *lane)
{
    int size;

    if (lane->pipe_bytes == 0 ||
        pipe2(lane->pipe, O_NONBLOCK | O_CLOEXEC) != 0) {
        lane->pipe[0] = lane->pipe[1] = -1;
        use_buffer(lane);
        return;
    }
    /* Above the user's limit of pipe pages the kernel keeps what it gave. */
    (void)fcntl(lane->pipe[1], F_SETPIPE_SZ, (int)lane->pipe_bytes);
    size = fcntl(lane->pipe[1], F_GETPIPE_SZ);
    if (size >= (int)BUFFER_SIZE) {
        lane->capacity = (size_t)size;
        return;
    }
    close_pipe(lane);
    use_buffer(lane);
}

static ssize_t take(struct lane *lane, size_t count)
{
    ssize_t taken;

    if (lane->buffer)
        return recv(lane->from, lane->buffer, count, MSG_DONTWAIT);
    taken = splice(lane->from, NULL, lane->pipe[1], NULL, count,
                   SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
    if (taken < 0 && errno == EINVAL && lane->held == 0) {
        close_pipe(lane); /* a socket that cannot be spliced */
        use_buffer(lane);
        return recv(lane->from, lane->buffer,
                    count < BUFFER_SIZE ? count : BUFFER_SIZE, MSG_DONTWAIT);
    }
    return taken;
}

static ssize_t give(struct lane *lane)
{
    if (lane->buffer)
        return send(lane->to, lane->buffer + lane->start, lane->held,
                    MSG_DONTWAIT | MSG_NOSIGNAL);
    return splice(lane->pipe[0], NULL, lane->to, NULL, lane->held,
                  SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
}

static bool must_wait(void)
{
    return errno == EAGAIN || errno == EINTR;
}

/* LANE_EMPTY: nothing is held any more. A receiver that took a part has room
 * for no more now. */
static enum lane_state give_all(struct lane *lane)
{
    ssize_t given;

    if (lane->held == 0)
        return LANE_EMPTY;
    given = give(lane);
    if (given < 0)
        return must_wait() ? LANE_BLOCKED : LANE_BROKEN;
    lane->held -= (size_t)given;
    lane->start += (size_t)given;
    return lane->held == 0 ? LANE_EMPTY : LANE_BLOCKED;
}

/* LANE_BUSY: all that there was room for was taken, LANE_EMPTY: less, so the
 * sender has no more now. */
static enum lane_state take_some(struct lane *lane, size_t allowance,
                                 size_t *taken)
{
    size_t room;
    ssize_t count;

    if (lane->capacity == 0)
        open_road(lane);
    room = lane->capacity < allowance ? lane->capacity : allowance;
    count = take(lane, room);
    if (count < 0)
        return must_wait() ? LANE_EMPTY : LANE_BROKEN;
    lane->is_at_end = count == 0;
    lane->held = (size_t)count;
    *taken += (size_t)count;
    lane->start = 0;
    return lane->held == room || lane->is_at_end ? LANE_BUSY : LANE_EMPTY;
}

static enum lane_state pass_end(struct lane *lane)
{
    if (!lane->is_shut)
        (void)shutdown(lane->to, SHUT_WR); /* a broken one tells by itself */
    lane->is_shut = true;
    return LANE_OVER;
}

enum lane_state lane_move(struct lane *lane, size_t allowance, size_t *taken)
{
    enum lane_state sender = LANE_BUSY, receiver;

    *taken = 0;
    for (unsigned round = 0;; round++) {
        receiver = give_all(lane);
        if (receiver != LANE_EMPTY)
            return receiver;
        if (lane->is_at_end)
            return pass_end(lane);
        if (*taken >= allowance)
            return LANE_EMPTY;
        if (sender != LANE_BUSY || round == MAX_ROUNDS)
            return sender;
        sender = take_some(lane, allowance - *taken, taken);
        if (sender == LANE_BROKEN)
            return sender;
    }
}

void lane_clear(struct lane *lane)
{
    close_pipe(lane);
    free(lane->buffer);
    *lane = (struct lane){.pipe = {-1, -1}};
}

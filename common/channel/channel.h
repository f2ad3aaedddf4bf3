/* Acknowledged channels: no frame is lost, doubled or reordered between two
 * addresses, whatever dies in between. A core without I/O: bytes for the router
 * leave through `out`, frames come in through channels_receive.
 *
 * A channel lies between one local and one remote address. Each frame carries
 * `seq`; the receiver *discharges* it when it is durable, answered, or held by
 * the next process, and tells so cumulatively (`ack`) and in ranges (`done`). The
 * sender keeps a frame until then and sends it again after the link or the
 * router was lost. A hello on every (re)connection tells both epochs and what
 * was received, so that only what is missing is sent again, and what was seen is
 * dropped. Hellos and acknowledgements are outside of the window. */
#ifndef POSTHOUSE_CHANNEL_H
#define POSTHOUSE_CHANNEL_H

#include "../link/link.h"

struct channels; /* all channels of a process */
struct channel;  /* one local address to one remote address */

/* What the daemon's core is told. Every function may be NULL. */
struct channel_events {
    /* A new frame, in order and never twice (within one epoch of the peer). It
     * must be discharged some time by channel_discharge(channel, frame->seq).
     * Borrowed for the call. */
    void (*on_frame)(void *ctx, struct channel *channel,
                     const struct frame *frame);
    /* A frame sent outside the channel (seq 0), from any peer. */
    void (*on_datagram)(void *ctx, const struct frame *frame);
    /* The peer has discharged a frame that was sent with this cookie. Called
     * once for each, in order of seq within one acknowledgement. */
    void (*on_discharged)(void *ctx, struct channel *channel, uint64_t seq,
                          void *cookie);
    /* The window has room again after channel_is_full was true. */
    void (*on_writable)(void *ctx, struct channel *channel);
    /* The peer lives in a new epoch: it has forgotten what it had received.
     * Called before any frame is sent again: datagrams sent from here go out
     * before those, frames behind them. What is still under way from the peer's
     * earlier epoch must not be discharged any more: its numbers begin anew. */
    void (*on_peer_restarted)(void *ctx, struct channel *channel);
    /* Both ends have said hello on this connection: all that was outstanding has
     * been sent again, and what is sent from here on follows it. */
    void (*on_synced)(void *ctx, struct channel *channel);
    /* The router has bound an address of ours; all who were up then are known. */
    void (*on_bound)(void *ctx, struct str address);
    /* An address was bound (again), or is gone. */
    void (*on_up)(void *ctx, struct str address, struct str node);
    void (*on_down)(void *ctx, struct str address);
};

/* `out` receives what is to be written to the router; the shell flushes it once
 * per loop turn. window_bytes bounds what one channel may have outstanding. */
struct channels *channels_new(const struct channel_events *events, void *ctx,
                              struct buf *out, size_t window_bytes);
/* Frees all channels with what they keep. Calls no event. */
void channels_free(struct channels *channels);

/* Declares a local address with its epoch, which must be larger than that of
 * every earlier incarnation; bound at once, or as soon as the link is up. */
void channels_bind(struct channels *channels, struct str address,
                   uint64_t epoch);
/* Gives an address up; its channels are forgotten. */
void channels_unbind(struct channels *channels, struct str address);

/* The connection to the router stands (the shell has written nothing yet: the
 * stream header is written here) or is gone. `node` is this process's name. */
void channels_link_up(struct channels *channels, struct str node);
/* The connection to the router is lost; what is not discharged is kept. */
void channels_link_down(struct channels *channels);
/* Some seconds after link_up: addresses that were up before the link was lost and
 * have not come back are reported by on_down. Until then a router's death looks
 * to the daemon's core like a delay. */
void channels_settle(struct channels *channels);
/* One element from the router. */
void channels_receive(struct channels *channels, const struct link_item *item);

/* The channel between two addresses, made when it is not there yet; the local
 * one must be bound. The pointer stays valid until the local address is unbound
 * or channels_free. */
struct channel *channels_get(struct channels *channels, struct str local,
                             struct str remote);
/* Sends: kept until discharged, on the wire now or when the peer is up. From
 * `frame` the fields sid, n, origin and body are taken (copied); cookie comes back
 * in on_discharged. Returns the frame's seq. Never refuses: the window is a
 * request to stop (channel_is_full), so that nothing already accepted from a
 * client is dropped. The body must not be empty: an empty frame stands for one
 * that was discharged early. */
uint64_t channel_send(struct channel *channel, const struct frame *frame,
                      void *cookie);
/* For on_peer_restarted, when what was sent meant nothing but what the peer has
 * forgotten (its streams): all that is outstanding counts as discharged, and
 * nothing of it reaches the new one, which may use the same numbers for others. */
void channel_give_up(struct channel *channel);
/* Goes through what is outstanding from all our addresses to one that is down, in
 * order: a frame for which `take` returns true counts as discharged, and is sent
 * to nobody any more. It may be that the peer had received it. body borrowed for
 * the call. */
void channels_withdraw(struct channels *channels, struct str remote,
                       bool (*take)(void *ctx, struct str body, void *cookie),
                       void *ctx);
/* Sends once, outside the channel, without promise: sid, n, origin, body. */
void channels_send_datagram(struct channels *channels, struct str local,
                            struct str remote, const struct frame *frame);
/* The core has made the effects of a received frame final. */
void channel_discharge(struct channel *channel, uint64_t seq);
/* Writes acknowledgements that no frame has carried yet. */
void channels_flush_acks(struct channels *channels);
/* Whether there are any. */
bool channels_owe_acks(const struct channels *channels);

/* More than the window is outstanding: stop taking work for it. */
bool channel_is_full(const struct channel *channel);
/* Our address, and below the peer's; borrowed as long as the channel lives. */
struct str channel_local(const struct channel *channel);
/* The address at the far end. */
struct str channel_remote(const struct channel *channel);
/* The peer's epoch as far as known; 0 before its first hello. */
uint64_t channel_peer_epoch(const struct channel *channel);
/* Frames sent and not yet discharged. */
size_t channel_outstanding_frames(const struct channel *channel);

/* Whether somebody has bound this address now. */
bool channels_is_up(const struct channels *channels, struct str address);
/* Whether nothing that was sent to this address has still to be sent again: every
 * channel to it has been synced since it came up. */
bool channels_are_synced(const struct channels *channels, struct str address);
/* Calls `visit` for each address that is up. */
void channels_each_up(const struct channels *channels,
                      void (*visit)(void *ctx, struct str address,
                                    struct str node),
                      void *ctx);

#endif

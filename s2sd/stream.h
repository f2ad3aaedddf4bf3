/* One stream between servers (RFC 6120 §4), in either direction: what both have
 * in common. outgoing.c and incoming.c hold what each side says and answers. */
#ifndef POSTHOUSE_S2SD_STREAM_H
#define POSTHOUSE_S2SD_STREAM_H

#include "s2sd.h"

struct lane;

enum stream_state {
    STREAM_DIALLING, /* outgoing: not connected yet */
    STREAM_HEADER,   /* waits for the peer's header */
    STREAM_FEATURES, /* outgoing: waits for features */
    STREAM_TLS,      /* STARTTLS is agreed on, or asked for */
    STREAM_SASL,     /* outgoing: waits for the answer to EXTERNAL */
    STREAM_OPEN,     /* dialback and stanzas */
    STREAM_CLOSING,  /* write what waits, then close the connection */
    STREAM_SUSPENDED /* has lost its connection, may be resumed */
};

/* Domains whose stanzas may come in on a stream. */
struct pair {
    struct pair *next;
    struct str from, to; /* theirs, ours; heap */
    bool is_verified;
    bool is_claim; /* its server is asked: one of the caller's claims */
};

/* A stanza that came in and is not discharged yet. */
struct arrival {
    struct errand errand;
    struct arrival *prev, *next;
    struct stream *stream;         /* NULL: it has ended */
    const struct channel *channel; /* where it went; NULL: nowhere */
    bool is_done;
};

struct stream {
    struct s2sd *s2sd;
    struct stream *prev, *next;
    struct target *target; /* whose stanzas it carries; NULL: none */
    struct caller *caller; /* where it came in from; NULL: it is ours */
    void *connection;      /* the shell's; NULL while dialling */
    enum stream_state state;
    bool is_outgoing, is_direct_tls, is_secure, header_sent;
    bool wants_tls; /* the shell starts TLS when all is written */
    bool is_authed; /* by SASL: local to remote, or remote to local */
    bool tried_sasl;
    bool is_open;              /* it has come as far as dialback or EXTERNAL */
    enum stanza_error failure; /* what its end means to what waits */
    bool is_bidi;              /* XEP-0288: stanzas go both ways */
    bool is_final;             /* its end is meant: nobody resumes it */
    bool is_valid_certificate; /* the peer's, for `remote` */
    char peer[64];
    char id[64];              /* told by who received the connection */
    struct str local, remote; /* domains of the headers; heap; may be absent */
    struct xml_stream *xml;
    struct arena arena; /* of the element that is being read */
    struct buf out;
    uint64_t written;  /* bytes that the kernel has taken */
    uint64_t received; /* before a domain is verified */
    int64_t started_ms;
    int64_t active_ms;   /* last stanza */
    int64_t progress_ms; /* the kernel took something, or nothing waited */
    /* in */
    struct pair *pairs;
    unsigned pair_count, verified_count;
    unsigned login_count; /* attempts at SASL */
    bool is_full; /* a channel is: read no further */
    int64_t rate_second;
    uint64_t rate_count;
    /* XEP-0198, stanzas that came in */
    bool counts_in;
    uint64_t in, in_done; /* received; discharged without a gap */
    struct arrival *arrivals;
    bool owes_ack;
    uint64_t repeats; /* so many stanzas come again, and are in `arrivals` */
    /* stanzas that went out; XEP-0198 */
    struct parcel *sent; /* in order; not known to have arrived */
    bool asked_enable, counts_out, offers_sm;
    uint64_t out_count, out_acked; /* since <enable/> */
    uint64_t out_asked;            /* out_count at the last <r/> */
    int64_t asked_ack_ms;          /* <r/> without its <a/>; 0: none */
    /* resumption of XEP-0198 (resume.c) */
    struct str sm_id;    /* heap; absent: it cannot be resumed */
    struct str sm_local; /* the domain of ours first verified on it; heap */
    bool asked_resume;   /* <resume/> is not answered yet */
    uint64_t told_in;    /* the count that stood in it */
    int64_t suspended_ms;
};

/* A connection came in. */
struct stream *stream_new_incoming(struct s2sd *s2sd, void *connection,
                                   const char *peer, bool is_direct_tls);
/* Dials target's server as this domain of ours. */
struct stream *stream_new_outgoing(struct target *target, struct str local);
/* The shell's answers to dial. `connection` is where bytes go from now on. */
void stream_connected(struct stream *stream, void *connection, const char *peer,
                      bool is_direct_tls);
/* No place could be reached: the condition goes to who waits. */
void stream_not_connected(struct stream *stream, enum stanza_error condition,
                          const char *why);
/* The connection ended before it was of use, and another place is tried. */
void stream_disconnected(struct stream *stream);
/* TLS is up. */
void stream_secured(struct stream *stream);
/* Takes bytes from the connection. */
void stream_receive(struct stream *stream, struct str bytes);
/* Called before the shell writes: asks for an acknowledgement when one is due.
 */
void stream_before_write(struct stream *stream);
/* The kernel took so many bytes of `out`, which the shell has consumed. */
void stream_written(struct stream *stream, size_t count);
/* Whether to read no further now. */
bool stream_is_paused(const struct stream *stream);
/* Once per second. */
void stream_tick(struct stream *stream);
/* The connection is gone. What is not known to have arrived goes back, and the
 * stream is freed; or both wait until it is resumed on another connection. */
void stream_lost(struct stream *stream, const char *why);
/* Frees it with all it holds; nothing is returned or discharged. */
void stream_free(struct stream *stream);

/* --- for incoming.c, outgoing.c and their like ---------------------------- */

/* Appends text to what is written. */
void stream_say(struct stream *stream, const char *text);
/* Appends a stanza and keeps the parcel until it has arrived. */
void stream_send(struct stream *stream, struct parcel *parcel);
/* Appends our stream header. */
void stream_send_header(struct stream *stream);
/* Whether the peer's certificate is valid for the remote domain; a log line
 * says why not. */
void stream_judge_certificate(struct stream *stream);
/* Begins a new stream on the same connection, after TLS or SASL. */
void stream_restart(struct stream *stream);
/* Ends it with a stream error (NULL: none). */
void stream_end(struct stream *stream, const char *condition, const char *text);
/* Gives its connection up without a word, so that it may be resumed. */
void stream_abandon(struct stream *stream, const char *why);
/* Returns what is not known to have arrived to its senders, or, as far as the
 * kernel has not begun to take it, to the stream's target. */
void stream_return_parcels(struct stream *stream);
/* The domain is verified: bounds, times and acknowledgements of an open stream.
 */
void stream_trust(struct stream *stream);
/* The pair of these domains, verified or asked for; NULL. */
struct pair *stream_pair(const struct stream *stream, struct str from,
                         struct str to);
/* Adds one; NULL when there are s2sd.max-domain-pairs. */
struct pair *stream_add_pair(struct stream *stream, struct str from,
                             struct str to);
/* It is no connection of the caller's any more. */
void stream_leave_caller(struct stream *stream);
/* Its stanzas may not come in any more; frees it. */
void stream_remove_pair(struct stream *stream, struct pair *pair);
/* Its stanzas may come in. */
void stream_verify_pair(struct stream *stream, struct pair *pair);
/* Whether any pair is. */
bool stream_has_verified(const struct stream *stream);
/* <db:result/> or <db:verify/> with from, to, and what is not NULL or absent.
 */
void stream_say_dialback(struct stream *stream, const char *name,
                         struct str from, struct str to, struct str id,
                         const char *type, struct str content);
/* The same with type='error' (XEP-0220 §2.5). */
void stream_say_dialback_error(struct stream *stream, const char *name,
                               struct str from, struct str to, struct str id,
                               const char *condition);

/* outgoing.c */
void outgoing_header(struct stream *stream, const struct xml *header);
void outgoing_element(struct stream *stream, struct xml *element);
/* incoming.c */
void incoming_header(struct stream *stream, const struct xml *header);
void incoming_element(struct stream *stream, struct xml *element);
/* Elements that both sides may get. False: it is none of them. */
bool stream_common_element(struct stream *stream, struct xml *element);
/* roles.c: an element of dialback, for whichever role it is. */
void dialback_element(struct stream *stream, const struct xml *element);
/* receiving.c: <db:result/> shows us a key. */
void receiving_result(struct stream *stream, const struct xml *result);
/* What the authoritative server said of a key: "valid", "invalid", or NULL with
 * an error's condition. */
void receiving_answered(struct stream *stream, struct str from, struct str to,
                        const char *type, const char *condition);
/* originating.c: asks for what the stream's target has waiting. No effect
 * unless it is open. */
void originating_continue(struct stream *stream);
/* The peer takes stanzas of the lane's domain; from here on they are counted,
 * when it does that. */
void originating_verified(struct stream *stream, struct lane *lane);
/* Asks the peer to count (XEP-0198), when it offers that. */
void originating_enable(struct stream *stream);
/* Answers to <db:result/> and <db:verify/>. */
void originating_result(struct stream *stream, const struct xml *result);
void originating_verify(struct stream *stream, const struct xml *verify);
/* authority.c: <db:verify/> asks us for a key of ours. */
void authority_answer(struct stream *stream, const struct xml *verify);
/* acks.c (XEP-0198). False: not one of its elements. */
bool acks_element(struct stream *stream, const struct xml *element);
void acks_arrived(struct stream *stream, struct arrival *arrival);
struct arrival *arrival_new(struct stream *stream);
void acks_forget_arrivals(struct stream *stream);
/* The peer has had `h` of our stanzas: they are done. False: it cannot be. */
MUST_CHECK bool acks_take_count(struct stream *stream, uint64_t h);
/* Appends <a/> when the stream counts what comes in. */
void acks_say_count(struct stream *stream);
/* Asks again when nothing was acknowledged for a while. */
void acks_tick(struct stream *stream);
/* Frees it. */
void arrival_free(struct arrival *arrival);

/* --- suspend.c, resume.c -------------------------------------------------- */

/* Attributes of <enabled/> for a peer that wants to be able to resume. */
void resume_offer(struct stream *stream, const struct xml *enable,
                  struct buf *enabled);
/* The same, heard by who enabled. */
void resume_note(struct stream *stream, const struct xml *enabled);
/* The connection is gone; true: the stream waits to be resumed. */
MUST_CHECK bool resume_suspend(struct stream *stream);
/* Nobody resumes the suspended stream any more: frees it, and what it had sent
 * is returned. */
void resume_give_up(struct stream *lost);
/* The peer begins anew on this stream: it has forgotten those it had before. */
void resume_superseded(struct stream *stream);
/* Whether some domain has proved itself on both. */
bool resume_is_same_peer(const struct stream *a, const struct stream *b);
/* Whether the lane has to be verified before the target's lost stream can be
 * resumed. */
bool resume_needs(const struct target *target, const struct lane *lane);
/* Asks to resume the target's lost stream here, as soon as all is verified that
 * has to be. */
void resume_continue(struct stream *stream);
/* <resume/>, <resumed/>; <failed/> when a resumption was asked for. */
void resume_answer(struct stream *stream, const struct xml *resume);
void resume_accepted(struct stream *stream, const struct xml *resumed);
void resume_refused(struct stream *stream, const struct xml *failed);

#endif

/* One client's stream, without I/O (RFC 6120): bytes come in, bytes for the
 * client gather in `out`, frames leave through the channels. */
#ifndef POSTHOUSE_C2SD_CLIENT_H
#define POSTHOUSE_C2SD_CLIENT_H

#include "common/mem/hash.h"

#include "c2sd.h"

/* Stanzas of one client that sm has not discharged; past this it is not read.
 */
#define CLIENT_MAX_OUTSTANDING 256u

/* The low half of a cookie, whose high half is the stream: what a stanza of the
 * client has there. It is never 0, which is the session's own (send_end). */
#define COOKIE_STANZA  UINT32_C(0x80000000)
#define COOKIE_ORDINAL UINT32_C(0x7fffffff)

enum client_state {
    CLIENT_HEADER, /* waits for a stream header */
    CLIENT_OPEN,   /* the stream stands; what is allowed tell the flags below */
    CLIENT_TLS,    /* <proceed/> was sent: the shell shakes hands */
    CLIENT_ASKING, /* authd judges */
    CLIENT_CHALLENGED, /* authd waits for the client's next message */
    CLIENT_OPENING,    /* sm opens or resumes the session */
    CLIENT_BOUND,
    CLIENT_CLOSING /* write what waits, then close the connection */
};

struct parcel;
struct wish;

/* A stanza for the client that is not his yet (held.c). */
struct held {
    uint64_t n;
    uint64_t end; /* of its bytes, counted from the connection's first */
    uint64_t seq; /* to be discharged when it is his; 0: it was, or sm has
                     forgotten the frame */
    uint32_t len; /* of its bytes in held_bytes, or in the parcel */
    uint32_t at;  /* in the parcel; else the length of its origin, which lies behind */
    struct parcel *parcel; /* holds the bytes; NULL: held_bytes does */
};

struct client {
    struct c2sd *c2sd;
    uint64_t sid;
    void *connection; /* the shell's; NULL: gone, the session is not */
    enum client_state state;
    bool is_secure, is_authed, is_version_0, header_sent;
    bool wants_tls;    /* the shell shall start TLS when `out` is written */
    bool is_throttled; /* faster than its rate: read later */
    bool is_waiting;   /* a channel's window is full: read later */
    bool is_resuming;  /* sm was asked for <resume/>, not for binding */
    bool is_iq_asked;  /* authd was asked by an IQ, not by SASL */
    bool is_kept;      /* detached: second holder until sm ends it */
    bool is_sasl2;     /* the exchange is one of XEP-0388 */
    bool is_inactive;  /* nobody looks at it (XEP-0352) */
    bool is_quiet;     /* its user is not to be disturbed now (sm says so) */
    bool is_owed;      /* sm has not discharged the session\'s close */
    unsigned failures; /* logins that failed on this connection */
    uint64_t received; /* bytes before login */
    char peer[64];
    struct str domain; /* of the stream; heap, as the others are */
    struct str lang;   /* of the client's stream header (RFC 6120 §4.7.4) */
    struct str from;   /* bare JID of its stream header; absent: none */
    struct wish *wish; /* what it wants with its login (sasl2.h) */
    struct str jid;    /* bare after login, full when bound */
    struct str grant;
    struct str request_id; /* of the IQ that waits for sm or authd */
    struct str invitation; /* the token that was accepted, as authd names it */
    struct str answer;     /* XEP-0078's result, sent when the session stands */
    struct channel *auth;  /* of the exchange */
    struct channel *sm;
    unsigned shard; /* of the user: sm's address */
    struct xml_stream *xml;
    struct buf rest; /* was read, and waits for the end of a pause */
    struct buf out;
    struct buf waiting; /* behind `out`, in quiet hours (inactive.c) */
    uint64_t out_end, out_written; /* bytes, of the connection's life */
    struct held *held;
    size_t held_first, held_count, held_cap;
    struct buf held_bytes;
    struct str to; /* " to='…'" as it stands in stanzas of parcels; heap */
    struct str keepsake; /* what sm wants to be told after its death; heap */

    /* Stanzas from the client, by ordinal. */
    uint64_t in;      /* last sent to sm */
    uint64_t in_done; /* all up to here are discharged */
    size_t in_bytes;  /* sent to sm since it had discharged all */
    uint64_t in_early[CLIENT_MAX_OUTSTANDING / 64]; /* discharged behind it */
    /* XEP-0198 */
    bool is_enabling, is_managed, is_resumable, is_ack_asked;
    uint64_t in_base, out_base; /* ordinals where the counts begin */
    uint64_t in_asked; /* one more <a/> when this is discharged; 0: none */
    uint64_t out_last, out_acked;
    uint64_t out_held; /* sm was told that all up to here is held here */
    bool is_held_told; /* and has not discharged that yet */
    uint32_t resume_h; /* what the client's <resume/> told */
    char resume_id[40];
    uint64_t resume_max; /* seconds */
    uint64_t moves;      /* how often the session has been resumed */

    int64_t rate_ms; /* when the budgets below were filled */
    int64_t stanza_budget, byte_budget;
    int64_t started_ms, heard_ms, closed_ms;
    int64_t took_ms; /* bytes of ours, or had few to take */
    int64_t noted_ms; /* when an origin was last noted for it (recent.h) */
    UT_hash_handle hh;
};

/* A stream that waits for its header; it is in c2sd->clients. peer: the IP
 * address, copied. */
struct client *client_new(struct c2sd *c2sd, void *connection, const char *peer,
                          bool is_tls);
/* Frees at once, without a word to sm: its session, if any, is over or was
 * told. */
void client_free(struct client *client);
/* The connection is closed: the client goes, or stays for its session's sake.
 */
void client_release(struct client *client);
/* Whether sm has a session for the stream, as far as known here. What it sends behind
 * the session's close is held, and discharged with that: sm gives it back. */
bool client_has_session(const struct client *client);
/* The frame of a stanza for it was noted (recent.h); without an origin none is.
 */
static inline void client_noted(struct client *client, const struct frame *frame)
{
    if (frame->origin.len)
        client->noted_ms = client->c2sd->now_ms;
}
/* Bytes from the connection, after TLS. What comes in a pause is kept. */
void client_receive(struct client *client, struct str bytes);
/* Whether the client must not be read now. */
bool client_is_paused(const struct client *client);
/* Goes on with what was kept, if the pause is over. */
void client_continue(struct client *client);
/* TLS stands after <starttls/>. */
void client_secured(struct client *client);
/* The kernel has taken bytes of `out` (the shell has consumed them). */
void client_written(struct client *client, size_t count);
/* The kernel has taken what it takes now. */
void client_after_write(struct client *client);
/* The connection is gone: the session detaches or ends. */
void client_lost(struct client *client);
/* Once per loop turn before writing: asks for XEP-0198 acknowledgements. */
void client_before_write(struct client *client);
/* Once per second: timeouts. */
void client_tick(struct client *client);

/* Ends the stream with an error (RFC 6120 §4.9) and an optional text, which is
 * given in English and told in the language of the stream (§4.9.2). */
void client_end(struct client *client, const char *condition, const char *text);
/* The same with an application's own condition (§4.9.4), as XML. */
void client_end_for(struct client *client, const char *condition,
                    const char *own_condition);
/* The daemon stops: the stream ends, the session may be resumed elsewhere. */
void client_shutdown(struct client *client);
/* Whether what another daemon calls a condition can be an element's name. */
bool client_is_condition(struct str text);
/* sm has ended the session: with a stream error, if there is a stream. */
void client_session_ended(struct client *client, const char *condition,
                          const char *text);
/* The stream has ended from the client's side, or in a refusal already told. */
void client_close(struct client *client);
/* Something is to be written, or to be read again. */
void client_wake(struct client *client);
/* The language of the client's stream; a text in it. */
enum language client_language(const struct client *client);
struct str client_text(const struct client *client, struct str english);
/* Bytes for the client. */
void client_say(struct client *client, const char *text);
/* An element for the client. */
void client_say_xml(struct client *client, const struct xml *element);
/* The id of the IQ that is answered later; absent: none waits. */
void client_keep_request_id(struct client *client, struct str id);
/* Copies what authd calls an accepted token (XEP-0445). */
void client_keep_invitation(struct client *client, struct str invitation);
/* A new control element (control.h), in the arena. */
struct xml *client_control_new(struct client *client, const char *name);
/* Sends it to sm or authd. */
void client_tell(struct client *client, struct channel *channel,
                 const struct xml *element);
/* Sends a control element's bytes to sm or authd. */
void client_control(struct client *client, struct channel *channel,
                    const struct buf *element);

/* --- parts ---------------------------------------------------------------- */

/* header.c: stream headers and features. */
void client_on_header(struct client *client, const struct xml *header);
/* Writes our stream header, with a new id (§4.7). */
void client_send_header(struct client *client);
/* A new stream on the same connection: after STARTTLS (§5.4.3.3) and after
 * login (§6.4.6). */
void client_restart(struct client *client);
/* login.c: everything before login. */
void client_before_login(struct client *client, struct xml *element);
/* Tells authd whose login it is (control.h). */
void client_describe(struct client *client, struct xml *element);
/* What authd says: challenge, success, failure, or the answer to an IQ. */
void client_auth_frame(struct client *client, const struct xml *element);
/* authd has forgotten what it was asked. */
void client_auth_lost(struct client *client);
/* sasl.c: whether the element was one of SASL, that may come now; it is done
 * then. */
bool client_sasl(struct client *client, const struct xml *element);
/* Whether it begins an exchange. */
bool client_sasl_begins(const struct xml *element);
/* What authd says in the exchange. */
void client_sasl_frame(struct client *client, const struct xml *element);
/* The login has failed; text, in English, may be empty. */
void client_sasl_fail(struct client *client, struct str condition,
                      struct str text);
/* Bounds of what a logged-in client says hold from now on. */
void client_take_limits(struct client *client);
/* Writes the features of the stream as it is now. */
void client_send_features(struct client *client);
/* offer.c: writes the mechanisms on offer (and their bindings, XEP-0440) as
 * stream features. */
void client_write_mechanisms(struct client *client);
/* Adds the same to an <auth-start/> (control.h), as lists of names. */
void client_add_offer(struct client *client, struct xml *element);
/* session.c: binding, and what sm says. */
void client_after_login(struct client *client, struct xml *element);
/* A frame of the session's sm: a stanza (frame->n) or a control element.
 * Discharges it, now or when the stanza is the client's. */
void client_sm_frame(struct client *client, struct channel *channel,
                     const struct frame *frame);
/* Asks sm to resume a session; id and count as the client has them. */
void client_resume(struct client *client, struct str id, struct str count);
/* Asks sm for a session with this resource (absent: any). */
void client_open_session(struct client *client, struct str resource);
/* stanza.c: a bound client's stanzas. */
void client_on_stanza(struct client *client, struct xml *stanza);
/* Gives a stanza of the client the language of its stream, unless it has one of
 * its own (RFC 6120 §8.1.5): by that everybody who answers knows it, and no
 * session need remember it. */
void client_stamp_lang(const struct client *client, struct xml *stanza);
/* A stanza for the client; what it has already is passed over. */
void client_deliver(struct client *client, struct channel *channel,
                    const struct frame *frame);
/* Ends the stream of a client that leaves too much unread, and takes nothing of
 * it for seconds or gets even more. */
void client_end_slow(struct client *client);
/* Takes stanza `n` of a parcel: `to` shall stand behind `head` bytes of it. */
void client_deliver_part(struct client *client, struct parcel *parcel,
                         uint64_t n, struct str stanza, size_t head,
                         bool is_pressing);
/* sm has discharged the stanza with this ordinal (COOKIE_ORDINAL of it). */
void client_discharged(struct client *client, uint32_t n);
/* A channel or the client has room again: it is read, if that was all that it
 * waited for. */
void client_go_on(struct client *client);
/* sm has closed the session, and has what was held. */
void client_close_discharged(struct client *client);
/* held.c: copies of what is not the client's yet. `end` is that of out_end. */
void client_hold(struct client *client, const struct frame *frame);
/* The same for a part of a parcel, which is held too. */
void client_hold_part(struct client *client, struct parcel *parcel, uint64_t n,
                      struct str stanza);
/* Lets go of what is his by now, discharging it. */
void client_trim_held(struct client *client);
/* inactive.c: whether the element was one of XEP-0352; it is done then. */
bool client_state(struct client *client, const struct xml *element);
/* Whether a stanza for the client must go out now: before it is added to `out`.
 */
bool client_is_pressing(const struct client *client, struct str stanza);
/* sm's <session-quiet/>: messages wait as well, for a client that is inactive. */
void client_quieten(struct client *client, bool is_quiet);
/* Where the bytes of a stanza go: `out`, or what waits behind it. */
struct buf *client_way(struct client *client, bool is_pressing);
/* Puts what waits behind `out` into it, and has it written. */
void client_let_out(struct client *client);
/* A stanza has been added to `out`, and to what is held. */
void client_wake_for(struct client *client, bool is_pressing);
/* Tells sm of what may stay here for long: nobody waits for a client that does
 * not read. */
void client_tell_held(struct client *client);
/* sm knows it: what was told is discharged, and told again when it is his. */
void client_held_discharged(struct client *client);
/* An sm that does not know the session, or no longer, has been told of what is held:
 * it waits for no discharge of it, but for the word that it is his. */
void client_told_held(struct client *client);
/* Discharges all: sm has ended the session. */
void client_discharge_held(struct client *client);
/* Frees all without a word to sm. */
void client_free_held(struct client *client);
/* sm has restarted: it waits for no discharge of what it sent before. */
void client_forget_seqs(struct client *client);
/* Shows each of them, oldest first; `visit` must not change the client. origin: may
 * be absent. */
void client_each_held(struct client *client,
                      void (*visit)(struct client *client, void *ctx,
                                    uint64_t n, struct str origin,
                                    struct str body),
                      void *ctx);
/* acks.c: XEP-0198. True when the element was one of its. */
bool client_acks(struct client *client, struct xml *element);
/* sm's <session-enabled/>: counting starts, the client is told. */
void client_enabled(struct client *client, const struct xml *element);
/* sm's <session-resumed/>: the counts of the old stream go on here (XEP-0198
 * §5). */
void client_resumed(struct client *client, const struct xml *element);
/* More is discharged: the <a/> that was owed, if all of it is. */
void client_acks_discharged(struct client *client);
/* Tells a client with XEP-0198 what is discharged of its stanzas, unasked:
 * before a stream ends it need not repeat that (XEP-0198 §4). */
void client_acknowledge(struct client *client);
/* Ends the stream: the client says that it has `h` stanzas, and got `sent`
 * (XEP-0198 §6). */
void client_refuse_count(struct client *client, uint32_t h, uint32_t sent);

#endif

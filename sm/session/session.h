/* A connected resource: bound on a stream of a c2sd, or detached and waiting to
 * be resumed (XEP-0198). */
#ifndef POSTHOUSE_SM_SESSION_H
#define POSTHOUSE_SM_SESSION_H

#include "common/mem/hash.h"

#include "sm/account.h"
#include "sm/pep/interest.h"

#define RESUME_ID_CHARS 32
#define ORIGIN_ID_CHARS 32

/* Where the stream is, or was (c2sd stays second holder of what waits for a
 * detached session); the hash key of sm->sessions. */
struct session_key {
    struct channel *channel;
    uint64_t sid;
};

/* Bytes of a stanza for many, without `to`, which each receiver's own address
 * stands for. */
struct shared {
    unsigned holders;
    bool is_solid;
    size_t head; /* `to` belongs behind so many bytes */
    size_t len;
    char bytes[];
};

/* What a channel to a c2sd has as its cookie. */
enum cargo { CARGO_STANZA, CARGO_PARCEL, CARGO_MARK };

struct former;
struct writing;

/* A message that several of its user's resources get, as it is or as a carbon copy:
 * when one's client has it, or another waits for it, no resource that leaves gives
 * it back. */
struct copies {
    unsigned holders; /* stanzas in queues */
    bool is_had;
};

/* A stanza on its way to the client. In the session's queue until the client
 * acknowledged it (0198) or c2sd gave it to the kernel; the channel's cookie,
 * or part of a parcel that is, until c2sd discharged it. */
struct queued {
    struct trace_key trace;
    enum cargo cargo; /* first: of every cookie */
    bool is_solid;    /* a message or IQ: must not vanish in silence */
    bool is_stored;   /* a row holds it for the session */
    bool is_written;  /* c2sd wrote it out (no 0198): leaves the queue */
    unsigned sent;    /* cookies that hold it */
    struct queued *next;
    struct session *session; /* NULL when it left the queue */
    struct duty *duty;       /* held until discharge; NULL after */
    char *origin; /* of a duty that is no more: it may come again; heap */
    struct copies *copies; /* NULL: it is the only one */
    struct writing *writing; /* its row is being written (offline_held.c) */
    uint64_t n;
    int64_t stamp_ms;
    struct shared *shared; /* has its bytes; NULL: body has them */
    size_t len;            /* of the bytes for the client */
    char body[];
};

/* A JID that got directed presence (RFC 6121 §4.6). */
struct directed {
    struct directed *next;
    size_t len;
    char jid[];
};

struct seen;

struct session {
    struct session_key key; /* channel NULL when the c2sd is gone */
    struct session_key lost; /* where it was then: the c2sd may only be cut off */
    uint64_t lost_epoch;     /* of that c2sd */
    struct account *account;
    struct session *prev, *next; /* of the account */
    struct jid jid;              /* full; heap */
    char peer[64];               /* the client's IP address */
    bool is_available;           /* has sent initial presence */
    bool is_invisible;           /* shown to nobody (XEP-0186) */
    bool probes;                 /* asks for presences though invisible */
    bool is_interested;          /* has asked for the roster */
    bool wants_blocklist;        /* has asked for the block list (XEP-0191) */
    bool wants_carbons;          /* has enabled them (XEP-0280) */
    bool flexible_offline;       /* asked for XEP-0013 before presence */
    bool reads_archive;          /* asked for XEP-0313 before presence */
    bool is_quiet;               /* as shown, and told to its c2sd (quiet.h) */
    bool is_managed;             /* XEP-0198 enabled */
    bool is_resumable;
    bool has_stored;      /* rows hold some of the queue */
    int64_t offline_sent; /* last row sent and not marked as fetched */
    bool offline_due;     /* a delivery of offline messages is under way */
    bool is_told;         /* a c2sd is telling of it (restore.h) */
    bool is_heard;        /* that of its stream has told all */
    bool has_keepsake;    /* and of what it had asked for */
    bool is_replaced;     /* told of, but another has its resource: it ends */
    bool is_detached;     /* waits for a resumption, in sm->detached */
    bool in_hash;
    bool is_doomed; /* closed at the end of the event at hand */
    bool owes_end;  /* its c2sd shall hear of it when that is done with */
    int8_t priority;
    struct str presence; /* last broadcast, canonical, without `to`; heap */
    int64_t presence_ms;
    int64_t active_ms; /* last stanza from the client */
    struct directed *directed;
    size_t directed_bytes;
    struct privacy_list *active_list; /* XEP-0016 §2.4; NULL: the default */

    uint64_t moves;      /* how often it has been resumed */
    unsigned formers;    /* streams it has left (former.h) */
    uint64_t told_out;   /* its c2sd took so many; the rest is sent again */
    uint64_t in;         /* ordinal of the last accepted client stanza */
    uint64_t in_base;    /* the client's h counts from here */
    uint64_t in_due;     /* restored: with this one all are here... */
    uint64_t in_last;    /* ...up to this, which sm had discharged before */
    struct duty *duties; /* utlist: not yet discharged, oldest first */
    uint64_t out;        /* ordinal of the last stanza sent */
    uint64_t out_base;
    uint64_t acked; /* the client has all up to here */
    uint64_t held;  /* c2sd holds all up to here for one who does not read */
    struct queued *queue, *queue_last;
    size_t queue_bytes;
    char resume_id[RESUME_ID_CHARS + 1];
    char origin_id[ORIGIN_ID_CHARS + 1]; /* begins its stanzas' origins */
    int64_t resume_ms;                       /* how long it may be detached */
    int64_t resume_until_ms;                 /* when detached */
    struct session *other_prev, *other_next; /* sm->detached or sm->doomed */
    int64_t granted_ms; /* steady; when its grant was signed; -1: nobody knows */
    bool keepsake_due;
    struct session *keep_prev, *keep_next; /* sm->keepsakes */
    bool keepsake_late;                    /* waits for its time */
    int64_t kept_ms;                       /* when it was sent last */
    struct session *late_prev, *late_next; /* sm->late */
    struct interest interest; /* in events (pep/interest.h) */
    struct seen *seen;      /* origins it got before a restart (restore.h) */
    struct str active_name; /* restored; the list is found when it is loaded */
    UT_hash_handle hh;
};

/* The session of a stream, and of a resource of the account; NULL: none. */
struct session *session_find(const struct sm *sm, struct channel *channel,
                             uint64_t sid);
/* The account's session with this resource; NULL: none. */
struct session *session_by_resource(const struct account *account,
                                    struct str resource);

/* Sends one stanza to the client (its `to` is set to the full JID unless it has
 * one). The duty (may be NULL) is held until c2sd has it. */
void session_send(struct session *session, struct duty *duty,
                  struct xml *stanza);
/* The same, with an origin of its own: of what an sm that comes back would send
 * again by itself. */
void session_send_from(struct session *session, struct duty *duty,
                       struct str origin, struct xml *stanza);

/* Ends the stream with a stream error; the session is closed at the end of the
 * event at hand. */
void session_end(struct session *session, const char *condition,
                 const char *text);
/* The session is over: presence is taken back, its queue goes to another
 * resource or offline; `duty` (may be NULL) is held until it is there. Frees it. */
void session_close(struct session *session, struct duty *duty,
                   struct str status_text);
/* The stream of a session that is doomed: former soon (former.h). */
struct former *session_ending(struct session *session);
/* The connection is lost: wait for a resumption, or close. */
void session_detach(struct session *session, struct duty *duty);
/* The same for a resumable session whose connection was lost at this time. */
void session_detach_since(struct session *session, int64_t lost_ms);
/* The c2sd is gone, and with it the stream. */
void session_lose_stream(struct session *session);
/* A detached session is on this stream again (that of its own c2sd). */
void session_reattach(struct session *session, struct channel *channel,
                      uint64_t sid);
/* The session's stream is another one from now on; what it was on is a former one
 * (former.h), NULL when that is gone. */
struct former *session_move(struct session *session, struct channel *channel,
                            uint64_t sid, struct str peer);
/* Makes a session, without a word to anybody. */
struct session *session_new(struct account *account, struct channel *channel,
                            uint64_t sid, struct str resource, struct str peer);
/* A stanza that the c2sd holds for its client already (restore.h). */
void session_restore_stanza(struct session *session, const struct frame *frame,
                            const struct xml *stanza);
/* The account's rows have come: what a restored session needs of them, and its
 * end if it must not be. */
void session_account_loaded(struct session *session);

/* Handlers of control elements (control.h). */
void session_handle_open(struct account *account, struct duty *duty,
                         struct channel *channel, const struct frame *frame,
                         struct xml *element);
/* A client resumes a session, here or from another c2sd (XEP-0198 §5). */
void session_handle_resume(struct account *account, struct duty *duty,
                           struct channel *channel, const struct frame *frame,
                           struct xml *element);
/* The session can be resumed by this id (RESUME_ID_CHARS), for so long. */
void session_make_resumable(struct session *session, struct str id,
                            int64_t resume_ms);
/* Its client has enabled XEP-0198. */
void session_handle_enable(struct session *session, const struct xml *element);
/* Its client has acknowledged stanzas. */
void session_handle_acked(struct session *session, const struct xml *element);
/* Its c2sd holds stanzas for a client that does not read. */
void session_handle_held(struct session *session, const struct xml *element);
/* c2sd discharged what was sent with this cookie. */
void cargo_discharged(void *cookie);
/* Closes what session_end has marked, and what was not resumed in time. */
void sessions_settle(struct sm *sm);
/* Ends all sessions of an account. */
void sessions_end_all(struct account *account, const char *condition,
                      const char *text);
/* All that is in memory of a session, without any effect. */
void session_free(struct session *session);

#endif

/* The session manager: sessions, rosters, presence, delivery, offline messages
 * and queries of the users whose shards this process owns. A core without I/O:
 * frames come in from channels, rows from the store (store.h), the time is
 * told; frames leave through the channels, writes through the store. */
#ifndef POSTHOUSE_SM_H
#define POSTHOUSE_SM_H

#include "common/channel/channel.h"
#include "common/config/config.h"
#include "common/grant/grant.h"
#include "common/jid/jid.h"
#include "common/stanza/stanza.h"
#include "sm/archive/trace.h"

struct account;
struct session;
struct store;
struct iq_request;
struct source;
struct waiting;
struct repeats;
struct transfer_rules;
struct offer;
struct directory;
struct broadcasts;
struct question;
struct census;
struct notice;
struct api;
struct quiet_rule;
struct audit_hasher;
struct interests;
struct remotes;
struct former;
struct kept;

struct sm {
    const struct config *config;
    struct channels *channels;
    struct store *store;
    struct grant_key key;
    int64_t now_ms;     /* Unix time, told by the shell at each event */
    int64_t steady_ms;  /* a clock that nobody sets, for durations; likewise */
    int64_t started_ms; /* steady */
    int64_t offset_ms;  /* of the wall clock to the steady one */
    int64_t set_ms;     /* steady: since when they differ by so much */
    unsigned instance, of; /* owns the shards with shard % of == instance */

    struct str relay_secret; /* shared with TURN servers; heap (external.h) */

    struct xml_parser *parser;
    struct arena arena;     /* of the event at hand; reset before the next */
    struct buf out;         /* scratch for one stanza's bytes */
    struct buf kept;        /* the same for what is archived of it */
    struct buf audited;     /* the same for the audit journal */
    struct audit_hasher *audit_hasher;
    struct trace trace;     /* of messages, for posthousectl */
    struct kept *arriving;  /* a message on its way to sessions (archive.h) */
    int64_t last_id;        /* of a message (archive.h) */
    uint16_t id_steps[128]; /* random, so that no id can be guessed */
    unsigned id_steps_left;
    struct account *accounts;   /* by bare JID */
    struct account *unknown;  /* hash by bare JID: whom somebody may not know */
    struct account *idle_first; /* without session, oldest first */
    uint64_t idle_count;
    struct session *sessions;  /* by channel and sid */
    struct session *detached;  /* wait for a resumption */
    struct session *doomed;    /* end with the event at hand */
    struct former *formers;    /* streams that were left (former.h) */
    struct session *keepsakes; /* owe their c2sd a keepsake */
    struct session *late;      /* will, when a second has passed */
    struct source *sources;    /* the c2sds that are up (restore.h) */
    struct waiting *waiting, *last_waiting; /* frames that came too early */
    struct transfer_rules *transfer;        /* on files; NULL: not loaded yet */
    struct directory *directory;            /* NULL: not loaded yet */
    struct broadcasts *broadcasts;          /* being handed out */
    struct offer *offers;       /* of files, to users who are away */
    bool federates; /* an s2sd has been up; one that is away comes back */
    struct interests *interests; /* in events (pep/interest.h) */
    struct remotes *remotes;     /* who has them elsewhere (pep/remote.h) */
    struct repeats *repeats;    /* what came by way of others (repeat.h) */
    struct departed *departed;  /* got in sessions that are over (departed.h) */
    int64_t begun_ms;           /* when the c2sds were asked; 0: not yet */
    bool is_serving;            /* all of them have answered */
    int64_t swept_ms;           /* when old grants were looked for (keepsake.c) */
    int64_t rooms_down_ms[JID_SHARDS]; /* since when, steady; 0: up (away.h) */
    bool rooms_are_late[JID_SHARDS];   /* and nobody waits for them */
    unsigned searches; /* of archives, under way or waiting for their turn */
    struct question *questions; /* what authd has been asked (auth_ask.h) */
    uint64_t question_number;
    struct census *censuses; /* what other sms have been asked (census.h) */
    uint64_t census_number;
    struct api *api;        /* the REST door (admin/api.h) */
    struct quiet_rule *quiet_rules; /* hours, by their text (quiet.h) */
    int64_t quiet_minute;           /* Unix time, looked at; -1: to be */
    struct notice *notices; /* what is said to whoever logs in (notice.h) */
    struct notice *coming_notices; /* read so far of what takes their place */

    /* counters for <stats/> */
    uint64_t accounts_loaded, sessions_open, messages, presences, iqs,
        offline_stored, archived, journalled, refused_frames;
};

/* Makes an sm out of zeroes and its configured fields. */
void sm_init(struct sm *sm);
/* Frees everything; nothing is sent and nothing written. */
void sm_clear(struct sm *sm);

/* --- events, called by the shell ------------------------------------------ */

/* A frame came in (channel_events.on_frame). */
void sm_on_frame(struct sm *sm, struct channel *channel,
                 const struct frame *frame);
/* The peer discharged a frame (on_discharged). */
void sm_on_discharged(struct sm *sm, struct channel *channel, void *cookie);
/* A c2sd lost its memory or is gone: its sessions are detached or end. */
void sm_on_peer_restarted(struct sm *sm, struct channel *channel);
/* What was outstanding to the peer has been sent again (on_synced). */
void sm_on_synced(struct sm *sm, struct channel *channel);
/* An address is bound no longer at the router. */
void sm_on_down(struct sm *sm, struct str address);
/* An address is bound (again). */
void sm_on_up(struct sm *sm, struct str address);
/* An address of this process is bound; they are in ascending order. */
void sm_on_bound(struct sm *sm, struct str address);
/* A frame outside of the channels. */
void sm_on_datagram(struct sm *sm, const struct frame *frame);
/* Once per second: timeouts, idle accounts. */
void sm_tick(struct sm *sm);
/* A row of PostgreSQL's channel posthouse_account: "removed DOMAIN USER" … */
void sm_on_account_changed(struct sm *sm, struct str payload);

/* For how many milliseconds stamps can be compared with now_ms: since the
 * process started, or since the wall clock was set. */
int64_t sm_knows_time_for(struct sm *sm);

/* --- small questions ------------------------------------------------------ */

/* Whether the domain is served here; whether this process owns the JID's shard.
 */
bool sm_serves(const struct sm *sm, struct str domain);
/* Whether this process owns the bare JID's shard. */
bool sm_owns(const struct sm *sm, struct str bare_jid);
/* Whether a bare JID is an administrator's (posthouse.conf, table admin). */
bool sm_is_admin(const struct sm *sm, struct str bare_jid);
/* "sm/17", the shard's address of a bare JID, into a caller's array. */
struct str sm_address(char into[32], struct str bare_jid);

#endif

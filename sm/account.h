/* One user's data in memory: loaded with the first stanza that needs it, kept
 * while a session lives and some time after. */
#ifndef POSTHOUSE_SM_ACCOUNT_H
#define POSTHOUSE_SM_ACCOUNT_H

#include "common/mem/hash.h"

#include "duty.h"
#include "sm/privacy/privacy.h"
#include "sm/presence/roster.h"
#include "sm.h"

enum account_state { ACCOUNT_LOADING, ACCOUNT_READY, ACCOUNT_ABSENT };

/* What is archived of an account's messages unless its lists say otherwise
 * (XEP-0441 §2.1.1). */
enum archive_standard { ARCHIVE_ALWAYS, ARCHIVE_NEVER, ARCHIVE_ROSTER };

/* What waits for the account's rows: a frame's body with its addressee. */
struct task;
struct pep;

struct account {
    struct sm *sm;
    struct jid jid; /* bare; its slices lie behind the struct */
    enum account_state state;
    bool enabled;
    bool is_guest;           /* of an anonymous domain: nothing is stored */
    int64_t number;          /* its name in the store of messages; 0: none */
    enum archive_standard archive_standard;
    struct str archive_always, archive_never; /* joined; heap */
    bool load_failed;        /* absent because the database refused */
    bool is_idle;            /* in the list of those without session */
    bool drop_when_loaded;   /* removed or changed while it was loading */
    bool is_unknown;         /* of account_as_unknown */
    bool has_waited;         /* the task that runs was there before the rows */
    bool load_asked;         /* the store is at work, or was */
    unsigned waiting_frames; /* of restored sessions, among the tasks */
    unsigned writes;         /* under way: it must stay */
    bool is_searching;       /* its archive: one search at a time */
    struct roster roster;
    struct privacy privacy;
    struct session *sessions; /* utlist, newest last */
    struct task *tasks, *last_task;
    struct account *idle_prev, *idle_next;
    struct stale_contact *stale; /* pushes that wait for the rows (contact.h) */
    int64_t greeted;             /* newest notice it was told, or asked about */
    struct pep *pep;      /* its nodes (pep/node.h); NULL: not asked for yet */
    bool pep_empty;       /* there is no node, and none has been made since */
    int64_t asks_ms;  /* steady: up to when it has used up asking for last items */
    struct str photo; /* SHA-1 of the one in the vCard, hexadecimal; heap */
    bool has_probed;      /* its contacts' presence since this sm runs */
    int64_t left_ms;      /* when the last resource left, as far as known */
    bool offline_counted; /* the two below are known */
    bool offline_counting;
    int64_t offline_count; /* messages that wait in the database */
    int64_t offline_bytes;
    bool offline_empty;      /* no row waits, and none has been written since */
    bool offline_started;    /* the rows are on their way */
    bool has_released;       /* there are new ones behind them */
    bool has_held;           /* rows held for a session of before a restart */
    unsigned offline_writes; /* offline_add under way */
    bool offline_loading;    /* new messages wait behind the old ones */
    bool offline_more;       /* in the database, behind what was sent last */
    unsigned offline_fetches; /* of what was sent and is not marked yet */
    UT_hash_handle hh;
};

/* Runs with the account's rows at hand (READY or ABSENT). `body` is parsed
 * anew: `stanza` lives in sm's arena. */
typedef void account_task(struct account *account, struct duty *duty,
                          struct channel *channel, const struct frame *frame,
                          struct xml *stanza);

/* Calls `run` at once when the account is in memory and nothing waits for it;
 * else keeps a copy of the frame (its body is taken from `stanza` when that is
 * not NULL), holds the duty, and calls later, in order. channel may be NULL. */
void account_with(struct sm *sm, struct str bare_jid, account_task *run,
                  struct duty *duty, struct channel *channel,
                  const struct frame *frame, struct xml *stanza);
/* Calls `run` later as for an account that is not there: with one that is ABSENT, when
 * the same rows have been asked for. So who may not know somebody cannot tell by the
 * time of the answer that there is somebody. */
void account_as_unknown(struct account *account, account_task *run,
                        struct duty *duty, struct xml *stanza);
/* The account in memory, made when it is not; its rows are not loaded yet. */
struct account *account_get(struct sm *sm, struct str bare_jid);
/* Asks for its rows, once. */
void account_load(struct account *account);
/* Runs what has waited, unless old messages are still on their way. */
void account_run_tasks(struct account *account);
/* The account when it is in memory, ready or not: a restored session's has no
 * rows before its first frame. Else NULL. */
struct account *account_peek(const struct sm *sm, struct str bare_jid);
/* The account when it is in memory and ready, else NULL. */
struct account *account_find(const struct sm *sm, struct str bare_jid);
/* The store calls it when all rows of an account were handed over. `ok` false:
 * the database refused; what waits is answered with internal-server-error. */
void account_loaded(struct account *account, bool ok, bool exists,
                    bool enabled);
/* A session came or went: it is idle when it has none. May free it. */
void account_update_idle(struct account *account);
/* Its rows are gone: its sessions end, its contacts learn of it, and so does
 * memory. */
void account_removed(struct account *account);
/* Takes a privacy list out of the account; it rules no session any more. */
void account_forget_list(struct account *account, struct privacy_list *list);
/* Frees what has been idle for longest above sm.account-cache. */
void accounts_trim(struct sm *sm);
/* Frees the account with its sessions; nothing is sent or written. */
void account_free(struct account *account);

#endif

/* Which files there are and whose, without I/O: quotas are kept here, and what
 * has expired is found here. An upload under way counts as if it were done. */
#ifndef POSTHOUSE_WEBD_LEDGER_H
#define POSTHOUSE_WEBD_LEDGER_H

#include "bucket.h"
#include "common/mem/hash.h"
#include "slot.h"

struct ledger_user;

struct ledger_file {
    char id[SLOT_ID_LENGTH + 1];
    struct ledger_user *user;
    struct ledger_file *prev, *next; /* of the user's */
    uint64_t size;
    int64_t expires_s; /* 0: never */
    bool is_there;     /* else its upload is under way */
    UT_hash_handle hh;
};

/* 0: no limit. */
struct ledger_limits {
    uint64_t user_bytes, total_bytes, daily_bytes, slots_per_minute;
};

/* Zeroes are an empty one. */
struct ledger {
    struct ledger_file *files;
    struct ledger_user *users;
    uint64_t count, bytes;
    struct ledger_limits limits;
};

enum ledger_result {
    LEDGER_OK,
    LEDGER_TAKEN,      /* there is, or was begun, a file of this id */
    LEDGER_TOO_LARGE,  /* more than a whole quota */
    LEDGER_USER_FULL,  /* the user's files are too many bytes */
    LEDGER_DAY_FULL,   /* he has uploaded too much today */
    LEDGER_TOO_OFTEN,  /* he has asked too often */
    LEDGER_TOTAL_FULL, /* all files are too many bytes */
};

/* Whether a user may get a slot for a file of this size; it is counted as one
 * asked for. *retry_s: when it is worth trying again (Unix time), 0: not known.
 */
MUST_CHECK enum ledger_result ledger_ask(struct ledger *ledger,
                                         struct str owner, uint64_t size,
                                         int64_t now_s, int64_t *retry_s);
/* An upload begins: the slot's file is reserved. *file is the ledger's. */
MUST_CHECK enum ledger_result ledger_reserve(struct ledger *ledger,
                                             const struct slot *slot,
                                             int64_t now_s,
                                             struct ledger_file **file);
/* A file that was there when the process started. False: its id is taken. */
MUST_CHECK bool ledger_restore(struct ledger *ledger, const struct slot *slot,
                               int64_t uploaded_s, int64_t now_s);
/* The upload is whole: the file is there. */
void ledger_keep(struct ledger *ledger, struct ledger_file *file,
                 int64_t now_s);
/* It is not, or no longer. */
void ledger_drop(struct ledger *ledger, struct ledger_file *file);
/* A file that is there and has not expired; NULL: none. */
struct ledger_file *ledger_find(struct ledger *ledger, struct str id,
                                int64_t now_s);
/* Calls `visit`, which may drop it, for each file that has expired, and forgets
 * users of whom nothing is left. */
void ledger_sweep(struct ledger *ledger, int64_t now_s,
                  void (*visit)(void *ctx, struct ledger_file *file),
                  void *ctx);
/* Whose it is. */
struct str ledger_owner(const struct ledger_file *file);
/* Frees all. */
void ledger_clear(struct ledger *ledger);

#endif

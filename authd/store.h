/* The accounts in PostgreSQL. Unit tests put functions of their own in the
 * place of store.c. */
#ifndef POSTHOUSE_AUTHD_STORE_H
#define POSTHOUSE_AUTHD_STORE_H

#include "account.h"

struct store;
struct request;

enum store_status {
    STORE_OK,
    STORE_CONFLICT, /* the account exists already */
    STORE_REFUSED,  /* no such account, or not the code of it */
    STORE_FAILED    /* by the database, or closed */
};

/* Who an operation is about; a prepared domain and local part. Borrowed for the
 * call, as all arguments are. */
struct store_user {
    struct str domain;
    struct str username;
};

/* Each calls its callback later, never before it returns, exactly once. False:
 * the store takes no more work, and there will be no callback. */
MUST_CHECK bool store_load(struct store *store, struct store_user user,
                           void (*loaded)(struct request *request,
                                          enum store_status status,
                                          const struct account *account),
                           struct request *request);
/* Whether a token holds, by its hash: STORE_OK or STORE_REFUSED. */
MUST_CHECK bool store_find_invitation(struct store *store,
                                      struct store_user user, struct str hash,
                                      void (*done)(struct request *request,
                                                   enum store_status status),
                                      struct request *request);
/* A new account with its verifiers, all or nothing. department: number of the one
 * it is put in; absent: none. invitation: the hash that is used up by it; absent:
 * none. STORE_REFUSED: that is not for this name, or the name is kept for
 * another guest. */
struct store_details {
    struct str email, realname, department, invitation;
    bool is_reserved; /* for whom an invitation names alone */
};
MUST_CHECK bool
store_create(struct store *store, struct store_user user,
             const struct account *account, const struct store_details *details,
             void (*done)(struct request *request, enum store_status status),
             struct request *request);
/* New verifiers of an account; a DIGEST-MD5 hash that is not given goes.
 * STORE_REFUSED: there is no such account. */
MUST_CHECK bool store_replace(struct store *store, struct store_user user,
                              const struct account *account,
                              void (*done)(struct request *request,
                                           enum store_status status),
                              struct request *request);
/* Keeps the hash of a one-time code for the account, in the place of an earlier
 * one; it holds for so long and for so many attempts. Only for an enabled
 * account that has an e-mail address, which `made` gets (borrowed), or with
 * `any` one without; STORE_REFUSED for all others. */
struct store_code {
    struct str hash;
    int64_t seconds;
    int64_t attempts;
    bool any;
};
/* Keeps a recovery code's hash in the place of an earlier one. `made` is told
 * where it goes; refused for who has no address, unless code->any. */
MUST_CHECK bool store_make_code(struct store *store, struct store_user user,
                                const struct store_code *code,
                                void (*made)(struct request *request,
                                             enum store_status status,
                                             struct str email),
                                struct request *request);
/* store_replace for whoever has the code, which is used up by it;
 * STORE_REFUSED, and an attempt less, for whoever has not. */
MUST_CHECK bool store_use_code(struct store *store, struct store_user user,
                               struct str hash, const struct account *account,
                               void (*done)(struct request *request,
                                            enum store_status status),
                               struct request *request);
/* Takes the account out with all that belongs to it; sm learns of it by
 * NOTIFY. STORE_REFUSED: there is none. */
MUST_CHECK bool store_remove(struct store *store, struct store_user user,
                             void (*done)(struct request *request,
                                          enum store_status status),
                             struct request *request);
/* Whether it may log in; its sessions end by NOTIFY. STORE_REFUSED: there is no
 * such account. */
MUST_CHECK bool
store_enable(struct store *store, struct store_user user, bool is_enabled,
             void (*done)(struct request *request, enum store_status status),
             struct request *request);
/* Another name or e-mail address (absent: it stays). STORE_REFUSED: there is no
 * such account. */
MUST_CHECK bool
store_change_details(struct store *store, struct store_user user,
                     struct str realname, struct str email,
                     void (*done)(struct request *request,
                                  enum store_status status),
                     struct request *request);

#endif

/* authd's core: judges logins and registrations. No I/O: frames and the time
 * come in, effects leave through struct authd_effects and store.h. */
#ifndef POSTHOUSE_AUTHD_H
#define POSTHOUSE_AUTHD_H

#include "common/config/config.h"
#include "common/grant/grant.h"
#include "common/ldap/ldap.h"
#include "common/link/link.h"
#include "common/xml/xml.h"
#include "store.h"
#include "throttle.h"

struct request;
struct work;

/* `peer` is the shell's name of a channel, from authd_frame. */
struct authd_effects {
    /* Sends one control element; bytes are borrowed. */
    void (*send)(void *ctx, void *peer, uint64_t sid, struct str body);
    /* The effects of a received frame are final. */
    void (*discharge)(void *ctx, void *peer, uint64_t seq);
    /* Sends a <letter/> to maild; false: too many wait for it already. */
    bool (*post)(void *ctx, struct str body);
    /* Sends a datagram to an address. */
    void (*reply)(void *ctx, struct str to, uint64_t sid, struct str body);
    /* Runs work_run on it, then calls authd_worked, never before it returns. */
    void (*work)(void *ctx, struct request *request, struct work *work);
    /* Asks the other directory for a password; authd_asked_elsewhere follows,
     * unless false: too many wait. */
    bool (*ask_elsewhere)(void *ctx, struct request *request,
                          struct str username, struct str password);
};

struct authd {
    const struct config *config; /* may be exchanged after a reload */
    struct grant_key key;
    unsigned char salt_secret[32]; /* of fake salts; the same in every authd */
    unsigned char recovery_secret[32]; /* of the hashes of codes; likewise */
    struct store *store;
    const struct authd_effects *effects;
    void *ctx;
    int64_t
        now_ms; /* of a clock that nobody sets, at the event being handled */
    int64_t unix_ms; /* the time by the wall clock; told by the shell before */
    struct xml_parser *parser;
    struct arena arena; /* of the event being handled */
    struct buf out;
    struct request *exchanges; /* by (peer, sid) */
    struct request *all;
    size_t count;
    size_t working;
    struct throttle failures_by_address, failures_by_account, registrations;
    struct throttle recoveries_by_address, recoveries_by_account;
    uint64_t logins, failures, registered, removed, codes, recovered;
};

/* Sets up the tables; config, key, store, effects and ctx are the caller's to
 * fill in before. */
void authd_init(struct authd *authd);
/* Forgets everything. No work may be under way. */
void authd_clear(struct authd *authd);

/* A frame has come from `remote`. */
void authd_frame(struct authd *authd, void *peer, struct str remote,
                 const struct frame *frame, int64_t now_ms);
/* A datagram has come from `from`. */
void authd_datagram(struct authd *authd, struct str from,
                    const struct frame *frame, int64_t now_ms);
/* The peer is gone or was started again: its exchanges end without a word. */
void authd_peer_gone(struct authd *authd, void *peer);
/* Work is done. */
void authd_worked(struct request *request, int64_t now_ms);
/* The other directory has answered, or cannot. */
void authd_asked_elsewhere(struct request *request, enum ldap_verdict verdict,
                           int64_t now_ms);
/* Once per second: what takes too long is refused. */
void authd_tick(struct authd *authd, int64_t now_ms);

#endif

/* One file on its way: offered by stream initiation (XEP-0096), carried by a
 * bytestream (XEP-0065). */
#ifndef POSTHOUSE_CLIENT_TRANSFER_H
#define POSTHOUSE_CLIENT_TRANSFER_H

#include <openssl/evp.h>

#include "candidates.h"
#include "clock.h"
#include "phchat.h"
#include "streamhost.h"

#define NS_SI         "http://jabber.org/protocol/si"
#define NS_SI_FILE    NS_SI "/profile/file-transfer"
#define NS_FEATURE    "http://jabber.org/protocol/feature-neg"
#define NS_STREAMS_65 "http://jabber.org/protocol/bytestreams"
#define NS_HASHES     "urn:xmpp:hashes:2"

enum transfer_state {
    TRANSFER_SEEKING,  /* waits until the other is seen online */
    TRANSFER_OFFERED,  /* the other decides, now or when he is there */
    TRANSFER_AGREEING, /* answers are under way */
    TRANSFER_DIALING,  /* looks for the way to a streamhost */
    TRANSFER_SENDING,
    TRANSFER_RECEIVING,
    TRANSFER_REPLACED, /* perhaps by an upload */
    TRANSFER_DONE
};

struct transfer {
    struct transfer *next;
    enum transfer_state state;
    bool is_outgoing;
    char *peer; /* a full JID, once known */
    char *sid, *name, *path;
    uint64_t size, moved;
    uint64_t offset;    /* where it goes on; 0: from the beginning */
    uint64_t end;       /* outgoing: where it ends for this once */
    char *sha256, *md5; /* as offered; NULL: not told */
    int file, socket;   /* -1: not open */
    EVP_MD_CTX *digest; /* of what has come */
    char *host;         /* the proxy's, outgoing; NULL: there is none */
    unsigned short port;
    struct streamhost *streamhost; /* our own; NULL: none */
    struct dial *dial;             /* to the proxy */
    const char *fault; /* why it failed before an upload was tried; a literal */
    struct candidates *candidates; /* incoming: where the sender may be met */
    char *question; /* incoming: id of the IQ that named them, to be answered */
    long began_ms;  /* monotonic */
    long moved_ms;  /* the last byte went or came */
    long told_ms;   /* progress was shown */
};

/* A transfer on the list of all; the texts are copied. */
struct transfer *transfer_new(struct app *app, bool is_outgoing,
                              const char *peer, const char *name);
/* Ends it with a word to the person; `why` is NULL when all is well. */
void transfer_end(struct app *app, struct transfer *transfer, const char *why);
/* Ends it without a word: something else is in its place. */
void transfer_end_quietly(struct transfer *transfer);
/* Shows the progress: now and then, or the whole `at_last`. */
void transfer_told(struct app *app, struct transfer *transfer, bool at_last);
/* Waits for what step by step moves the file. */
void transfer_send_step(struct app *app, struct transfer *transfer);
typedef void proxy_found(struct app *app, struct transfer *transfer);
/* Looks for the server's proxy, once: `found` is called, perhaps at once, when
 * app->proxy tells. */
void proxy_find(struct app *app, struct transfer *transfer, proxy_found *found);
/* The offer is taken: tells the other where to meet us; when he is there the
 * state is TRANSFER_SENDING, with transfer->socket. */
void transfer_meet(struct app *app, struct transfer *transfer);
/* Does what can be done for that now. */
void transfer_meet_step(struct app *app, struct transfer *transfer);
/* The same for a file that comes. */
void transfer_receive_step(struct app *app, struct transfer *transfer);
/* Handlers of what others offer. */
void transfer_receive_start(struct app *app);

/* The key of its bytestream; peer is a full JID by now. */
void transfer_key(const struct app *app, const struct transfer *transfer,
                  char key[SOCKS_KEY + 1]);
/* partial.c: opens the file that is not whole yet, and finds in
 * transfer->offset how much of it is there. False when it cannot be written, or
 * is on its way already. */
MUST_CHECK bool partial_open(struct app *app, struct transfer *transfer);
/* Digests what is there, or begins anew. */
MUST_CHECK bool partial_begin(struct transfer *transfer, bool is_resumed);
/* It is whole: gives it its name, never that of another file. */
MUST_CHECK bool partial_finish(struct app *app, struct transfer *transfer);
/* It broke: kept, if something has come and its hash will tell that it is the
 * same. */
void partial_give_up(struct transfer *transfer);

/* Hashes of a whole file, from its begin: heap texts. False when it cannot be
 * read. */
MUST_CHECK bool digest_file(int file, char **sha256, char **md5);
/* The text of a finished digest: Base64 for SHA-256, hexadecimal for MD5. Frees
 * the context. */
char *digest_finish(EVP_MD_CTX *digest, bool is_sha256);

#endif

/* A slot (XEP-0363 §4): the right to upload one file. It is no row anywhere:
 * all of it stands in a token that the client hands back, with a MAC of a key
 * that never leaves webd, and so outlives any death of the process. */
#ifndef POSTHOUSE_WEBD_SLOT_H
#define POSTHOUSE_WEBD_SLOT_H

#include "common/mem/mem.h"

#define SLOT_ID_LENGTH                                                         \
    32u /* hexadecimal digits: 128 bits that nobody guesses */
#define SLOT_MAX_NAME   200u
#define SLOT_MAX_TYPE   127u
#define SLOT_MAX_OWNER  2047u
#define SLOT_KEY_LENGTH 32u

struct slot {
    struct str id;
    struct str owner; /* bare JID */
    struct str name;  /* slot_clean_name */
    struct str type;  /* of the content; empty: not told */
    uint64_t size;
    int64_t valid_until_s; /* Unix time before which the upload begins */
    int64_t expires_s;     /* when the file is deleted; 0: never */
};

/* What a file is called here: without folders, control characters and marks
 * that turn the reading direction; cut at SLOT_MAX_NAME with its ending kept.
 * `name` is UTF-8. Never empty. In the arena. */
struct str slot_clean_name(struct arena *arena, struct str name);
/* Whether it may stand in a header: "type/subtype" with parameters, of bounded
 * length. */
MUST_CHECK bool slot_is_type(struct str type);
/* The token, in Base64. Its fields have passed the two above. In the arena. */
struct str slot_write_token(struct arena *arena, struct str key,
                            const struct slot *slot);
/* Reads one that slot_write_token has written with this key; false for any
 * other. Slices are in the arena. Says nothing of the time. */
MUST_CHECK bool slot_read_token(struct slot *slot, struct arena *arena,
                                struct str key, struct str token);
/* The same fields as text, one a line, and back: what a token and the head of a
 * stored file have inside. */
void slot_write_fields(struct buf *out, const struct slot *slot);
MUST_CHECK bool slot_read_fields(struct slot *slot, struct str text);

#endif

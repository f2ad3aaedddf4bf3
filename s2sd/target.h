/* A domain of another server: what waits for it, by domains of ours, questions
 * about keys of dialback for it, its stream, and when to try again. */
#ifndef POSTHOUSE_S2SD_TARGET_H
#define POSTHOUSE_S2SD_TARGET_H

#include "common/mem/hash.h"

#include "stream.h"

enum lane_state { LANE_NEW, LANE_ASKED, LANE_VERIFIED };

/* From one domain of ours to the target. */
struct lane {
    struct lane *next;
    struct str local; /* heap */
    enum lane_state state;
    struct parcel *waiting; /* in order */
    int64_t deadline_ms;    /* of what waits; 0: nothing does */
};

/* Whether a key that was shown to us is the target's. */
struct question {
    struct question *prev, *next;
    struct stream *asker;      /* a stream that came in; NULL: it is gone */
    struct str local, id, key; /* heap */
    bool is_asked;
    int64_t deadline_ms;
};

struct target {
    UT_hash_handle hh;
    struct target *failed_prev, *failed_next; /* among s2sd->failed */
    bool is_failed;
    struct s2sd *s2sd;
    struct str domain; /* heap */
    struct stream *stream;
    struct stream *lost; /* it was, may be resumed: others wait; NULL: none */
    struct lane *lanes;
    struct question *questions;
    size_t waiting_bytes;
    unsigned failures;    /* in a row */
    unsigned short_lives; /* streams in a row that ended at once */
    int64_t retry_at_ms;  /* not tried again before */
    enum stanza_error last_failure;
};

/* Takes the parcel over: sends it, lets it wait, or returns it. */
void target_send(struct s2sd *s2sd, struct str local, struct str remote,
                 struct parcel *parcel);
/* Asks the server of `remote` whether a key is its own; the answer comes to
 * receiving_answered. False when too many questions wait for it. */
MUST_CHECK bool target_ask(struct s2sd *s2sd, struct stream *asker,
                           struct str local, struct str remote, struct str key);
/* The answer to a question: "valid", "invalid", or NULL with an error's
 * condition. No effect when it was not asked. */
void target_answered(struct target *target, struct str local, struct str id,
                     const char *type, const char *condition);
/* The stream that came in has ended: nobody waits for its answers. */
void targets_forget_asker(struct s2sd *s2sd, const struct stream *asker);
/* The lane of this domain of ours; NULL. */
struct lane *target_lane(const struct target *target, struct str local);
/* The server takes stanzas of this domain now. */
void target_verified(struct target *target, struct lane *lane);
/* What waited for the lost stream goes on: it is resumed, or given up. */
void target_go_on(struct target *target);
/* It does not: what waits is returned. */
void target_refused(struct target *target, struct lane *lane,
                    enum stanza_error condition, const char *text);
/* Puts back what the lost stream had not begun to write, in order. */
void target_take_back(struct target *target, struct parcel *parcels);
/* The target's stream has ended. was_open: it had come as far as dialback, so
 * that this is no failure to connect. */
void target_stream_ended(struct target *target, bool was_open,
                         enum stanza_error condition, const char *why);
/* A stream that came in from the target carries our stanzas too (XEP-0288). */
void target_adopt(struct s2sd *s2sd, struct stream *stream, struct str local,
                  struct str remote);
/* Once per second: timeouts; those that nobody needs are freed. */
void targets_tick(struct s2sd *s2sd);
/* Frees all of them with what waits there. */
void targets_clear(struct s2sd *s2sd);

/* --- for target.c, questions.c and retry.c -------------------------------- */

/* The target of this domain; NULL. */
struct target *target_find(const struct s2sd *s2sd, struct str domain);
/* The target of this domain, made when it is new; NULL when there are
 * s2sd.max-domains. */
struct target *target_of(struct s2sd *s2sd, struct str domain);
/* The same for a domain that a stranger named, who may fill half of the table:
 * the other half is for those whom our users talk to. When it is full, what
 * failed longest ago is forgotten. */
struct target *target_for_stranger(struct s2sd *s2sd, struct str domain);
/* It failed a moment ago and is not tried again yet. */
bool target_is_resting(const struct target *target);
/* It has failed: among those to be forgotten, behind the others. Or no more. */
void target_set_failed(struct target *target, bool is_failed);
/* Connects when something waits, or has the stream ask for it. */
void target_continue(struct target *target);
/* Returns what waits in the lane. */
void target_return(struct target *target, struct lane *lane,
                   enum stanza_error condition, const char *text);
void target_free(struct target *target);
void question_free(struct target *target, struct question *question);
/* Tells the asker, if it is still there, and frees the question. */
void question_answer(struct target *target, struct question *question,
                     const char *type, const char *condition);

#endif

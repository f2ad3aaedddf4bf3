/* What api.c, which judges tokens, and api_run.c, which does what is asked for,
 * share. */
#ifndef POSTHOUSE_SM_API_INTERNAL_H
#define POSTHOUSE_SM_API_INTERNAL_H

#include "sm/admin/api.h"

/* One request of webd. */
struct api_call {
    struct api_call *prev, *next;
    struct sm *sm;
    struct duty *duty;
    struct channel *channel;
    uint64_t sid;
    struct arena arena;
    struct xml *iq;
    struct str hash, peer;
    struct str token_name, administrator;
    struct str commands; /* separated by spaces; absent: all */
    int64_t until_ms;
    bool is_looked_for; /* the store has been asked for the token */
    bool is_answered;
};

/* Does what is asked for in the administrator's name; the call ends with its
 * answer. */
void api_call_run(struct api_call *call);
/* Answers webd, and ends the call. */
void api_call_answer(struct api_call *call, const struct xml *result);
/* Answers webd with an error; the call goes on to its end. */
void api_call_refuse(struct api_call *call, enum stanza_error condition,
                     const char *text);
void api_call_end(struct api_call *call);

#endif

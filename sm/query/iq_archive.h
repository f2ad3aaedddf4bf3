/* What the files about questions to a user's archive share. */
#ifndef POSTHOUSE_SM_IQ_ARCHIVE_H
#define POSTHOUSE_SM_IQ_ARCHIVE_H

#include "common/archive/archive.h"
#include "sm/query/iq.h"
#include "sm/store/store.h"

/* A question under way; in the request's arena. */
struct asked {
    struct archive_query query;
    struct store_page wanted;
    size_t named;   /* ids that the archive must have */
    size_t known;   /* of them, those that it has */
    int64_t listed; /* of those, the ones that are wanted themselves */
    struct archive_page page;
    struct str matches; /* how many there are; absent: was not asked */
    bool is_first;      /* of a session, which gets no offline messages then */
};

/* Room for what will be found. The session that asks, NULL: none, gets what is
 * in the archive from there alone, when it asks for all before it has become
 * available. */
void archive_answer_begin(struct iq_request *request, struct session *session);
/* A row of the store (id, stanza) is part of the page, if it has room. */
void archive_answer_add(struct iq_request *request,
                        const struct store_row *row);
/* Sends what was found and the result behind it. */
void archive_answer_end(struct iq_request *request);
/* The question fails; the session has read nothing. */
void archive_answer_refuse(struct iq_request *request,
                           enum stanza_error condition, const char *text);

#endif

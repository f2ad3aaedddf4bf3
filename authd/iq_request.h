/* Registration (XEP-0077) and legacy login (XEP-0078): one IQ in, one out. */
#ifndef POSTHOUSE_AUTHD_IQ_REQUEST_H
#define POSTHOUSE_AUTHD_IQ_REQUEST_H

#include "request.h"

/* A request whose frame is discharged with the answer; NULL when there are too
 * many or the element holds no IQ get or set (the frame is then discharged). */
struct request *iq_request_new(struct authd *authd, struct request_key key,
                               struct str remote, const struct xml *element,
                               uint64_t seq);
/* Hands an IQ to the client and ends the request. */
void iq_answer(struct request *request, struct xml *iq);
/* Answers with an error and ends the request. type: other than the condition's
 * own, or NULL; text: for a person, or NULL. */
void iq_answer_error(struct request *request, enum stanza_error condition,
                     const char *type, const char *text);

/* Before login, from a c2sd. */
void registration_begin(struct request *request, const struct xml *element);
/* From sm, for the user of a session. */
void registration_of_user(struct request *request, const struct xml *element);
/* XEP-0078, before login, from a c2sd. */
void legacy_begin(struct request *request, const struct xml *element);

/* What a person fills in; absent fields are absent. */
struct registration_form {
    struct str username, password, email, name;
    bool remove;
};
/* The empty form; known (may be absent): the user name on file. */
struct xml *registration_form_write(struct request *request, struct str known);
/* Reads plain fields or a data form. False when it is malformed. */
MUST_CHECK bool registration_form_read(struct registration_form *form,
                                       const struct xml *query);

#endif

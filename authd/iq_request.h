/* Registration (XEP-0077) and legacy login (XEP-0078): one IQ in, one out. */
#ifndef POSTHOUSE_AUTHD_IQ_REQUEST_H
#define POSTHOUSE_AUTHD_IQ_REQUEST_H

#include "common/jid/jid.h"
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

/* For request->store_failed: the client may try again. */
void iq_store_failed(struct request *request);
/* Whether the account was there and the change is made; else it has been
 * answered, and the request is over. */
MUST_CHECK bool iq_is_stored(struct request *request, enum store_status status);
/* Whether it comes from the sm that owns the user, and we serve him. */
MUST_CHECK bool iq_is_of_sender(const struct request *request,
                                const struct jid *jid);

/* Before login, from a c2sd. */
void registration_begin(struct request *request, const struct xml *element);
/* A token (XEP-0445 §4): whether it holds. Nothing is used up by that. */
void invitation_begin(struct request *request, const struct xml *preauth);
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
/* Fills in the request for registration_create; NULL, or what is wrong with the
 * form, for a person. */
const char *registration_check(struct request *request,
                               const struct registration_form *form);
/* What is wrong with a real name or an e-mail address (absent or empty: nothing),
 * for a person; NULL. */
const char *registration_details_fault(struct str name, struct str email);
/* What is done to the account of request->local, with the verifiers of
 * request->work where it needs some; each answers the IQ. For request_work, or
 * by themselves. */
void registration_create(struct request *request);
/* The same: new verifiers take the place of the old ones. */
void registration_replace(struct request *request);
/* The same: the account is removed. */
void registration_remove(struct request *request);

/* From sm, for an administrator. */
void administer_begin(struct request *request, const struct xml *element);

#endif

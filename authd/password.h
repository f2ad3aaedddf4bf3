/* Logins that send the password itself: PLAIN and XEP-0078. */
#ifndef POSTHOUSE_AUTHD_PASSWORD_H
#define POSTHOUSE_AUTHD_PASSWORD_H

#include "request.h"

/* Judges username and password against the verifiers; `decided` gets the
 * answer, after the same work for every name. Sets request->local. A right
 * password renews verifiers that are weaker than authd.iterations asks for, or
 * missing. */
void password_judge(struct request *request, struct str username,
                    struct str password,
                    void (*decided)(struct request *request,
                                    enum refusal refusal));
/* The same for one that somebody chooses: prepares it first. NULL, or what is
 * wrong with it, for a person. */
const char *password_plan_new(struct request *request, struct str password);

#endif

/* Answers of the REST door as HTTP (RFC 9110, RFC 6750). */
#ifndef POSTHOUSE_WEBD_API_ANSWER_H
#define POSTHOUSE_WEBD_API_ANSWER_H

#include "reply.h"

#define JSON_TYPE "application/json"

/* Answers with a reply, and the headers that go with its status. */
void api_answer(struct http_exchange *exchange, const struct api_reply *reply);
/* Answers with an error of our own; `text` is the English wording, or what was
 * said in the asker's language already. */
void api_refuse_as(struct http_exchange *exchange, unsigned status,
                   const char *condition, const char *text);

#endif

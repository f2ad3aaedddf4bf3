/* PUT of a file (XEP-0363 §7). */
#ifndef POSTHOUSE_WEBD_UPLOAD_H
#define POSTHOUSE_WEBD_UPLOAD_H

#include "http.h"

/* Where uploaded files are found: "/upload/ID/NAME". */
#define UPLOAD_PREFIX "/upload/"

/* Judges token, length and quota, and opens the file. */
void upload_begin(struct http_exchange *exchange);
/* Writes a piece of it. */
void upload_take(struct http_exchange *exchange, struct str piece);
/* Has it scanned and made durable, then answers 201. */
void upload_finish(struct http_exchange *exchange);

#endif

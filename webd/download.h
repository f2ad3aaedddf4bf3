/* GET, HEAD and OPTIONS of an uploaded file (RFC 9110, XEP-0363 §8, §9). */
#ifndef POSTHOUSE_WEBD_DOWNLOAD_H
#define POSTHOUSE_WEBD_DOWNLOAD_H

#include "http.h"

/* Answers with the file or the range of it that is asked for. */
void download_handle(struct http_exchange *exchange);
/* Lets pages of other origins use it (CORS). */
void download_options(struct http_exchange *exchange);

#endif

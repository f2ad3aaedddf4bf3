/* The REST door to administration (docs/api.md). webd has no power of its own:
 * the program's token goes with its command to the sm that owns the token's
 * administrator, and what comes back is the answer. */
#ifndef POSTHOUSE_WEBD_API_H
#define POSTHOUSE_WEBD_API_H

#include "common/link/link.h"
#include "webd/http.h"
#include "form.h"

#define API_PREFIX "/api/v1/"

struct api_call;

struct api {
    struct api_call *calls;
    unsigned count;
    uint64_t last_sid;
    struct xml_parser *parser;
    uint64_t requests, refused; /* counters */
};

/* Readies zeroes. Before rights are dropped or after: it opens nothing. */
void api_init(struct api *api);
void api_clear(struct api *api);

/* The whole request is there. */
void api_handle(struct http_exchange *exchange);
/* An error of the server itself as this door tells it. */
void api_refuse(struct http_exchange *exchange, unsigned status,
                const char *text);
/* A frame of an sm for our own address. */
void api_receive(struct webd *webd, const struct frame *frame);
/* Once a second: who has waited too long is told so. */
void api_tick(struct webd *webd);

#endif

/* HTTP requests and their answers, for whoever serves some path. routes.c is
 * the table of paths; a handler gets the exchange when the request is complete,
 * and answers at once or later. Everything runs in the daemon's loop: nothing
 * here may wait. */
#ifndef POSTHOUSE_WEBD_HTTP_H
#define POSTHOUSE_WEBD_HTTP_H

#include "common/mem/mem.h"
#include "common/text/text.h"

struct webd;
struct MHD_Connection;
struct MHD_Response;

/* A set of them is their sum. */
enum http_method {
    HTTP_GET = 1,
    HTTP_HEAD = 2,
    HTTP_PUT = 4,
    HTTP_POST = 8,
    HTTP_DELETE = 16,
    HTTP_PATCH = 32,
    HTTP_OPTIONS = 64
};

/* By which listeners a request came. A set of them is their sum. */
enum http_door {
    DOOR_HTTPS = 1,
    DOOR_HTTP = 2, /* without TLS: behind a reverse proxy */
    DOOR_METRICS = 4,
    DOOR_API = 8
};
#define DOOR_PUBLIC ((unsigned)DOOR_HTTPS | (unsigned)DOOR_HTTP)

struct http_exchange;
struct http_header;

/* One row of the table: the first whose prefix, door and method fit. */
struct http_route {
    const char *prefix; /* compared with the path as it was sent; without '/' at
                            its end, and "/" itself, it is the whole path */
    unsigned methods;   /* others are refused with 405 */
    unsigned doors;
    /* The request's body is collected in exchange->body; a larger one is
     * refused with 413 before it is read. 0: none is expected. */
    size_t max_body;
    /* For a body that is not collected: called when the head is there, and for
     * each piece. begin may answer (then nothing of the body is read). NULL: as
     * max_body says. */
    void (*begin)(struct http_exchange *exchange);
    void (*take)(struct http_exchange *exchange, struct str piece);
    /* The whole request is there. Answers now, or later by http_answer; until
     * then the connection waits. */
    void (*handle)(struct http_exchange *exchange);
};

/* The table and its length (routes.c). */
extern const struct http_route http_routes[];
extern const size_t http_route_count;

/* One request while it is answered. Slices live as long as it does. */
struct http_exchange {
    struct webd *webd;
    const struct http_route *route;
    enum http_method method;
    enum http_door door;
    struct str path;  /* as it was sent, before the '?': nothing is decoded */
    struct str rest;  /* of it, behind the route's prefix */
    struct str query; /* behind the '?'; absent: there was none */
    struct str body;
    uint64_t length;        /* of the body, as Content-Length said; 0: none */
    const char *peer;       /* numeric address */
    enum language language; /* of whoever asks */
    struct arena arena;
    /* The handler's own; on_gone is called once, when the answer has gone out
     * or the client is lost, and must free it. May be NULL. */
    void *data;
    void (*on_gone)(struct http_exchange *exchange);

    /* http.c's own */
    struct http_exchange *prev, *next;
    struct MHD_Connection *connection;
    struct MHD_Response *response;
    struct http_header *headers;
    struct buf collected;
    unsigned status;
    uint64_t answer_size;
    bool has_begun, is_complete, is_suspended;
};

/* The first value of a header of the request; STR_NONE when it has none. */
struct str http_request_header(const struct http_exchange *exchange,
                               const char *name);
/* How often the request has this header. */
unsigned http_request_header_count(const struct http_exchange *exchange,
                                   const char *name);
/* A header of the answer, before http_answer, in place of one of this name;
 * both texts are copied, and must have no control characters. Each answer has
 * X-Content-Type-Options: nosniff, Referrer-Policy: no-referrer and a
 * Content-Security-Policy that allows nothing, unless it is set here. */
void http_set_header(struct http_exchange *exchange, const char *name,
                     struct str value);
/* Answers; type may be "" (no Content-Type), body is copied. To HEAD the body
 * is left out, its length told. Once per exchange; a further one is dropped. */
void http_answer(struct http_exchange *exchange, unsigned status,
                 const char *type, struct str body);
/* The same with `size` bytes of a file from `offset`; the descriptor is handed
 * over. */
void http_answer_file(struct http_exchange *exchange, unsigned status,
                      const char *type, int fd, uint64_t offset, uint64_t size);
/* Lets pages of other origins read the answer (CORS). */
void http_allow_origins(struct http_exchange *exchange);
/* The names of a set of methods, as in a header Allow. In the arena. */
struct str http_method_names(struct arena *arena, unsigned set);
/* An error in one line of plain text in the asker's language, which pages of
 * other origins may read; at DOOR_API in JSON. `text` is the English wording.
 */
void http_refuse(struct http_exchange *exchange, unsigned status,
                 const char *text);
/* Whether it has been answered. */
bool http_is_answered(const struct http_exchange *exchange);

#endif

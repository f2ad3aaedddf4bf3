/* What a request asks for: which commands sm shall run, one behind the other,
 * and how their answer looks. Pure; resources.c is the table of what there is.
 */
#ifndef POSTHOUSE_WEBD_API_PLAN_H
#define POSTHOUSE_WEBD_API_PLAN_H

#include "form.h"
#include "webd/http.h"

/* How the answer of the last command becomes the answer of the request. */
enum api_shape {
    SHAPE_COMMAND, /* status, notes, fields, items */
    SHAPE_LIST,    /* {"items": […]}, and fields of the form beside */
    SHAPE_ITEM,    /* the first row of a table; 404 without one */
    SHAPE_FIELDS,  /* the fields alone */
    SHAPE_FORMS,   /* {"commands": […]}: what there is */
    SHAPE_FORM     /* one of these; 404 without it */
};

#define API_MAX_STEPS 4u

/* Everything is in the arena that the request was read with. */
struct api_step {
    struct str command; /* absent: which commands there are */
    struct xml *form;
};
struct api_plan {
    struct api_step steps[API_MAX_STEPS];
    unsigned count;
    struct str domain; /* absent: the token's administrator's */
    struct str only;   /* for SHAPE_FORM */
    enum api_shape shape;
    unsigned status; /* when all goes well */
    enum language language;
};

/* A request, borrowed; path: behind /api/v1/, as it was sent. */
struct api_request {
    enum http_method method; /* HEAD is asked as GET */
    struct str path, query, body;
    enum language language; /* of texts */
};

/* Why it cannot be done. */
struct api_fault {
    unsigned status;
    unsigned allowed; /* with 405: the methods that the path has */
    const char *condition;
    struct error error;
};

/* False after setting `fault`. */
MUST_CHECK bool api_plan_read(struct arena *arena,
                              const struct api_request *request,
                              struct api_plan *plan, struct api_fault *fault);

/* One thing that may be asked for. */
struct api_key {
    const char *key;   /* in the body, or behind the '?' */
    const char *field; /* of the command; NULL ends the list */
};
#define API_MAX_KEYS 8
struct api_resource {
    enum http_method method;
    const char *path;      /* '*' stands for one segment */
    const char *command;   /* NULL: that of the path, or none */
    const char *places[2]; /* the fields that the '*' fill in; a leading '#'
                              makes a number of it ("#7": of a department) */
    struct api_key keys[API_MAX_KEYS];
    enum api_shape shape;
    unsigned status; /* 0: 200 */
    bool is_change;  /* each key has a command of its own: plan.c */
};
extern const struct api_resource api_resources[];
extern const size_t api_resource_count;

#define API_MAX_SEGMENTS 4u
/* Whether the path is of this form; the segments that stars stand for, as they
 * were sent. */
MUST_CHECK bool api_path_fits(struct str path, const char *pattern,
                              struct str segments[API_MAX_SEGMENTS],
                              unsigned *count);
/* Replaces %XX, and '+' when is_query. STR_NONE: it is wrong, or no text that
 * XML may have. In the arena. */
struct str api_decode(struct arena *arena, struct str text, bool is_query);

#endif

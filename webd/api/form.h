/* JSON on one side, data forms of ad-hoc commands (XEP-0004, XEP-0050) on the
 * other. Nothing here knows of HTTP. Bodies come from strangers. */
#ifndef POSTHOUSE_WEBD_API_FORM_H
#define POSTHOUSE_WEBD_API_FORM_H

#include <jansson.h>

#include "common/stanza/stanza.h"

#define API_MAX_BODY   (256u << 10)
#define API_MAX_DEPTH  4u
#define API_MAX_VALUES 1000u /* of one field */

/* Reads a body, which has to be one object; empty bytes are an empty one. NULL
 * after setting `error` in that language: it is none, or nested deeper than
 * API_MAX_DEPTH. The caller drops the reference. */
MUST_CHECK json_t *api_json_parse(struct str body, enum language language,
                                  struct error *error);

/* Adds a field with what a JSON value says: a text, a whole number, true or
 * false, or an array of these; null adds nothing. False after setting `error`
 * in that language. */
MUST_CHECK bool api_form_add(struct xml *form, struct str name,
                             const json_t *value, enum language language,
                             struct error *error);

/* A form of results as JSON objects: fields by name, a list for those of
 * several values, true and false for boolean ones. */
json_t *api_json_fields(const struct xml *form);
/* Its table (XEP-0004 §3.4) as an array; NULL: there is none. */
json_t *api_json_items(const struct xml *form);
/* The fields of a form to fill in: name, label, type, required. */
json_t *api_json_form(const struct xml *form);
/* Text as JSON; what is no UTF-8 becomes null. */
json_t *api_json_text(struct str text);

#endif

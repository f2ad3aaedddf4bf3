/* Searching for people (XEP-0055): the fields, and what is answered. */
#ifndef POSTHOUSE_SM_SEARCH_H
#define POSTHOUSE_SM_SEARCH_H

#include "sm/query/iq.h"

/* Fields of every server; properties follow them. */
enum search_column {
    SEARCH_USER,
    SEARCH_NAME,
    SEARCH_EMAIL,
    SEARCH_DEPARTMENT,
    SEARCH_COLUMNS
};

#define SEARCH_MAX_PROPERTIES 16u
#define SEARCH_MAX_FIELDS     (SEARCH_COLUMNS + SEARCH_MAX_PROPERTIES)

struct search_field {
    struct str var; /* in data forms */
    struct str label;
    struct str property; /* of accounts; absent: a column */
};

/* The fields of this server: the columns, and the properties that the
 * configuration names. Returns how many. In the request's arena. */
size_t search_fields(const struct iq_request *request,
                     struct search_field fields[SEARCH_MAX_FIELDS]);

/* Begins the answer to a kept request: in a data form, or in the old way. */
void search_begin(struct iq_request *kept, bool as_form);
/* Adds a person whom the seeker may know: user name, name, e-mail. Others are
 * passed over. */
void search_add(struct iq_request *kept, const struct str columns[3]);

/* A data form of the namespace, of this type. */
struct xml *search_add_form(struct xml *query, const char *type);
/* A field of it. */
void search_add_field(struct xml *parent, const struct search_field *field);

/* Whether the seeker may know of a department: that there is such a one, and
 * who of its people are in it. */
bool search_may_know(const struct iq_request *request,
                     const struct directory_department *department);

#endif

/* Bookmarks of rooms in both forms: items of a node (XEP-0402) and one element
 * of private storage (XEP-0048). What the files that convert them share. */
#ifndef POSTHOUSE_SM_BOOKMARKS_H
#define POSTHOUSE_SM_BOOKMARKS_H

#include "sm/pep/convert.h"
#include "sm/pep/request.h"

struct change;

/* The work of one request. */
struct conversion {
    void (*done)(struct iq_request *request); /* NULL: it is to be answered */
    struct xml *storage;
    struct pep_node *node;
    struct xml *items; /* as they were: <item id='…'>payload</item> */
    struct change *changes;
    size_t writes_left;
    bool has_failed;
};

/* The bookmark in an <item/>; NULL: there is none. */
struct xml *bookmark_of(const struct xml *item);
/* Gives a bookmark, whose namespace tells its form, what both forms have. */
void bookmark_copy(struct xml *into, const struct xml *from);
/* Whether that is the same in both. */
bool bookmark_is_same(const struct xml *a, const struct xml *b);

/* Makes it the request's data; in its arena. */
struct conversion *conversion_new(struct iq_request *request,
                                  struct xml *storage);
/* Asks the store for the items of the node; `rows` gives each row to
 * conversion_take_item. */
void conversion_read(struct iq_request *request, const struct pep_node *node,
                     store_rows *rows);
/* Adds the item of a row to conversion->items. */
void conversion_take_item(struct iq_request *request,
                          const struct store_row *row);

#endif

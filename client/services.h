/* Services that our server lists (XEP-0030). */
#ifndef POSTHOUSE_CLIENT_SERVICES_H
#define POSTHOUSE_CLIENT_SERVICES_H

#include "phchat.h"

/* `jid`: the service; "": there is none. */
typedef void service_found(struct app *app, const char *jid, void *data);
/* Looks for the first that has an identity of this category and type
 * (literals); tells it once. */
void service_find(struct app *app, const char *category, const char *type,
                  service_found *found, void *data);

#endif

/* Files by HTTP: a slot of the server's upload service (XEP-0363), a PUT, and
 * then a message that says where the file is (XEP-0066). */
#ifndef POSTHOUSE_CLIENT_UPLOAD_H
#define POSTHOUSE_CLIENT_UPLOAD_H

#include "phchat.h"
#include "transfer.h"

/* Uploads a file, and tells `to` (NULL: only the person here) where it is. */
void upload_start(struct app *app, const char *to, const char *path);
/* The same in place of a transfer, which is over once there is a slot: why it
 * does not go by itself (NULL: the other is away). Without a slot the transfer
 * goes on as `otherwise` says. */
void upload_instead(struct app *app, struct transfer *transfer,
                    void (*otherwise)(struct app *app,
                                      struct transfer *transfer));

#endif

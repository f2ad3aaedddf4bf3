/* webd's shell: the link, HTTP and time around the service. */
#ifndef POSTHOUSE_WEBD_SHELL_H
#define POSTHOUSE_WEBD_SHELL_H

#include "webd.h"

/* Loads the certificates and opens the listening sockets, as whoever started
 * the daemon. False with the reason. */
MUST_CHECK bool shell_listen(struct webd *webd, struct error *error);
/* Loads the files, connects to the router, serves. False with the reason. */
MUST_CHECK bool shell_start(struct webd *webd, struct error *error);
/* Takes over what the new configuration says, and new certificates. */
void shell_reload(struct webd *webd);
/* Lets what is under way come to its end, for some seconds, and takes nothing
 * new. */
void shell_drain(struct webd *webd);
/* Ends every connection; the loop must run once more. */
void shell_stop(struct webd *webd);
/* Frees what is left when the loop has ended. */
void shell_clear(struct webd *webd);

#endif

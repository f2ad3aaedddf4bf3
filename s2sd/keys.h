/* Certificates, and the key of dialback. */
#ifndef POSTHOUSE_S2SD_KEYS_H
#define POSTHOUSE_S2SD_KEYS_H

#include "shell.h"

/* Reads those that the configuration names. False with the file and the cause.
 */
MUST_CHECK bool keys_load(struct shell *shell, struct error *error);
/* Takes new certificates; keeps the old ones, and logs why, when they are bad.
 */
void keys_reload(struct shell *shell);

#endif

/* A secret that the suite shares with a component or a service, which stands in
 * posthouse.conf or in a file of its own: the configuration is read by every
 * daemon, such a file by the one that needs it. */
#ifndef POSTHOUSE_CONFIG_SECRET_H
#define POSTHOUSE_CONFIG_SECRET_H

#include "../mem/mem.h"

/* The first line of the file at this path, else (empty path) this secret, as
 * the configuration has them; in the arena. STR_NONE, with the reason in
 * `error`, when there is none or the file cannot be read. */
struct str config_secret(struct arena *arena, struct str path,
                         struct str secret, struct error *error);

#endif

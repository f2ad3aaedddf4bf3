/* The router's options from posthouse.conf. */
#ifndef POSTHOUSE_ROUTERD_SETTINGS_H
#define POSTHOUSE_ROUTERD_SETTINGS_H

#include "../common/config/config.h"
#include "router.h"

/* Looks up the system users. `self` is the router's own uid: when it is not
 * that of users.router, all daemons run under one caller. */
void settings_read(struct router_options *options, const struct config *config,
                   uid_t self);

#endif

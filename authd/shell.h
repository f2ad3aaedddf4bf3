/* authd's shell: the loop, the link, the thread pool and the database around
 * the core. */
#ifndef POSTHOUSE_AUTHD_SHELL_H
#define POSTHOUSE_AUTHD_SHELL_H

#include "authd.h"
#include "ldap_workers.h"

#include "common/daemon/daemon.h"
#include "common/node/node.h"

struct shell {
    struct daemon daemon;
    struct authd authd;
    struct node *node;
    uv_timer_t timer;
    char address[32]; /* auth/INSTANCE */
    struct counter counters[6];
    struct ldap_workers ldap;
    bool stopping;
};

/* Connects to router and database, binds auth/INSTANCE. */
void shell_start(struct shell *shell);
/* Takes the configuration that was read again. */
void shell_reload(struct shell *shell);
/* Closes all that the loop holds; logins under way are forgotten. */
void shell_stop(struct shell *shell);

#endif

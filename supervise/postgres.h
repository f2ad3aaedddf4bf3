/* The suite's private PostgreSQL: a Unix socket, peer authentication, no TCP
 * and no passwords. */
#ifndef POSTHOUSE_SUPERVISE_POSTGRES_H
#define POSTHOUSE_SUPERVISE_POSTGRES_H

#include "layout.h"

#define POSTGRES_USER "posthouse-pg"

/* Finds PostgreSQL's programs (into layout->pg_bin), creates the cluster when
 * there is none and writes who may log in as whom. */
MUST_CHECK bool postgres_prepare(struct layout *layout, struct error *error);
/* Whether the server takes connections. */
bool postgres_answers(const struct layout *layout);
/* Roles, database, migrations, rights: once the server answers. */
MUST_CHECK bool postgres_set_up(const struct layout *layout,
                                struct error *error);

#endif

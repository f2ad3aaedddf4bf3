/* Which domains belong to the rooms (mucd.domains), for all daemons that send
 * there. */
#ifndef POSTHOUSE_ROOMS_H
#define POSTHOUSE_ROOMS_H

#include "../config/config.h"

/* Whether rooms live at this prepared domain: one of mucd.domains or, when that
 * is empty, "conference." in front of a served domain. */
bool rooms_serve(const struct config *config, struct str domain);
/* How many such domains there are, and their names (in the arena). */
size_t rooms_domain_count(const struct config *config);
struct str rooms_domain(const struct config *config, struct arena *arena,
                        size_t index);

#endif

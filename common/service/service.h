/* Services with domains of their own: known to routerd, which lets nobody else
 * bind them, to the service itself and to all that send there. */
#ifndef POSTHOUSE_COMMON_SERVICE_H
#define POSTHOUSE_COMMON_SERVICE_H

#include "../config/config.h"
#include "../link/link.h"

enum service_kind {
    SERVICE_ROOMS, /* mucd.domains, or "conference." before each served domain
                    */
    SERVICE_PROXY, /* proxy65d.domains, or "proxy." before each */
    SERVICE_BROADCAST, /* sm.broadcast-domains, or "broadcast." before each */
    SERVICE_UPLOAD /* webd.domains, or "upload." before each */
};

/* How many domains the service has, and their names (in the arena). */
size_t service_count(const struct config *config, enum service_kind service);
/* One of them; index is below service_count. */
struct str service_domain(const struct config *config,
                          enum service_kind service, struct arena *arena,
                          size_t index);
/* Whether this prepared domain is one of them. */
bool service_has(const struct config *config, enum service_kind service,
                 struct str domain);
/* Whether this domain of the service is the one for users of a served domain:
 * its own, or the first of those that are listed. */
bool service_is_for(const struct config *config, enum service_kind service,
                    struct str domain, struct str served);

/* Other servers' domains are spread over so many addresses of s2sd, of which
 * each process binds its part, as sm does with shards. */
#define FEDERATION_ADDRESSES 16u
/* The address that sends to the server of this domain. */
struct str federation_address(char into[32], struct str domain);

#endif

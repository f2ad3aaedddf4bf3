#include "quiet.h"

#include <stdlib.h>
#include <time.h>
#include <utlist.h>

static void enter_zone(const char *zone)
{
    if (zone)
        (void)setenv("TZ", zone, 1);
    else
        (void)unsetenv("TZ");
    tzset();
}

unsigned quiet_minute(const char *zone, int64_t unix_ms)
{
    time_t seconds = (time_t)(unix_ms / 1000);
    struct tm local = {0};
    char *own = NULL;

    if (zone[0]) {
        own = getenv("TZ") ? strdup(getenv("TZ")) : NULL;
        enter_zone(zone);
    }
    (void)localtime_r(&seconds, &local); /* fails in the year 2147485547 */
    if (zone[0])
        enter_zone(own);
    free(own);
    return (unsigned)(local.tm_wday * 1440 + local.tm_hour * 60 + local.tm_min);
}

struct str quiet_of(const struct directory *directory,
                    const struct directory_person *person,
                    struct quiet_source *source)
{
    const struct directory_membership *membership;
    struct quiet_source ignored;
    struct str text = STR_NONE;

    if (!source)
        source = &ignored;
    *source = (struct quiet_source){0};
    if (person)
        text = directory_property_of(person->properties, QUIET_HOURS);
    source->is_own = text.p != NULL;
    if (text.p)
        return text;
    if (person) {
        LL_FOREACH2(person->memberships, membership, next_of_person)
        {
            text = directory_inherited(membership->department, QUIET_HOURS,
                                       &source->department);
            if (text.p)
                return text;
        }
    }
    return directory ? directory_property_of(directory->properties, QUIET_HOURS)
                     : STR_NONE;
}

static bool names(const struct directory_property *properties,
                  const struct jid *from)
{
    struct str list = directory_property_of(properties, QUIET_EXCEPT);

    while (list.len) {
        struct str one = str_cut(&list, ' ');

        if (str_eq(one, from->bare) || str_eq(one, from->domain))
            return true;
    }
    return false;
}

bool quiet_excepts(const struct directory *directory,
                   const struct directory_person *person,
                   const struct jid *from)
{
    const struct directory_membership *membership;
    const struct directory_department *at;

    if (directory && names(directory->properties, from))
        return true;
    if (!person)
        return false;
    if (names(person->properties, from))
        return true;
    LL_FOREACH2(person->memberships, membership, next_of_person)
    for (at = membership->department; at; at = at->parent)
        if (names(at->properties, from))
            return true;
    return false;
}

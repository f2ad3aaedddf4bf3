/* Quiet hours: when somebody is not to be disturbed. A text, a property of an
 * account, a department or the server:
 *
 *     none
 *     DAYS HH:MM-HH:MM [; DAYS HH:MM-HH:MM]… [ZONE]
 *
 * DAYS is "daily", a day (mon … sun), a range of them (mon-fri) or several of
 * both with commas; a span whose end is not behind its begin ends on the next
 * day; ZONE is a name of the tz database (Asia/Shanghai), absent: the zone of
 * the host. So
 *
 *     mon-fri 18:30-08:30; sat,sun 00:00-24:00 Asia/Shanghai
 */
#ifndef POSTHOUSE_QUIET_H
#define POSTHOUSE_QUIET_H

#include "../directory/directory.h"
#include "../text/text.h"

/* Names of the properties. */
#define QUIET_HOURS  "quiet-hours"
#define QUIET_EXCEPT "quiet-except" /* addresses and domains, by spaces */

#define QUIET_MAX_SPANS 8u
#define QUIET_MAX_ZONE  64u
#define QUIET_MAX_TEXT  512u

struct quiet_span {
    unsigned days;     /* bit 0: Sunday, as tm_wday */
    unsigned from, to; /* minutes of the day; to: up to 1440 */
};

struct quiet {
    struct quiet_span spans[QUIET_MAX_SPANS];
    size_t count;                  /* 0: none */
    char zone[QUIET_MAX_ZONE + 1]; /* empty: the host's */
};

/* Reads the text. False with the reason in that language, in
 * words of this page. */
MUST_CHECK bool quiet_parse(struct quiet *quiet, struct str text,
                            enum language language, struct error *error);
/* Whether a list of exceptions names addresses and domains alone; it may be
 * empty. */
MUST_CHECK bool quiet_are_exceptions(struct str list);
/* Whether it is quiet at this minute of the week (0: Sunday 00:00). */
bool quiet_at(const struct quiet *quiet, unsigned minute);
/* The minute of the week at a Unix time, by the clocks of a zone. Changes TZ of
 * the process while it runs, so that no other thread may ask for local times.
 */
unsigned quiet_minute(const char *zone, int64_t unix_ms);

/* Where hours come from. */
struct quiet_source {
    bool is_own;                                   /* the account's */
    const struct directory_department *department; /* NULL: else the server's */
};
/* The text that holds for somebody (the account's, else the nearest of his main
 * department upwards, else of others, else the server's); absent: none.
 * directory and person may be NULL, source too. */
struct str quiet_of(const struct directory *directory,
                    const struct directory_person *person,
                    struct quiet_source *source);
/* Whether a sender (bare JID and domain) is named by a list of exceptions of
 * the account, of any of its departments and those above, or of the server. */
bool quiet_excepts(const struct directory *directory,
                   const struct directory_person *person,
                   const struct jid *from);

#endif

/* A room's configuration: every standard field of muc#roomconfig is one row of
 * a table, from which the form is written, read, and kept in the database. */
#ifndef POSTHOUSE_MUCD_SETTINGS_H
#define POSTHOUSE_MUCD_SETTINGS_H

#include "common/stanza/stanza.h"
#include "privilege.h"

enum pm_policy { PM_ANYONE, PM_PARTICIPANTS, PM_MODERATORS, PM_NONE };
enum whois { WHOIS_MODERATORS, WHOIS_ANYONE };

struct settings {
    struct str name, description, secret, language, pubsub; /* heap */
    bool is_public, is_persistent, is_moderated, is_members_only, has_password,
        may_change_subject, may_invite, is_logged, may_register;
    unsigned max_users;   /* 0: no limit */
    unsigned max_history; /* messages for who enters */
    unsigned pm;          /* enum pm_policy */
    unsigned whois;       /* enum whois */
    unsigned broadcast;   /* bit (1 << role): whose presence is shown */
    unsigned listers;     /* bit (1 << role): who may get the member list */
};

/* An open, public, temporary room (§10.1.2); max_history of the service. */
void settings_init(struct settings *settings, unsigned max_history);
/* Frees the texts. */
void settings_clear(struct settings *settings);
/* A copy of its own; what *to held before is not freed. */
void settings_copy(struct settings *to, const struct settings *from);
/* Adds <x type='form'/> with labels, in the language of the query `asked`, and
 * options, or (asked: NULL) the bare fields for the database. */
void settings_write_form(const struct settings *settings, struct xml *parent,
                         const struct xml *asked);
/* Takes the fields that a form has; unknown ones are left out. False when a
 * value is wrong; the settings may then be half changed. */
MUST_CHECK bool settings_read_form(struct settings *settings,
                                   const struct xml *form);
#define FORM_ROOMCONFIG "http://jabber.org/protocol/muc#roomconfig"

#endif

/* The configuration of a node (XEP-0060 §8.2, §16.4.4): plain data and the data
 * forms that tell and change it. One table of fields serves all of them. */
#ifndef POSTHOUSE_SM_PEP_SETTINGS_H
#define POSTHOUSE_SM_PEP_SETTINGS_H

#include "common/config/config.h"
#include "common/stanza/stanza.h"

/* Joins lists in one slice; XML cannot contain it. */
#define PEP_SEPARATOR '\x1f'

/* Whether an item is in a joined list. */
bool pep_list_has(struct str joined, struct str item);

/* Who may read (XEP-0060 §4.5). */
enum pep_access { PEP_OPEN, PEP_PRESENCE, PEP_ROSTER, PEP_WHITELIST };
/* When the last item is sent to those who have not seen it. */
enum pep_send_last { PEP_NEVER, PEP_ON_SUB, PEP_ON_SUB_AND_PRESENCE };

struct pep_settings {
    enum pep_access access;
    enum pep_send_last send_last;
    uint64_t max_items; /* 0: as many as sm.pep-max-items */
    bool persists, delivers, with_payloads;
    bool notifies_retract, notifies_delete, notifies_config;
    struct str groups; /* of the roster, joined; may be absent, as these: */
    struct str title, type;
};

/* XEP-0163 §5. */
void pep_settings_default(struct pep_settings *settings);

enum pep_form {
    PEP_FORM_OK,
    PEP_FORM_UNKNOWN, /* a field that no node has; all others are read */
    PEP_FORM_BAD      /* a value that its field cannot have */
};
/* Changes what a form tells. Strings are in the arena, or the form's. */
MUST_CHECK enum pep_form pep_settings_read(struct pep_settings *settings,
                                           const struct config *config,
                                           struct arena *arena,
                                           const struct xml *form);
/* Whether all that a form asks for is so (§7.1.5); what is unknown is not. */
MUST_CHECK bool pep_settings_meet(const struct pep_settings *settings,
                                  const struct config *config,
                                  struct arena *arena, const struct xml *form);
/* Adds a form: with labels, in the language of the query `asked`, and options;
 * as it is kept when asked is NULL. */
struct xml *pep_settings_write(const struct pep_settings *settings,
                               struct xml *parent, const struct xml *asked);
/* A copy with strings of its own on the heap, and their end. */
void pep_settings_dup(struct pep_settings *into,
                      const struct pep_settings *settings);
/* Frees the strings of a copy. */
void pep_settings_clear(struct pep_settings *settings);

#endif

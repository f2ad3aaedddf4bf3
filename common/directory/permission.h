/* What people may do. Each permission is a property: of the account; else of the
 * department that is nearest on the way up from the main department, then from
 * the others by rank; else of the server; else the configuration decides. One
 * pure function answers for all, and tells where its answer comes from. */
#ifndef POSTHOUSE_DIRECTORY_PERMISSION_H
#define POSTHOUSE_DIRECTORY_PERMISSION_H

#include "../stanza/stanza.h"
#include "directory.h"

enum permission {
    MAY_CHAT_OUTSIDE, /* with people of other branches of the tree */
    MAY_FEDERATE,     /* with other servers */
    MAY_SEND_FILE,
    MAY_UPLOAD, /* by HTTP (XEP-0363), whoever may offer files at all */
    MAY_CREATE_ROOM,
    MAY_BROADCAST,
    MAY_SEARCH,
    MAY_REGISTER, /* change the password or remove the account in band */
    MAX_ROSTER,   /* contacts of one's own */
    MAX_OFFLINE,  /* messages kept */
    MAX_OFFLINE_BYTES,
    MAX_UPLOAD_SIZE, /* bytes of one file */
    PERMISSION_COUNT
};

struct permission_row {
    const char *name; /* of the property: yes or no, or a number (0: no limit) */
    bool is_number;
    const char *option; /* of the default in the configuration */
    enum stanza_error refusal;
    const char *text; /* for who is refused */
};
extern const struct permission_row permission_rows[PERMISSION_COUNT];

/* PERMISSION_COUNT when there is none of this name. */
enum permission permission_by_name(struct str name);
/* Whether the text is a value of this permission. */
MUST_CHECK bool permission_is_value(enum permission permission,
                                    struct str value);

enum permission_source {
    BY_ACCOUNT,
    BY_DEPARTMENT,
    BY_SERVER,
    BY_CONFIGURATION
};

struct decision {
    bool is_allowed; /* of a number: always */
    int64_t number;
    enum permission_source source;
    /* BY_DEPARTMENT: whose property it is, and from which of his departments the
     * person has it. */
    const struct directory_department *department, *member_of;
};

/* directory and person may be NULL. A property whose value makes no sense is
 * passed over. */
struct decision permission_decide(const struct directory *directory,
                                  const struct directory_person *person,
                                  enum permission permission,
                                  const struct config *config);

#endif

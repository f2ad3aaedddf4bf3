/* Rules on files that people offer each other: by whom to whom, how large, of
 * what name and type. They live in the database, and here in memory. */
#ifndef POSTHOUSE_SM_TRANSFER_H
#define POSTHOUSE_SM_TRANSFER_H

#include "sm/duty.h"
#include "sm/sm.h"

/* One file of an offer. Slices are borrowed from its stanza. */
struct transfer_file {
    struct str name;
    struct str mime; /* absent: not told */
    uint64_t size;
    bool has_size;
    bool is_wanted; /* goes to the stanza's sender, who asks for it or takes it
                     */
};

/* Calls `visit` for each file that a stanza offers: stream initiation
 * (XEP-0096), Jingle (XEP-0234), published streams (XEP-0137). */
void transfer_each_file(const struct xml *stanza,
                        void (*visit)(void *ctx,
                                      const struct transfer_file *file),
                        void *ctx);

enum transfer_action { TRANSFER_ALLOW, TRANSFER_REFUSE, TRANSFER_LOG };

/* A row of transfer_rule; the rules copy it. */
struct transfer_row {
    struct str id, domain, action, direction;
    struct str larger_than;  /* absent: any size */
    struct str name_pattern; /* absent: any */
    struct str mime_pattern;
    struct str reason;
    struct str members; /* joined by TRANSFER_SEPARATOR; absent: everybody */
};
#define TRANSFER_SEPARATOR '\x1f'

struct transfer_rules;
/* An empty list: everything is allowed. The caller frees it. */
struct transfer_rules *transfer_rules_new(void);
/* NULL is allowed. */
void transfer_rules_free(struct transfer_rules *rules);
/* Adds a rule behind the others. False when the row makes no sense. */
MUST_CHECK bool transfer_rules_add(struct transfer_rules *rules,
                                   const struct transfer_row *row);

/* Two people, and which of them are ours. */
struct transfer_parties {
    const struct jid *from, *to;
    bool from_is_local, to_is_local;
    bool is_proxy; /* `to` is not a person but the proxy, which is asked for its
                      address or to activate a bytestream */
    bool is_upload; /* `to` is the upload service, and nobody knows to whom the
                       file goes: rules on files for anybody hold */
};
struct transfer_verdict {
    enum transfer_action action;
    struct str rule;   /* its id; absent: no rule decided */
    struct str reason; /* for who is refused; may be empty */
    bool is_logged;    /* some rule asks for a line in the log */
};
/* What the rules (NULL: none) say of a file. */
struct transfer_verdict transfer_judge(const struct transfer_rules *rules,
                                       const struct transfer_parties *parties,
                                       const struct transfer_file *file);

/* Whether a stanza that enters the suite may go on. When a rule refuses a file
 * of it the sender has been answered with not-acceptable, or with forbidden
 * when he may not use the proxy. */
MUST_CHECK bool transfer_may_pass(struct sm *sm, struct duty *duty,
                                  const struct xml *stanza,
                                  const struct jid *from, const struct jid *to);

#endif

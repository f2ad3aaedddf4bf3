/* Why a login is refused: what the client is told, and what the log says. */
#ifndef POSTHOUSE_AUTHD_REFUSAL_H
#define POSTHOUSE_AUTHD_REFUSAL_H

#include "common/stanza/stanza.h"

enum refusal {
    REFUSE_NOT, /* the login is right */
    REFUSE_MALFORMED,
    REFUSE_ENCODING,
    REFUSE_MECHANISM,
    REFUSE_INSECURE,
    REFUSE_DOMAIN,
    REFUSE_AUTHZID,
    REFUSE_UNKNOWN,
    REFUSE_PASSWORD,
    REFUSE_BINDING,
    REFUSE_CERTIFICATE,
    REFUSE_DISABLED,
    REFUSE_RATE,
    REFUSE_BUSY,
    REFUSE_STORE,
    REFUSE_ELSEWHERE,
    REFUSE_EXPIRED
};

struct refusal_row {
    const char *condition;   /* of SASL (RFC 6120 §6.5) */
    const char *reason;      /* in the log */
    const char *text;        /* for a person, or NULL */
    bool counts;             /* against the rates of failed logins */
    enum stanza_error error; /* of a legacy login */
};
/* The row of a refusal; never NULL. */
const struct refusal_row *refusal_row(enum refusal refusal);

#endif

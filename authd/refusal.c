#include "refusal.h"

/* Whatever depends on the account looks the same to the client, save for one
 * who has proved that it is his. */
static const struct refusal_row rows[] = {
    [REFUSE_MALFORMED] = {"malformed-request", "malformed", NULL, false,
                          ERR_BAD_REQUEST},
    [REFUSE_ENCODING] = {"incorrect-encoding", "base64", NULL, false,
                         ERR_BAD_REQUEST},
    [REFUSE_MECHANISM] = {"invalid-mechanism", "mechanism", NULL, false,
                          ERR_NOT_ALLOWED},
    [REFUSE_INSECURE] = {"encryption-required", "insecure", NULL, false,
                         ERR_NOT_ALLOWED},
    [REFUSE_DOMAIN] = {"not-authorized", "unserved-domain", NULL, false,
                       ERR_NOT_AUTHORIZED},
    [REFUSE_AUTHZID] = {"invalid-authzid", "authzid", NULL, false,
                        ERR_NOT_AUTHORIZED},
    [REFUSE_UNKNOWN] = {"not-authorized", "unknown-account", NULL, true,
                        ERR_NOT_AUTHORIZED},
    [REFUSE_PASSWORD] = {"not-authorized", "bad-password", NULL, true,
                         ERR_NOT_AUTHORIZED},
    [REFUSE_BINDING] = {"not-authorized", "channel-binding", NULL, false,
                        ERR_NOT_AUTHORIZED},
    [REFUSE_CERTIFICATE] = {"not-authorized", "certificate", NULL, true,
                            ERR_NOT_AUTHORIZED},
    [REFUSE_DISABLED] = {"account-disabled", "account-disabled", NULL, false,
                         ERR_NOT_AUTHORIZED},
    [REFUSE_RATE] = {"temporary-auth-failure", "rate",
                     "Too many failed logins; try again later.", false,
                     ERR_RESOURCE_CONSTRAINT},
    [REFUSE_BUSY] = {"temporary-auth-failure", "busy", NULL, false,
                     ERR_RESOURCE_CONSTRAINT},
    [REFUSE_STORE] = {"temporary-auth-failure", "database", NULL, false,
                      ERR_INTERNAL_SERVER_ERROR},
    [REFUSE_ELSEWHERE] = {"temporary-auth-failure", "ldap", NULL, false,
                      ERR_INTERNAL_SERVER_ERROR},
    [REFUSE_EXPIRED] = {"temporary-auth-failure", "expired", NULL, false,
                        ERR_INTERNAL_SERVER_ERROR},
};

const struct refusal_row *refusal_row(enum refusal refusal)
{
    return &rows[refusal];
}

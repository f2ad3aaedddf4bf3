/* PLAIN (RFC 4616). */
#include "mechanism.h"
#include "password.h"

#include "common/jid/jid.h"

static void on_decided(struct request *request, enum refusal refusal)
{
    if (refusal == REFUSE_NOT)
        exchange_succeed(request, STR_NONE);
    else
        exchange_refuse(request, refusal);
}

void plain_start(struct request *request, struct str data)
{
    struct str rest = data;
    struct str authzid = str_cut(&rest, '\0');
    struct str username = str_cut(&rest, '\0');

    if (!rest.p || username.len == 0 || rest.len == 0 ||
        !xml_utf8_valid(authzid) || !xml_utf8_valid(username) ||
        !xml_utf8_valid(rest)) {
        exchange_refuse(request, REFUSE_MALFORMED);
        return;
    }
    request->local = jid_prep_local(&request->arena, username);
    if (!authzid_is_self(request, authzid)) {
        exchange_refuse(request, REFUSE_AUTHZID);
        return;
    }
    password_judge(request, username, rest, on_decided);
}

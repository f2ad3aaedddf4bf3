/* Logins without a password: EXTERNAL by a client certificate (XEP-0178) and
 * ANONYMOUS (RFC 4505, XEP-0175). */
#include "mechanism.h"

#include "common/codec/codec.h"
#include "common/jid/jid.h"

#include <string.h>

static void on_account(struct request *request)
{
    if (!request->account.exists)
        exchange_refuse(request, REFUSE_UNKNOWN);
    else if (!request->account.enabled)
        exchange_refuse(request, REFUSE_DISABLED);
    else
        exchange_succeed(request, STR_NONE);
}

/* How many addresses of the stream's domain the certificate has; *found is the
 * last of them, or the one that was asked for. */
static size_t choose(struct request *request, const struct jid *asked,
                     struct jid *found)
{
    struct str rest = request->cert;
    size_t count = 0;

    while (rest.p) {
        struct str word = str_cut(&rest, ' ');
        struct jid jid;

        if (!jid_parse(&jid, &request->arena, word) || !jid.local.p ||
            !jid_is_bare(&jid) || !str_eq(jid.domain, request->domain))
            continue;
        if (asked && !jid_eq(&jid, asked))
            continue;
        *found = jid;
        count++;
    }
    return count;
}

void external_start(struct request *request, struct str data)
{
    struct jid asked, found;
    bool named = data.len > 0;

    if (!xml_utf8_valid(data)) {
        exchange_refuse(request, REFUSE_MALFORMED);
        return;
    }
    if (named && !jid_parse(&asked, &request->arena, data)) {
        exchange_refuse(request, REFUSE_AUTHZID);
        return;
    }
    if (choose(request, named ? &asked : NULL, &found) != 1) {
        exchange_refuse(request, named ? REFUSE_AUTHZID : REFUSE_CERTIFICATE);
        return;
    }
    request->local = found.local;
    request_load(request, on_account);
}

/* A name with so many random bits that nobody can guess it and no account has
 * it. The trace in the data is ignored. */
void anonymous_start(struct request *request, struct str data)
{
    unsigned char bytes[16];
    struct str hex;

    (void)data;
    random_bytes(bytes, sizeof(bytes));
    hex = hex_encode(&request->arena,
                     (struct str){(const char *)bytes, sizeof(bytes)});
    request->local = arena_printf(&request->arena, "guest-%.*s", STR_ARG(hex));
    exchange_succeed(request, STR_NONE);
}

#include "mechanism.h"

#include "common/jid/jid.h"

static const struct mechanism mechanisms[] = {
    {.name = "SCRAM-SHA-256-PLUS",
     .start = scram_start,
     .respond = scram_respond,
     .secure_only = true,
     .hash = SCRAM_SHA256,
     .plus = true},
    {.name = "SCRAM-SHA-256",
     .start = scram_start,
     .respond = scram_respond,
     .hash = SCRAM_SHA256},
    {.name = "SCRAM-SHA-1-PLUS",
     .start = scram_start,
     .respond = scram_respond,
     .secure_only = true,
     .hash = SCRAM_SHA1,
     .plus = true},
    {.name = "SCRAM-SHA-1",
     .start = scram_start,
     .respond = scram_respond,
     .hash = SCRAM_SHA1},
    {.name = "DIGEST-MD5",
     .start = digest_start,
     .respond = digest_respond,
     .optional = true},
    {.name = "PLAIN", .start = plain_start, .secure_only = true},
    {.name = "EXTERNAL", .start = external_start, .secure_only = true},
    {.name = "ANONYMOUS", .start = anonymous_start, .optional = true},
};

/* ANONYMOUS belongs to domains of its own. */
static bool is_enabled(const struct authd *authd, struct str domain,
                       struct str name)
{
    if (str_is(name, "ANONYMOUS"))
        return config_list_has(authd->config, "authd.anonymous-domains",
                               domain);
    /* There is nothing that a proof could be checked against. */
    if (ldap_serves(authd->config, domain) && !str_is(name, "PLAIN") &&
        !str_is(name, "EXTERNAL"))
        return false;
    if (str_is(name, "DIGEST-MD5") &&
        !config_bool(authd->config, "authd.digest-md5"))
        return false;
    return config_list_has(authd->config, "authd.mechanisms", name);
}

const struct mechanism *mechanism_find(const struct authd *authd,
                                       struct str domain, struct str name)
{
    for (size_t i = 0; i < COUNT_OF(mechanisms); i++)
        if (str_is(name, mechanisms[i].name))
            return is_enabled(authd, domain, name) ? &mechanisms[i] : NULL;
    return NULL;
}

bool authzid_is_self(struct request *request, struct str authzid)
{
    struct jid jid;

    if (!authzid.p || authzid.len == 0)
        return true;
    return request->local.p && jid_parse(&jid, &request->arena, authzid) &&
           jid_is_bare(&jid) && str_eq(jid.bare, request_jid(request));
}

bool list_has(struct str list, struct str name)
{
    while (list.p) {
        struct str word = str_cut(&list, ' ');

        if (word.len > 0 && str_eq(word, name))
            return true;
    }
    return false;
}

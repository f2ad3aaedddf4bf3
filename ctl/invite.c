/* Invitations to register (XEP-0401). */
#include <stdlib.h>
#include <string.h>

#include "common/codec/codec.h"
#include "common/invitation/invitation.h"
#include "ctl.h"
#include "ctl_statements.h"

#define USUAL_HOURS "168"
#define MOST_HOURS  8760

static bool read_hours(struct ctl *ctl, struct str *hours)
{
    const char *text = ctl_option(ctl, "--expires");
    char *end;
    long value = strtol(text ? text : USUAL_HOURS, &end, 10);

    *hours = arena_printf(&ctl->arena, "%ld", value);
    if (*end == '\0' && value >= 1 && value <= MOST_HOURS)
        return true;
    ctl_refuse("--expires: expected a number of hours from 1 to %d",
               MOST_HOURS);
    return false;
}

/* XEP-0445 §3: with the account's name when that is settled. */
static void print_invitation(const struct ctl *ctl, const struct jid *jid,
                             struct str token, const char *expires)
{
    if (ctl->dry)
        return;
    printf(ctl->json ? "{\"uri\": \"xmpp:%.*s?register;preauth=%.*s\", "
                       "\"expires\": \"%s\"}\n"
                     : "xmpp:%.*s?register;preauth=%.*s\t%s\n",
           STR_ARG(jid->bare), STR_ARG(token), expires);
}

int invite_add(struct ctl *ctl)
{
    struct jid jid = {0};
    struct str hours, token;
    PGresult *result;
    int status = EXIT_REFUSED;

    if (!read_hours(ctl, &hours) ||
        !(ctl->argc > 0 ? ctl_account(ctl, ctl->argv[0], &jid)
                        : ctl_domain(ctl, &jid.domain)))
        return EXIT_REFUSED;
    if (!jid.local.p)
        jid.bare = jid.domain;
    token = random_id(&ctl->arena, INVITATION_TOKEN_CHARS);
    result =
        ctl_run(ctl, CTL_INVITE_ADD,
                (struct str[]){jid.domain,
                               invitation_hash(&ctl->arena, jid.domain, token),
                               jid.local.p ? jid.local : STR(""), hours});
    if (!result)
        return EXIT_REFUSED;
    if (PQntuples(result) == 0) {
        ctl_refuse("the account exists already");
    } else {
        print_invitation(ctl, &jid, token, PQgetvalue(result, 0, 0));
        status = EXIT_SUCCESS;
    }
    PQclear(result);
    return status;
}

int invite_list(struct ctl *ctl)
{
    PGresult *result =
        ctl_run(ctl, CTL_INVITE_LIST,
                (struct str[]){str_of(ctl_option(ctl, "--domain"))});

    if (!result)
        return EXIT_REFUSED;
    ctl_print(ctl, result);
    PQclear(result);
    return EXIT_SUCCESS;
}

/* The token, or the whole URI that has it at its end. */
int invite_del(struct ctl *ctl)
{
    const char *sign = strrchr(ctl->argv[0], '=');
    struct str token = str_of(sign ? sign + 1 : ctl->argv[0]);
    struct str domain, hash;
    long count;

    if (!ctl_domain(ctl, &domain))
        return EXIT_REFUSED;
    hash = invitation_hash(&ctl->arena, domain, token);
    count = hash.p
                ? ctl_change(ctl, CTL_INVITE_DEL, (struct str[]){domain, hash})
                : 0;
    if (count == 0)
        ctl_refuse("there is no such invitation");
    return count > 0 ? EXIT_SUCCESS : EXIT_REFUSED;
}

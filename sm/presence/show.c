/* What others see of a session (RFC 6121 §4.2, §4.3, §4.6). */
#include "sm/presence/show.h"

#include <utlist.h>

#include "sm/pep/convert.h"
#include "sm/presence/presence.h"
#include "sm/quiet/quiet.h"
#include "sm/route.h"

void presence_send(struct sm *sm, struct duty *duty, struct xml *presence,
                   struct str to)
{
    xml_set(presence, STR("to"), to);
    sm->presences++;
    route(sm, duty, presence);
}

bool presence_may_show(const struct session *session, struct str contact)
{
    struct sm *sm = session->account->sm;
    struct jid jid;

    return jid_parse(&jid, &sm->arena, contact) &&
           privacy_allows(session->account, session, &jid,
                          PRIVACY_PRESENCE_OUT);
}

struct xml *presence_last(const struct session *session)
{
    struct sm *sm = session->account->sm;
    struct xml *presence = xml_parse(sm->parser, &sm->arena, session->presence);

    if (presence)
        convert_stamp(session->account, presence);
    if (presence)
        quiet_stamp(session, presence);
    if (presence && sm->now_ms - session->presence_ms >= 1000)
        stanza_add_delay(presence, session->jid.full, session->presence_ms,
                         NULL);
    return presence;
}

struct xml *presence_unavailable(struct sm *sm, struct str from)
{
    struct xml *presence = xml_new(&sm->arena, NS_CLIENT, STR("presence"));

    xml_set(presence, STR("from"), from);
    xml_set(presence, STR("type"), STR("unavailable"));
    return presence;
}

bool presence_is_shown(const struct session *session)
{
    return session->is_available && !session->is_doomed &&
           !session->is_invisible;
}

void presence_show_one(struct session *session, struct duty *duty,
                       struct str to, bool available)
{
    struct sm *sm = session->account->sm;
    struct xml *presence;

    if (!presence_is_shown(session) ||
        (available && !presence_may_show(session, to)))
        return;
    presence = available ? presence_last(session)
                         : presence_unavailable(sm, session->jid.full);
    if (presence)
        presence_send(sm, duty, presence, to);
}

void presence_show(struct account *account, struct duty *duty, struct str to,
                   bool available)
{
    struct session *session;

    DL_FOREACH(account->sessions, session)
    presence_show_one(session, duty, to, available);
}

void presence_hide_contact(struct session *session, struct duty *duty,
                           struct str contact)
{
    session_send(session, duty,
                 presence_unavailable(session->account->sm, contact));
}

void presence_say(struct sm *sm, struct duty *duty, struct str from,
                  const char *type, struct str to)
{
    struct xml *presence = xml_new(&sm->arena, NS_CLIENT, STR("presence"));

    xml_set(presence, STR("from"), from);
    if (type)
        xml_set(presence, STR("type"), str_of(type));
    presence_send(sm, duty, presence, to);
}

void presence_probe(struct session *session, struct duty *duty,
                    struct str contact)
{
    presence_say(session->account->sm, duty, session->jid.full, "probe",
                 contact);
}

#include "sm/privacy/forged.h"

#include "common/archive/archive.h"

/* Which accounts and domains are ours is told by the address as it is meant,
 * not as it is spelled: clients compare it in that way too. */
static bool read_own(struct sm *sm, struct str address, struct jid *jid)
{
    return address.len && jid_parse(jid, &sm->arena, address) &&
           sm_serves(sm, jid->domain);
}

static bool is_stamp(struct sm *sm, const struct xml *child)
{
    struct jid by;

    return xml_is(child, NS_STANZA_ID, "stanza-id") &&
           read_own(sm, xml_get(child, "by"), &by);
}

/* A client may tell that it kept something back itself. */
static bool is_delay(struct sm *sm, const struct xml *child)
{
    struct jid from;

    return xml_is(child, NS_DELAY, "delay") &&
           read_own(sm, xml_get(child, "from"), &from) && !from.resource.len;
}

static bool is_carbon(const struct xml *child)
{
    return str_eq(child->ns, NS_CARBONS) && !str_is(child->name, "private");
}

static bool is_own_talk(struct sm *sm, const struct xml *child)
{
    return is_carbon(child) || is_stamp(sm, child) || is_delay(sm, child);
}

static bool is_server_talk(struct sm *sm, const struct xml *child)
{
    return is_own_talk(sm, child) || xml_is(child, NS_MAM, "result");
}

static void strip(struct sm *sm, struct xml *message,
                  bool (*is_forged)(struct sm *sm, const struct xml *child))
{
    struct xml *child = xml_child(message, STR_NONE, NULL), *next;

    for (; child; child = next) {
        next = xml_next(child, STR_NONE, NULL);
        if (is_forged(sm, child))
            xml_remove(child);
    }
}

void forged_strip_from_client(struct sm *sm, struct xml *message)
{
    strip(sm, message, is_server_talk);
}

void forged_strip_from_room(struct sm *sm, struct xml *message)
{
    strip(sm, message, is_server_talk);
}

void forged_strip_for_user(struct sm *sm, struct xml *message)
{
    strip(sm, message, is_own_talk);
}

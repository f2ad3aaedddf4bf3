#include "sm/groups/multicast.h"

#include "sm/admin/permit.h"
#include "sm/route.h"

/* The kinds of address that a copy goes to (§4.1). */
static bool is_recipient(const struct xml *address)
{
    struct str type = xml_get(address, "type");

    return (str_is(type, "to") || str_is(type, "cc") || str_is(type, "bcc")) &&
           !str_is(xml_get(address, "delivered"), "true");
}

/* Whether every address is one, and how many they are. */
static bool check(struct sm *sm, const struct xml *addresses, int64_t *count)
{
    const struct xml *address;
    struct jid jid;

    *count = 0;
    for (address = xml_child(addresses, NS_ADDRESS, "address"); address;
         address = xml_next(address, NS_ADDRESS, "address")) {
        if (!is_recipient(address))
            continue;
        ++*count;
        if (!jid_parse(&jid, &sm->arena, xml_get(address, "jid")) ||
            !jid.local.len)
            return false;
    }
    return true;
}

/* What a recipient sees of the others: not those who are to be unseen (§4.1.4),
 * and that the copies are made (§4.4). */
static void hide_and_mark(struct xml *addresses)
{
    struct xml *address = xml_child(addresses, NS_ADDRESS, "address"), *next;

    for (; address; address = next) {
        next = xml_next(address, NS_ADDRESS, "address");
        if (str_is(xml_get(address, "type"), "bcc"))
            xml_remove(address);
        else if (is_recipient(address))
            xml_set(address, STR("delivered"), STR("true"));
    }
}

static void send_copies(struct account *account, struct duty *duty,
                        const struct xml *message)
{
    struct sm *sm = account->sm;
    const struct xml *addresses = xml_child(message, NS_ADDRESS, "addresses");
    const struct xml *address;

    for (address = xml_child(addresses, NS_ADDRESS, "address"); address;
         address = xml_next(address, NS_ADDRESS, "address")) {
        struct xml *copy;
        struct jid to;

        if (!is_recipient(address) ||
            !jid_parse(&to, &sm->arena, xml_get(address, "jid")))
            continue;
        copy = xml_dup(&sm->arena, message);
        hide_and_mark(xml_child(copy, NS_ADDRESS, "addresses"));
        xml_set(copy, STR("to"), to.full);
        if (permit_stanza(account, duty, copy, &to))
            route(sm, duty, copy);
    }
}

void multicast(struct sm *sm, struct duty *duty, const struct xml *message,
               const struct jid *from)
{
    const struct xml *addresses = xml_child(message, NS_ADDRESS, "addresses");
    int64_t most = config_int(sm->config, "sm.multicast-limit");
    struct account *account = account_find(sm, from->bare);
    int64_t count;

    if (!account)
        route_error(sm, duty, message, ERR_SERVICE_UNAVAILABLE, NULL);
    else if (!addresses || !check(sm, addresses, &count) || count == 0)
        route_error(sm, duty, message, ERR_JID_MALFORMED,
                    "Each address needs the JID of somebody");
    else if (most && count > most)
        route_error(sm, duty, message, ERR_NOT_ACCEPTABLE,
                    "Too many addresses");
    else
        send_copies(account, duty, message);
}

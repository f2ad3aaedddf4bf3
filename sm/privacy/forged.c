#include "sm/privacy/forged.h"

#include "common/archive/archive.h"

static bool is_by(const struct xml *child, const char *attribute,
                  const struct account *account)
{
    struct str by = xml_get(child, attribute);

    return str_eq(by, account->jid.bare) || str_eq(by, account->jid.domain);
}

static bool is_stamp(const struct account *account, const struct xml *child)
{
    return xml_is(child, NS_STANZA_ID, "stanza-id") &&
           is_by(child, "by", account);
}

static bool is_carbon(const struct account *account, const struct xml *child)
{
    (void)account;
    return str_eq(child->ns, NS_CARBONS) && !str_is(child->name, "private");
}

static bool is_server_talk(const struct account *account,
                           const struct xml *child)
{
    return is_stamp(account, child) || is_carbon(account, child) ||
           xml_is(child, NS_MAM, "result") ||
           (xml_is(child, NS_DELAY, "delay") && is_by(child, "from", account));
}

static bool is_account_talk(const struct account *account,
                            const struct xml *child)
{
    return is_stamp(account, child) || is_carbon(account, child);
}

static void strip(struct account *account, struct xml *message,
                  bool (*is_forged)(const struct account *account,
                                    const struct xml *child))
{
    struct xml *child = xml_child(message, STR_NONE, NULL), *next;

    for (; child; child = next) {
        next = xml_next(child, STR_NONE, NULL);
        if (is_forged(account, child))
            xml_remove(child);
    }
}

void forged_strip_from_client(struct account *sender, struct xml *message)
{
    strip(sender, message, is_server_talk);
}

void forged_strip_for(struct account *recipient, struct xml *message)
{
    strip(recipient, message, is_account_talk);
}

#include "services.h"

#include <stdlib.h>
#include <string.h>

#define NS_DISCO_INFO  "http://jabber.org/protocol/disco#info"
#define NS_DISCO_ITEMS "http://jabber.org/protocol/disco#items"
#define MAX_SERVICES   20

struct search {
    const char *category, *type;
    service_found *found;
    void *data;
    unsigned asked; /* services that have not answered yet */
    bool is_over;
};

static void end(struct app *app, struct search *search, const char *jid)
{
    search->is_over = true;
    search->found(app, jid, search->data);
}

static bool is_one(const struct search *search, xmpp_stanza_t *answer)
{
    xmpp_stanza_t *query =
        answer ? xmpp_stanza_get_child_by_name(answer, "query") : NULL;
    xmpp_stanza_t *child = query ? xmpp_stanza_get_children(query) : NULL;

    for (; child; child = xmpp_stanza_get_next(child)) {
        const char *name = xmpp_stanza_get_name(child);
        const char *category = xmpp_stanza_get_attribute(child, "category");
        const char *type = xmpp_stanza_get_attribute(child, "type");

        if (name && strcmp(name, "identity") == 0 && category && type &&
            strcmp(category, search->category) == 0 &&
            strcmp(type, search->type) == 0)
            return true;
    }
    return false;
}

/* One that does not answer keeps nobody waiting. */
static void on_info(struct app *app, xmpp_stanza_t *answer, void *data)
{
    struct search *search = data;
    const char *from = answer ? xmpp_stanza_get_from(answer) : NULL;

    search->asked--;
    if (!search->is_over && from && is_one(search, answer))
        end(app, search, from);
    if (search->asked > 0)
        return;
    if (!search->is_over)
        end(app, search, "");
    free(search);
}

static void on_items(struct app *app, xmpp_stanza_t *answer, void *data)
{
    struct search *search = data;
    xmpp_stanza_t *query =
        answer ? xmpp_stanza_get_child_by_name(answer, "query") : NULL;
    xmpp_stanza_t *item = query ? xmpp_stanza_get_children(query) : NULL;

    for (; item && search->asked < MAX_SERVICES;
         item = xmpp_stanza_get_next(item)) {
        const char *jid = xmpp_stanza_get_attribute(item, "jid");

        if (!jid || xmpp_stanza_get_attribute(item, "node"))
            continue;
        search->asked++;
        ask(app, "get", jid, on_info, search,
            "<query xmlns='" NS_DISCO_INFO "'/>");
    }
    if (search->asked > 0)
        return;
    end(app, search, "");
    free(search);
}

void service_find(struct app *app, const char *category, const char *type,
                  service_found *found, void *data)
{
    struct search *search = NEW(struct search);
    char *domain = own_domain(app, "");

    search->category = category;
    search->type = type;
    search->found = found;
    search->data = data;
    ask(app, "get", domain, on_items, search,
        "<query xmlns='" NS_DISCO_ITEMS "'/>");
    free(domain);
}

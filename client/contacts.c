/* Whom we know: a list by bare JID. */
#include <stdlib.h>
#include <string.h>

#include "phchat.h"

bool same_bare(const char *a, const char *b)
{
    size_t length = strcspn(b, "/");

    return strcspn(a, "/") == length && strncmp(a, b, length) == 0;
}

bool is_own(const struct app *app, const char *from)
{
    return !from || same_bare(from, xmpp_conn_get_bound_jid(app->conn));
}

struct contact *contact_find(const struct app *app, const char *jid)
{
    struct contact *contact = app->contacts;

    while (contact && !same_bare(contact->jid, jid))
        contact = contact->next;
    return contact;
}

struct contact *contact_get(struct app *app, const char *jid)
{
    struct contact *contact = contact_find(app, jid);

    if (contact)
        return contact;
    contact = NEW(struct contact);
    contact->jid = str_dup_heap((struct str){jid, strcspn(jid, "/")});
    contact->next = app->contacts;
    app->contacts = contact;
    return contact;
}

char *contact_address(const struct app *app, const char *word)
{
    struct buf text = {0};
    char *address, *domain;

    for (struct contact *c = app->contacts; c; c = c->next)
        if (c->name && strcmp(c->name, word) == 0)
            return str_dup_heap(str_of(c->jid));
    domain = own_domain(app, "");
    buf_add_text(&text, word);
    if (!strchr(word, '@'))
        buf_printf(&text, "@%s", domain);
    address = str_dup_heap(buf_view(&text));
    buf_clear(&text);
    free(domain);
    return address;
}

void contact_add_group(struct contact *contact, const char *group)
{
    struct group *added = NEW(struct group);
    struct group **link = &contact->groups;

    while (*link)
        link = &(*link)->next;
    added->name = str_dup_heap(str_of(group));
    *link = added;
}

void contact_clear_groups(struct contact *contact)
{
    while (contact->groups) {
        struct group *group = contact->groups;

        contact->groups = group->next;
        free(group->name);
        free(group);
    }
}

bool contact_is_in(const struct contact *contact, const char *group)
{
    for (const struct group *g = contact->groups; g; g = g->next)
        if (strcmp(g->name, group) == 0)
            return true;
    return false;
}

void contacts_free(struct app *app)
{
    while (app->contacts) {
        struct contact *contact = app->contacts;

        app->contacts = contact->next;
        contact_clear_groups(contact);
        free(contact->jid);
        free(contact->name);
        free(contact->resource);
        free(contact->show);
        free(contact);
    }
}

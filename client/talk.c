/* What is said, and to whom. */
#include <stdlib.h>
#include <string.h>

#include "commands.h"

/* A script leaves when the server has taken what it said, and has had the time
 * to refuse it: it handles what one client says in order. */
static void settle(struct app *app)
{
    char *domain = own_domain(app, "");

    if (!app->is_interactive)
        ask(app, "get", domain, NULL, NULL, "<ping xmlns='urn:xmpp:ping'/>");
    free(domain);
}

void talk_send(struct app *app, char **words, int count)
{
    char *to = contact_address(app, words[0]);

    (void)count;
    message_send(app, to, "chat", words[1]);
    settle(app);
    free(to);
}

void talk_to(struct app *app, char **words, int count)
{
    char *jid = contact_address(app, words[0]);

    history_show(app, words, count);
    partner_set(app, jid, false);
}

/* One message to chosen people, "a,b,c". */
void talk_all(struct app *app, char **words, int count)
{
    char *save = NULL;

    (void)count;
    for (char *word = strtok_r(words[0], ",", &save); word;
         word = strtok_r(NULL, ",", &save)) {
        char *to = contact_address(app, word);

        message_send(app, to, "chat", words[1]);
        free(to);
    }
    settle(app);
}

/* One message to everybody of a group of the roster. */
void talk_group(struct app *app, char **words, int count)
{
    unsigned sent = 0;

    (void)count;
    for (struct contact *c = app->contacts; c; c = c->next) {
        if (!contact_is_in(c, words[0]))
            continue;
        message_send(app, c->jid, "chat", words[1]);
        sent++;
    }
    if (sent == 0) {
        SHOW(app, "error", {"text", "Nobody is in this group"});
        app->status = EXIT_REFUSED;
    }
    settle(app);
}

void partner_set(struct app *app, char *jid, bool is_room)
{
    struct contact *contact = jid ? contact_find(app, jid) : NULL;

    free(app->partner);
    app->partner = jid;
    app->partner_is_room = is_room;
    if (contact)
        contact->unread = 0;
    editor_set_prompt(&app->editor, jid ? jid : "");
}

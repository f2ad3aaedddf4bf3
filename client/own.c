/* One's own account: its password, and what others see of it. */
#include <stdlib.h>
#include <string.h>

#include "commands.h"

void own_password(struct app *app, char **words, int count)
{
    char *user = str_dup_heap(
        (struct str){app->options.jid, strcspn(app->options.jid, "@")});

    (void)count;
    ask_and_tell(app, "set", NULL, "The password is another one now.",
                 "<query xmlns='jabber:iq:register'><username>%s</username>"
                 "<password>%s</password></query>",
                 user, words[0]);
    free(user);
}

void own_away(struct app *app, char **words, int count)
{
    (void)words, (void)count;
    say(app, "<presence><show>away</show></presence>");
}

void own_busy(struct app *app, char **words, int count)
{
    (void)words, (void)count;
    say(app, "<presence><show>dnd</show></presence>");
}

void own_back(struct app *app, char **words, int count)
{
    (void)words, (void)count;
    say(app, "<presence><priority>1</priority></presence>");
}

char *own_domain(const struct app *app, const char *service)
{
    const char *domain = strchr(app->options.jid, '@') + 1;
    struct buf text = {0};
    char *whole;

    buf_printf(&text, "%s%.*s", service, (int)strcspn(domain, "/"), domain);
    whole = str_dup_heap(buf_view(&text));
    buf_clear(&text);
    return whole;
}

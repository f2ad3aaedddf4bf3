/* A forgotten password: a letter with a code, then a new password with it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "phchat.h"

static void on_letter(struct app *app, xmpp_stanza_t *answer, void *data)
{
    (void)data;
    if (is_refused(app, answer)) {
        session_end(app, EXIT_REFUSED);
        return;
    }
    SHOW(app, "done",
         {"text", "If there is such an account with an e-mail address, a "
                  "letter with a code is on its way to it."});
    session_end(app, EXIT_SUCCESS);
}

static void on_recovered(struct app *app, xmpp_stanza_t *answer, void *data)
{
    (void)data;
    if (is_refused(app, answer)) {
        session_end(app, EXIT_REFUSED);
        return;
    }
    SHOW(app, "done", {"text", "The password is another one now."});
    session_end(app, EXIT_SUCCESS);
}

void recovery_ask(struct app *app)
{
    const struct options *options = &app->options;
    char *user =
        str_dup_heap((struct str){options->jid, strcspn(options->jid, "@")});

    if (!app->code && options->count > 1)
        app->code = str_dup_heap(str_of(options->words[1]));
    if (app->code)
        ask(app, "set", NULL, on_recovered, NULL,
            "<query xmlns='urn:posthouse:recover:0'><username>%s</username>"
            "<code>%s</code><password>%s</password></query>",
            user, app->code, options->password);
    else
        ask(app, "set", NULL, on_letter, NULL,
            "<query xmlns='urn:posthouse:recover:0'><username>%s</username>"
            "</query>",
            user);
    free(user);
}

static char *read_code(void)
{
    char *line = NULL;
    size_t size = 0;

    fputs(in_words("Code: "), stdout);
    (void)fflush(stdout);
    if (getline(&line, &size, stdin) >= 0)
        line[strcspn(line, "\r\n")] = '\0';
    return line;
}

bool recovery_goes_on(struct app *app)
{
    if (app->before_login != recovery_ask || app->code || !isatty(STDIN_FILENO))
        return false;
    app->code = read_code();
    if (!app->code || !app->code[0])
        return false;
    app->options.password = getpass(in_words("New password: "));
    return app->options.password && app->options.password[0];
}

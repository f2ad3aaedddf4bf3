/* phchat: chat and files in a terminal, for people and for scripts. */
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/text/text.h"
#include "phchat.h"

static bool ensure_password(struct options *options)
{
    bool is_letter = options->count == 1 && /* no code yet */
                     strcmp(options->words[0], "recover") == 0;

    if (is_letter)
        return true;
    if (!options->password)
        options->password = getpass(in_words("Password: "));
    if (options->password && options->password[0])
        return true;
    fputs(in_words("phchat: expected a password\n"), stderr);
    return false;
}

/* Whoever forgets a word learns it before he types his password. */
static bool verb_is_whole(struct app *app)
{
    const struct options *options = &app->options;

    return options->count == 0 || session_verb_is_early(options) ||
           command_is_whole(app, options->words, options->count);
}

int main(int argc, char **argv)
{
    struct app *app = NEW(struct app);
    int status = EXIT_USAGE;

    (void)setlocale(LC_ALL, "C.UTF-8");
    (void)signal(SIGPIPE, SIG_IGN);
    text_set_default(text_language_of_environment());
    if (options_read(&app->options, argc, argv, &status) &&
        verb_is_whole(app) && ensure_password(&app->options))
        status = session_run(app);
    transfers_free(app);
    uploads_free(app);
    contacts_free(app);
    free(app->partner);
    free(app->nick);
    free(app->code);
    free(app->untrusted);
    free(app->proxy);
    free(app->upload_service);
    free(app);
    return status;
}

/* What can be asked for, by "/verb words" or on the command line. */
#include "commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "upload.h"

#define MAX_WORDS 2 /* that a verb takes */

/* Cuts the line into as many words at the most; the last one is all the rest.
 */
static int cut(char *line, char **words, int most)
{
    int count = 0;

    line += strspn(line, " ");
    while (*line && count < most) {
        words[count++] = line;
        if (count == most)
            break;
        line += strcspn(line, " ");
        if (*line)
            *line++ = '\0';
        line += strspn(line, " ");
    }
    return count;
}

static void send_file(struct app *app, char **words, int count)
{
    char *to = contact_address(app, words[0]);

    (void)count;
    transfer_send(app, to, words[1]);
    free(to);
}

/* To whom the words say, or to whom typed text goes: a path may have spaces, and
 * is meant as a whole where there is such a file. */
static void upload(struct app *app, char **words, int count)
{
    char *rest = words[0], *to;

    (void)count;
    if (access(rest, F_OK) == 0 || cut(rest, words, 2) < 2) {
        upload_start(app, app->partner, rest);
        return;
    }
    to = contact_address(app, words[0]);
    upload_start(app, to, words[1]);
    free(to);
}

static void watch(struct app *app, char **words, int count)
{
    (void)words, (void)count;
    app->keeps_on = true;
}

static void quit(struct app *app, char **words, int count)
{
    (void)words, (void)count;
    session_end(app, app->status);
}

static void help(struct app *app, char **words, int count)
{
    (void)words, (void)count;
    editor_hide(&app->editor);
    commands_help();
    editor_show(&app->editor);
}

struct row {
    const char *verb;
    const char *words;
    int least, most;
    command *run;
};

static const struct row rows[] = {
    {"send", "JID TEXT", 2, 2, talk_send},
    {"to", "JID: what is typed from now on", 1, 1, talk_to},
    {"all", "JID,JID,... TEXT", 2, 2, talk_all},
    {"group", "GROUP TEXT", 2, 2, talk_group},
    {"history", "JID", 1, 1, history_show},
    {"roster", "", 0, 0, friends_list},
    {"add", "JID [GROUP]", 1, 2, friends_add},
    {"accept", "JID", 1, 1, friends_accept},
    {"remove", "JID", 1, 1, friends_remove},
    {"block", "JID", 1, 1, friends_block},
    {"unblock", "JID", 1, 1, friends_unblock},
    {"passwd", "NEW", 1, 1, own_password},
    {"away", "", 0, 0, own_away},
    {"dnd", "", 0, 0, own_busy},
    {"back", "", 0, 0, own_back},
    {"join", "ROOM [NICK]", 1, 2, room_join},
    {"leave", "", 0, 0, room_leave},
    {"sendfile", "JID PATH", 2, 2, send_file},
    {"upload", "[JID] PATH", 1, 1, upload},
    {"watch", "", 0, 0, watch},
    {"help", "", 0, 0, help},
    {"quit", "", 0, 0, quit},
};

void commands_help(void)
{
    puts("  register");
    printf("  recover [CODE]: %s\n",
           in_words("a letter with a code, a new password with it"));
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        printf("  %s %s\n", rows[i].verb, in_words(rows[i].words));
}

static const struct row *find(const char *verb)
{
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        if (strcmp(rows[i].verb, verb) == 0)
            return &rows[i];
    return NULL;
}

/* `row`: the verb whose words are missing; NULL: there is no such verb. */
static void refuse(struct app *app, const struct row *row)
{
    struct buf text = {0};
    char *told;

    if (row)
        buf_printf(&text, in_words("Expected: %s %s"), row->verb,
                   in_words(row->words));
    else
        buf_add_text(&text, in_words("No such command; help tells them"));
    told = str_dup_heap(buf_view(&text));
    SHOW(app, "error", {"text", told});
    free(told);
    buf_clear(&text);
    app->status = EXIT_USAGE;
}

static void run(struct app *app, const char *verb, char *rest)
{
    const struct row *row = find(verb);
    char *words[MAX_WORDS];
    int count = row ? cut(rest, words, row->most) : 0;

    if (row && count >= row->least)
        row->run(app, words, count);
    else
        refuse(app, row);
}

/* What stands behind the verb, as it would be typed. */
static char *rest_of(char **words, int count)
{
    struct buf line = {0};
    char *rest;

    for (int i = 1; i < count; i++) {
        if (i > 1)
            buf_add_char(&line, ' ');
        buf_add_text(&line, words[i]);
    }
    rest = str_dup_heap(buf_view(&line));
    buf_clear(&line);
    return rest;
}

bool command_is_whole(struct app *app, char **words, int count)
{
    const struct row *row = find(words[0]);
    char *rest = rest_of(words, count);
    char *cut_words[MAX_WORDS];
    bool is_whole = row && cut(rest, cut_words, row->most) >= row->least;

    free(rest);
    if (!is_whole)
        refuse(app, row);
    return is_whole;
}

void command_words(struct app *app, char **words, int count)
{
    char *rest = rest_of(words, count);

    run(app, words[0], rest);
    free(rest);
}

void command_line(struct app *app, char *line)
{
    if (line[0] == '/') {
        char *rest = line + strcspn(line, " ");

        if (*rest)
            *rest++ = '\0';
        run(app, line + 1, rest);
    } else if (line[0] && !app->partner) {
        SHOW(app, "error", {"text", "To whom? /to JID first"});
    } else if (line[0]) {
        message_send(app, app->partner,
                     app->partner_is_room ? "groupchat" : "chat", line);
    }
}

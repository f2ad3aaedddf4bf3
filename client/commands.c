/* What can be asked for, by "/verb words" or on the command line. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "phchat.h"

#define MAX_WORDS 64

typedef void command(struct app *app, char **words, int count);

/* The rest of the words, as they were typed but for the spaces between them. */
static char *join(char **words, int count)
{
    struct buf text = {0};
    char *joined;

    for (int i = 0; i < count; i++) {
        if (i > 0)
            buf_add_char(&text, ' ');
        buf_add_text(&text, words[i]);
    }
    joined = str_dup_heap(buf_view(&text));
    buf_clear(&text);
    return joined;
}

static void send_to(struct app *app, char **words, int count)
{
    char *to = contact_address(app, words[0]);
    char *text = join(words + 1, count - 1);

    message_send(app, to, "chat", text);
    free(to);
    free(text);
}

static void set_partner(struct app *app, char *jid, bool is_room)
{
    struct contact *contact = contact_get(app, jid);

    free(app->partner);
    app->partner = jid;
    app->partner_is_room = is_room;
    contact->unread = 0;
    editor_set_prompt(&app->editor, jid);
}

static void talk_to(struct app *app, char **words, int count)
{
    (void)count;
    set_partner(app, contact_address(app, words[0]), false);
}

/* One message to chosen people, "a,b,c". */
static void send_many(struct app *app, char **words, int count)
{
    char *text = join(words + 1, count - 1);
    char *save = NULL;

    for (char *word = strtok_r(words[0], ",", &save); word;
         word = strtok_r(NULL, ",", &save)) {
        char *to = contact_address(app, word);

        message_send(app, to, "chat", text);
        free(to);
    }
    free(text);
}

/* One message to everybody of a group of the roster. */
static void send_group(struct app *app, char **words, int count)
{
    char *text = join(words + 1, count - 1);
    unsigned sent = 0;

    for (struct contact *c = app->contacts; c; c = c->next) {
        if (!c->group || strcmp(c->group, words[0]) != 0)
            continue;
        message_send(app, c->jid, "chat", text);
        sent++;
    }
    if (sent == 0) {
        SHOW(app, "error", {"text", "Nobody is in this group"});
        app->status = EXIT_REFUSED;
    }
    free(text);
}

static void show_roster(struct app *app, char **words, int count)
{
    (void)words, (void)count;
    roster_show(app);
}

/* A friend, perhaps in a group: both shall see each other. */
static void add(struct app *app, char **words, int count)
{
    char *jid = contact_address(app, words[0]);

    ask_and_tell(app, "set", NULL, NULL,
                 count > 1 ? "<query xmlns='jabber:iq:roster'><item jid='%s'>"
                             "<group>%s</group></item></query>"
                           : "<query xmlns='jabber:iq:roster'>"
                             "<item jid='%s'/></query>",
                 jid, count > 1 ? words[1] : "");
    say(app, "<presence type='subscribed' to='%s'/>", jid);
    say(app, "<presence type='subscribe' to='%s'/>", jid);
    SHOW(app, "done", {"text", "Asked."});
    free(jid);
}

static void accept_request(struct app *app, char **words, int count)
{
    char *jid = contact_address(app, words[0]);

    (void)count;
    contact_get(app, jid)->asks = false;
    say(app, "<presence type='subscribed' to='%s'/>", jid);
    say(app, "<presence type='subscribe' to='%s'/>", jid);
    SHOW(app, "done", {"text", "Accepted."});
    free(jid);
}

static void remove_friend(struct app *app, char **words, int count)
{
    char *jid = contact_address(app, words[0]);

    (void)count;
    ask_and_tell(app, "set", NULL, "Removed.",
                 "<query xmlns='jabber:iq:roster'>"
                 "<item jid='%s' subscription='remove'/></query>",
                 jid);
    free(jid);
}

static void block(struct app *app, char **words, int count)
{
    char *jid = contact_address(app, words[0]);

    (void)count;
    ask_and_tell(app, "set", NULL, "Blocked.",
                 "<block xmlns='urn:xmpp:blocking'><item jid='%s'/></block>",
                 jid);
    free(jid);
}

static void unblock(struct app *app, char **words, int count)
{
    char *jid = contact_address(app, words[0]);

    (void)count;
    ask_and_tell(
        app, "set", NULL, "Not blocked any more.",
        "<unblock xmlns='urn:xmpp:blocking'><item jid='%s'/></unblock>", jid);
    free(jid);
}

static void change_password(struct app *app, char **words, int count)
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

static void be_away(struct app *app, char **words, int count)
{
    (void)words, (void)count;
    say(app, "<presence><show>away</show></presence>");
}

static void be_busy(struct app *app, char **words, int count)
{
    (void)words, (void)count;
    say(app, "<presence><show>dnd</show></presence>");
}

static void be_back(struct app *app, char **words, int count)
{
    (void)words, (void)count;
    say(app, "<presence><priority>1</priority></presence>");
}

static void join_room(struct app *app, char **words, int count)
{
    const char *nick = count > 1 ? words[1] : NULL;
    char *own = str_dup_heap(
        (struct str){app->options.jid, strcspn(app->options.jid, "@")});

    say(app,
        "<presence to='%s/%s'><x xmlns='http://jabber.org/protocol/muc'/>"
        "</presence>",
        words[0], nick ? nick : own);
    free(app->nick);
    app->nick = str_dup_heap(str_of(nick ? nick : own));
    free(own);
    set_partner(app, str_dup_heap(str_of(words[0])), true);
}

static void leave_room(struct app *app, char **words, int count)
{
    (void)words, (void)count;
    if (!app->partner || !app->partner_is_room)
        return;
    say(app, "<presence type='unavailable' to='%s/%s'/>", app->partner,
        app->nick);
    free(app->partner);
    app->partner = NULL;
    editor_set_prompt(&app->editor, "");
}

static void send_file(struct app *app, char **words, int count)
{
    char *to = contact_address(app, words[0]);

    (void)count;
    transfer_send(app, to, words[1]);
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
    int least;
    command *run;
};

static const struct row rows[] = {
    {"send", "JID TEXT...", 2, send_to},
    {"to", "JID: what is typed from now on", 1, talk_to},
    {"all", "JID,JID,... TEXT...", 2, send_many},
    {"group", "GROUP TEXT...", 2, send_group},
    {"roster", "", 0, show_roster},
    {"add", "JID [GROUP]", 1, add},
    {"accept", "JID", 1, accept_request},
    {"remove", "JID", 1, remove_friend},
    {"block", "JID", 1, block},
    {"unblock", "JID", 1, unblock},
    {"passwd", "NEW", 1, change_password},
    {"away", "", 0, be_away},
    {"dnd", "", 0, be_busy},
    {"back", "", 0, be_back},
    {"join", "ROOM [NICK]", 1, join_room},
    {"leave", "", 0, leave_room},
    {"sendfile", "JID PATH", 2, send_file},
    {"watch", "", 0, watch},
    {"help", "", 0, help},
    {"quit", "", 0, quit},
};

void commands_help(void)
{
    puts("  register");
    puts("  recover [CODE]: a letter with a code, a new password with it");
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        printf("  %s %s\n", rows[i].verb, rows[i].words);
}

void command_words(struct app *app, char **words, int count)
{
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (strcmp(rows[i].verb, words[0]) != 0)
            continue;
        if (count - 1 < rows[i].least)
            break;
        rows[i].run(app, words + 1, count - 1);
        return;
    }
    SHOW(app, "error", {"text", "No such command; help tells them"});
    app->status = EXIT_USAGE;
}

void command_line(struct app *app, char *line)
{
    char *words[MAX_WORDS], *save = NULL;
    int count = 0;

    if (line[0] == '/') {
        for (char *word = strtok_r(line + 1, " ", &save);
             word && count < MAX_WORDS; word = strtok_r(NULL, " ", &save))
            words[count++] = word;
        if (count > 0)
            command_words(app, words, count);
    } else if (line[0] && !app->partner) {
        SHOW(app, "error", {"text", "To whom? /to JID first"});
    } else if (line[0]) {
        message_send(app, app->partner,
                     app->partner_is_room ? "groupchat" : "chat", line);
    }
}

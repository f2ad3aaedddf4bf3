/* phchat: the terminal client, for people and for scripts. */
#ifndef POSTHOUSE_PHCHAT_H
#define POSTHOUSE_PHCHAT_H

#include <strophe.h>

#include "common/mem/mem.h"
#include "editor.h"

/* Of the process, as phchat(1) tells them. */
#define EXIT_REFUSED     1
#define EXIT_USAGE       2
#define EXIT_LOGIN       3
#define EXIT_CERTIFICATE 4
#define EXIT_UNREACHABLE 5

struct options {
    const char *jid;      /* bare or full */
    const char *password; /* NULL: asked for */
    const char *host;     /* --server; NULL: found by DNS */
    unsigned short port;
    const char *ca_file; /* NULL: the system's */
    const char *folder;  /* where received files go */
    bool json;
    bool proxy_only; /* no address of this machine is offered for files */
    char **words;    /* the verb and what follows; none: interactive */
    int count;
};

struct group {
    struct group *next;
    char *name;
};

/* Somebody of the roster, or who has spoken to us. */
struct contact {
    struct contact *next;
    char *jid; /* bare */
    char *name;
    struct group *groups; /* in the roster's order */
    char *resource;       /* the last that came online; NULL: offline */
    char *show;           /* "away", "dnd" …; NULL: available */
    unsigned unread;
    bool is_listed; /* in the roster */
    bool is_friend; /* both see each other */
    bool asks;      /* for our presence */
};

enum phase { PHASE_CONNECTING, PHASE_ONLINE, PHASE_OVER };

struct transfer;
struct upload;
struct question;

struct app {
    struct options options;
    xmpp_ctx_t *ctx;
    xmpp_conn_t *conn;
    enum phase phase;
    int status;       /* of the process */
    int socket;       /* to the server, libstrophe's; -1: none yet */
    bool was_secured; /* the server has proved who it is */
    char *proxy; /* of the server, for files; "": none; NULL: not looked for */
    char *untrusted; /* why its certificate is none; NULL: nothing was found */
    bool is_interactive;
    void (*before_login)(struct app *app); /* NULL: this run logs in */
    char *code; /* of the letter about a new password; NULL: none yet */
    unsigned next_id;
    struct question *questions; /* whose answers are waited for */
    bool keeps_on;              /* a verb that ends by itself alone */
    struct contact *contacts;
    char *partner; /* whom typed text goes to; NULL: nobody */
    bool partner_is_room;
    char *nick; /* in rooms */
    struct editor editor;
    struct transfer *transfers;
    char *upload_service; /* of the server; "": none; NULL: not looked for */
    struct upload *uploads;
};

/* An English text in the language of the environment (common/text/text.h);
 * --json stays as it is. */
const char *in_words(const char *english) __attribute__((format_arg(1)));

/* --- main parts ----------------------------------------------------------- */

/* False after a message, or after --help, with the exit status. */
MUST_CHECK bool options_read(struct options *options, int argc, char **argv,
                             int *status);
/* Connects, and runs until it is over; the exit status. */
int session_run(struct app *app);
/* Whether the verb of the command line needs no login. */
MUST_CHECK bool session_verb_is_early(const struct options *options);
/* Ends the stream and then the process with this status. */
void session_end(struct app *app, int status);
/* Opens a stream for app->before_login, which is called once it is encrypted;
 * false when there is nothing to do before a login. */
bool raw_stream_start(struct app *app);
/* Asks for the account. */
void registration_ask(struct app *app);
/* Asks for a letter with a code, or for a new password with app->code. */
void recovery_ask(struct app *app);
/* Whether the person at the terminal has typed in the code of the letter and a
 * new password, now in the app: then recovery_ask is due once more. */
MUST_CHECK bool recovery_goes_on(struct app *app);

/* --- speaking ------------------------------------------------------------- */

/* Sends one stanza of XML text; %s arguments are escaped. */
void say(struct app *app, const char *format, ...) PRINTF_LIKE(2, 3);
typedef void answer_handler(struct app *app, xmpp_stanza_t *answer, void *data);
/* Sends an IQ with a payload of such text and hands its answer (result or
 * error; NULL: none came in time) to `handler`, unless that is NULL; to: NULL
 * is the account itself. Nobody else can answer. */
void ask(struct app *app, const char *type, const char *to,
         answer_handler *handler, void *data, const char *format, ...)
    PRINTF_LIKE(6, 7);
/* The same with a payload that is XML already. */
void ask_xml(struct app *app, const char *type, const char *to,
             answer_handler *handler, void *data, struct str payload);
/* The same for an answer that may take for ever: of somebody who is away. */
void ask_patiently(struct app *app, const char *type, const char *to,
                   answer_handler *handler, void *data, const char *format, ...)
    PRINTF_LIKE(6, 7);
/* Gives up what was not answered in time. */
void questions_step(struct app *app);
/* Frees all that are open; their handlers are not called. */
void questions_free(struct app *app);
/* Waits for the answer and tells a refusal, or `done`, a literal (NULL:
 * nothing); what most commands need. */
void ask_and_tell(struct app *app, const char *type, const char *to,
                  const char *done, const char *format, ...) PRINTF_LIKE(5, 6);
/* What an error without a text says, in English; the condition itself where it
 * says nothing to people. */
const char *refusal_words(const char *condition);
/* Whether it is an error, or NULL; then it has been told. */
MUST_CHECK bool is_refused(struct app *app, xmpp_stanza_t *answer);

/* --- showing -------------------------------------------------------------- */

struct shown {
    const char *key;
    const char *value;
};
/* Tells an event: a line for people by the table in show.c, or a JSON object.
 * Control characters of foreign text never reach the terminal. */
void show(struct app *app, const char *event, const struct shown *fields,
          size_t count);
#define SHOW(app, event, ...)                                                  \
    show(app, event, (const struct shown[]){__VA_ARGS__},                      \
         sizeof((const struct shown[]){__VA_ARGS__}) / sizeof(struct shown))
/* Bytes of a character that steers what others look like: C0, DEL, C1, the line
 * ends of Unicode, and what turns the direction of text (U+202A-202E,
 * U+2066-2069), by which "exe.txt" is shown for "txt.exe". 0: it is none. */
size_t steering_length(const char *text);
/* The line at the bottom: what a file has come to, say. */
void show_progress(struct app *app, const char *name, uint64_t done,
                   uint64_t all);

/* --- people --------------------------------------------------------------- */

/* Whether two JIDs are of the same bare one. */
bool same_bare(const char *a, const char *b);
/* Whether a stanza's sender is the account itself; absent: it is. */
bool is_own(const struct app *app, const char *from);
/* Our domain behind "proxy." or so; to be freed. */
char *own_domain(const struct app *app, const char *service);
/* The contact of this bare JID, made when it is not there yet. */
struct contact *contact_get(struct app *app, const char *jid);
/* The contact of this bare JID; NULL: unknown. */
struct contact *contact_find(const struct app *app, const char *jid);
/* "bob" of our own domain, a name of the roster, or a JID; to be freed. */
char *contact_address(const struct app *app, const char *word);
/* Adds to the groups of a contact; the text is copied. */
void contact_add_group(struct contact *contact, const char *group);
/* Takes it out of all. */
void contact_clear_groups(struct contact *contact);
/* Whether it is in this one. */
bool contact_is_in(const struct contact *contact, const char *group);
/* Answers what others ask of this client, from now on. */
void disco_start(struct app *app);
/* Asks for the roster, and handles pushes and presence from now on. */
void roster_start(struct app *app);
/* Prints contacts by group, with who is online. */
void roster_show(struct app *app);
/* Takes a presence that comes from a room; false: it is somebody else's. */
MUST_CHECK bool room_presence(struct app *app, xmpp_stanza_t *stanza);
/* Whom typed text goes to from now on; takes the JID over. NULL: nobody. */
void partner_set(struct app *app, char *jid, bool is_room);
/* Frees all contacts. */
void contacts_free(struct app *app);
/* The local time that a <delay/> inside tells (XEP-0203) with a space behind
 * it, or ""; to be freed. */
char *delay_of(xmpp_stanza_t *parent);
/* Takes a message of an archive's page; false: it is none. */
MUST_CHECK bool history_take(struct app *app, xmpp_stanza_t *message);
/* Handles messages from now on. */
void messages_start(struct app *app);
/* Sends text to a JID; kind: the message's type. */
void message_send(struct app *app, const char *to, const char *kind,
                  const char *text);

/* --- commands ------------------------------------------------------------- */

/* Runs "/verb words", or says text to the partner. */
void command_line(struct app *app, char *line);
/* Whether there is this verb and all words that it needs; else false after a
 * message, with EXIT_USAGE. */
MUST_CHECK bool command_is_whole(struct app *app, char **words, int count);
/* Runs a verb of the command line. */
void command_words(struct app *app, char **words, int count);
/* Prints the table of verbs. */
void commands_help(void);

/* --- files ---------------------------------------------------------------- */

/* Handles offers of files, and answers about streams, from now on. */
void transfers_start(struct app *app);
/* Offers a file to a JID; tells how it went. */
void transfer_send(struct app *app, const char *to, const char *path);
/* Moves what can be moved; true while something is under way. */
bool transfers_step(struct app *app);
/* The same of files that are being uploaded (upload.h). */
bool uploads_step(struct app *app);
/* Closes and frees all of these. */
void uploads_free(struct app *app);
/* Closes and frees all transfers, whatever they have come to. */
void transfers_free(struct app *app);

#endif

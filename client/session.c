/* The connection, and the loop around it and the keyboard. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "phchat.h"

#define IDLE_MS 20
#define BUSY_MS 1

void session_end(struct app *app, int status)
{
    app->status = status;
    app->keeps_on = false;
    app->phase = PHASE_OVER;
    xmpp_disconnect(app->conn);
}

/* libstrophe hands its callbacks about sockets and certificates nothing of
 * ours. */
static struct app *app_of_process;

/* A certificate that cannot be checked is never trusted. */
static int on_bad_certificate(const xmpp_tlscert_t *certificate,
                              const char *reason)
{
    (void)certificate;
    free(app_of_process->untrusted);
    app_of_process->untrusted = str_dup_heap(str_of(reason));
    return 0;
}

static int on_socket(xmpp_conn_t *conn, void *socket)
{
    memcpy(&app_of_process->socket, socket, sizeof(int));
    return xmpp_sockopt_cb_keepalive(conn, socket);
}

/* What has become of a connection, and the status of the process. */
static int explain(const struct app *app, int fault,
                   const xmpp_stream_error_t *error, struct buf *text)
{
    if (app->phase == PHASE_CONNECTING && app->untrusted) {
        buf_printf(text,
                   in_words("The server's certificate is not trusted: %s"),
                   app->untrusted);
        return EXIT_CERTIFICATE;
    }
    if (error && error->text) {
        buf_add_text(text, error->text);
        return EXIT_REFUSED;
    }
    if (app->phase != PHASE_CONNECTING) {
        buf_add_text(text, "The connection is lost");
        return EXIT_REFUSED;
    }
    if (app->was_secured && fault == 0 && !app->before_login) {
        buf_add_text(text, "The login was refused: wrong name or password");
        return EXIT_LOGIN;
    }
    buf_add_text(text, "There is no way to the server");
    return EXIT_UNREACHABLE;
}

static void tell_loss(struct app *app, int fault,
                      const xmpp_stream_error_t *error)
{
    struct buf text = {0};
    char *told;

    if (app->phase == PHASE_OVER) /* it was wanted */
        return;
    app->status = explain(app, fault, error, &text);
    told = str_dup_heap(buf_view(&text));
    SHOW(app, "error", {"text", told});
    free(told);
    buf_clear(&text);
}

static void on_event(xmpp_conn_t *conn, xmpp_conn_event_t event, int error,
                     xmpp_stream_error_t *stream_error, void *data)
{
    struct app *app = data;

    (void)conn;
    switch (event) {
    case XMPP_CONN_RAW_CONNECT:
        (void)raw_stream_start(app);
        break;
    case XMPP_CONN_CONNECT:
        if (app->before_login)
            break; /* only a stream stands */
        disco_start(app);
        messages_start(app);
        transfers_start(app);
        roster_start(app);
        break;
    default:
        xmpp_stop(app->ctx);
        tell_loss(app, error, stream_error);
        app->phase = PHASE_OVER;
        break;
    }
}

static bool connect_once(struct app *app)
{
    const struct options *options = &app->options;
    int result;

    app->conn = xmpp_conn_new(app->ctx);
    app->phase = PHASE_CONNECTING;
    app->was_secured = false;
    app->socket = -1;
    xmpp_conn_set_sockopt_callback(app->conn, on_socket);
    xmpp_conn_set_certfail_handler(app->conn, on_bad_certificate);
    xmpp_conn_set_jid(app->conn, options->jid);
    xmpp_conn_set_pass(app->conn, options->password);
    (void)xmpp_conn_set_flags(app->conn, XMPP_CONN_FLAG_MANDATORY_TLS);
    if (options->ca_file)
        xmpp_conn_set_cafile(app->conn, options->ca_file);
    result = app->before_login
                 ? xmpp_connect_raw(app->conn, options->host, options->port,
                                    on_event, app)
                 : xmpp_connect_client(app->conn, options->host, options->port,
                                       on_event, app);
    return result == XMPP_EOK;
}

static void read_keys(struct app *app)
{
    char bytes[256];
    ssize_t count = read(STDIN_FILENO, bytes, sizeof(bytes));
    bool over = count == 0;

    if (count < 0 && errno != EAGAIN && errno != EINTR)
        over = true;
    for (ssize_t i = 0; i < count && !over; i++) {
        char *line = editor_take(&app->editor, bytes[i], &over);

        if (!line)
            continue;
        command_line(app, line);
        free(line);
        if (app->phase == PHASE_ONLINE)
            editor_show(&app->editor);
    }
    if (over)
        session_end(app, app->status);
}

/* A verb is done when nothing is under way any more. */
static bool is_done(const struct app *app, bool is_busy)
{
    return app->phase == PHASE_ONLINE && !app->is_interactive &&
           !app->keeps_on && !is_busy && !app->questions;
}

static void run_loop(struct app *app)
{
    bool is_busy = false;

    while (app->phase != PHASE_OVER) {
        xmpp_run_once(app->ctx, is_busy ? BUSY_MS : IDLE_MS);
        app->was_secured |= xmpp_conn_is_secured(app->conn) != 0;
        questions_step(app);
        is_busy = transfers_step(app);
        is_busy |= uploads_step(app);
        if (app->phase == PHASE_ONLINE && app->is_interactive)
            read_keys(app);
        if (is_done(app, is_busy))
            session_end(app, app->status);
    }
    /* What is still to be written, and the end of the stream. */
    for (int i = 0; i < 20 && app->conn && xmpp_conn_is_connected(app->conn);
         i++)
        xmpp_run_once(app->ctx, IDLE_MS);
}

static bool run_connection(struct app *app)
{
    bool is_connected = connect_once(app);

    if (is_connected)
        run_loop(app);
    else
        SHOW(app, "error", {"text", "There is no way to the server"});
    questions_free(app);
    xmpp_conn_release(app->conn);
    app->conn = NULL;
    return is_connected;
}

/* Verbs that need no login. */
typedef void early_verb(struct app *app);
static const struct {
    const char *verb;
    early_verb *run;
} early[] = {{"register", registration_ask}, {"recover", recovery_ask}};

static early_verb *before_login(const struct options *options)
{
    for (size_t i = 0; options->count > 0 && i < COUNT_OF(early); i++)
        if (strcmp(options->words[0], early[i].verb) == 0)
            return early[i].run;
    return NULL;
}

bool session_verb_is_early(const struct options *options)
{
    return before_login(options) != NULL;
}

int session_run(struct app *app)
{
    const struct options *options = &app->options;
    xmpp_log_t *log = xmpp_get_default_logger(XMPP_LEVEL_DEBUG);

    app_of_process = app;
    xmpp_initialize();
    app->ctx = xmpp_ctx_new(NULL, getenv("PHCHAT_DEBUG") ? log : NULL);
    app->before_login = before_login(options);
    app->is_interactive = options->count == 0;
    if (app->is_interactive) {
        editor_open(&app->editor);
        (void)fcntl(STDIN_FILENO, F_SETFL,
                    fcntl(STDIN_FILENO, F_GETFL) | O_NONBLOCK);
    }
    do {
        if (!run_connection(app))
            app->status = EXIT_UNREACHABLE;
    } while (app->status == EXIT_SUCCESS && recovery_goes_on(app));
    if (app->is_interactive)
        editor_close(&app->editor);
    xmpp_ctx_free(app->ctx);
    xmpp_shutdown();
    return app->status;
}

/* Stanzas out, answers in. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/xml/xml.h"
#include "phchat.h"

/* printf with %s alone, each argument escaped. */
static void write_escaped(struct buf *out, const char *format, va_list args)
{
    for (const char *c = format; *c; c++) {
        if (c[0] == '%' && c[1] == 's') {
            const char *text = va_arg(args, const char *);

            xml_escape(out, str_of(text ? text : ""));
            c++;
        } else {
            buf_add_char(out, *c);
        }
    }
}

static void send_text(struct app *app, struct buf *text)
{
    xmpp_stanza_t *stanza;

    buf_add_char(text, '\0');
    stanza = xmpp_stanza_new_from_string(app->ctx, buf_view(text).p);
    if (stanza) {
        xmpp_send(app->conn, stanza);
        xmpp_stanza_release(stanza);
    }
    buf_clear(text);
}

void say(struct app *app, const char *format, ...)
{
    struct buf text = {0};
    va_list args;

    va_start(args, format);
    write_escaped(&text, format, args);
    va_end(args);
    send_text(app, &text);
}

/* --- questions ------------------------------------------------------------ */

struct question {
    struct app *app;
    answer_handler *handler;
    void *data;
};

static int on_answer(xmpp_conn_t *conn, xmpp_stanza_t *stanza, void *data)
{
    struct question *question = data;
    struct app *app = question->app;

    (void)conn;
    app->waiting--;
    if (question->handler)
        question->handler(app, stanza, question->data);
    free(question);
    return 0;
}

static void ask_with(struct app *app, const char *type, const char *to,
                     answer_handler *handler, void *data, const char *format,
                     va_list args)
{
    struct question *question = NEW(struct question);
    struct buf text = {0};
    char id[24];

    *question = (struct question){app, handler, data};
    (void)snprintf(id, sizeof(id), "ph%u", ++app->next_id);
    buf_printf(&text, "<iq type='%s' id='%s'", type, id);
    if (to) {
        buf_add_text(&text, " to='");
        xml_escape(&text, str_of(to));
        buf_add_char(&text, '\'');
    }
    buf_add_char(&text, '>');
    write_escaped(&text, format, args);
    buf_add_text(&text, "</iq>");
    app->waiting++;
    xmpp_id_handler_add(app->conn, on_answer, id, question);
    send_text(app, &text);
}

void ask(struct app *app, const char *type, const char *to,
         answer_handler *handler, void *data, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    ask_with(app, type, to, handler, data, format, args);
    va_end(args);
}

bool is_refused(struct app *app, xmpp_stanza_t *answer)
{
    const char *type = xmpp_stanza_get_type(answer);
    xmpp_stanza_t *error, *text;
    char *told = NULL;
    const char *condition = "refused";

    if (!type || strcmp(type, "error") != 0)
        return false;
    error = xmpp_stanza_get_child_by_name(answer, "error");
    if (error && xmpp_stanza_get_children(error))
        condition = xmpp_stanza_get_name(xmpp_stanza_get_children(error));
    text = error ? xmpp_stanza_get_child_by_name(error, "text") : NULL;
    if (text)
        told = xmpp_stanza_get_text(text);
    SHOW(app, "error", {"text", told ? told : condition},
         {"condition", condition});
    if (told)
        xmpp_free(app->ctx, told);
    app->status = EXIT_REFUSED;
    return true;
}

static void tell_done(struct app *app, xmpp_stanza_t *answer, void *data)
{
    if (!is_refused(app, answer) && data)
        SHOW(app, "done", {"text", data});
    free(data);
}

void ask_and_tell(struct app *app, const char *type, const char *to,
                  const char *done, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    ask_with(app, type, to, tell_done, done ? str_dup_heap(str_of(done)) : NULL,
             format, args);
    va_end(args);
}

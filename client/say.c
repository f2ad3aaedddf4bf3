/* Stanzas out, answers in. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <utlist.h>

#include "common/jid/jid.h"
#include "common/text/text.h"
#include "common/xml/xml.h"
#include "transfer.h"

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
        /* libstrophe's stream is in English, whatever we are. */
        if (text_default() != LANGUAGE_EN)
            (void)xmpp_stanza_set_attribute(stanza, "xml:lang",
                                            text_tag(text_default()).p);
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

#define ANSWER_MS 60000

struct question {
    struct question *prev, *next;
    struct app *app;
    answer_handler *handler;
    void *data;
    char *to; /* NULL: the account itself */
    bool is_patient;
    long until_ms; /* monotonic; 0: for ever */
    char id[24];
};

static void end(struct question *question, xmpp_stanza_t *answer)
{
    struct app *app = question->app;

    DL_DELETE(app->questions, question);
    if (question->handler)
        question->handler(app, answer, question->data);
    free(question->to);
    free(question);
}

static bool is_same(const char *a, const char *b, bool bare)
{
    struct arena arena = {0};
    struct jid first, second;
    bool result = jid_parse(&first, &arena, str_of(a)) &&
                  jid_parse(&second, &arena, str_of(b)) &&
                  (bare ? str_eq(first.bare, second.bare)
                        : str_eq(first.full, second.full));

    arena_clear(&arena);
    return result;
}

/* Ids can be guessed: whoever was not asked does not answer. An offer that
 * waited is answered by whichever resource came online. What the server says
 * itself may lack a sender (RFC 6120 §8.1.2.1); on others' stanzas it writes
 * one. */
static bool may_answer(const struct question *question, const char *from)
{
    const char *own = xmpp_conn_get_bound_jid(question->app->conn);

    if (!from)
        return true;
    if (question->to)
        return is_same(from, question->to, question->is_patient);
    return !own || is_same(from, own, true);
}

static int on_answer(xmpp_conn_t *conn, xmpp_stanza_t *stanza, void *data)
{
    const struct question *question = data;
    const char *type = xmpp_stanza_get_type(stanza);
    bool is_answer =
        type && (strcmp(type, "result") == 0 || strcmp(type, "error") == 0);

    (void)conn;
    if (!is_answer || !may_answer(question, xmpp_stanza_get_from(stanza)))
        return 1;
    end(data, stanza);
    return 0;
}

void questions_step(struct app *app)
{
    long now = clock_ms();
    struct question *question, *next;

    DL_FOREACH_SAFE(app->questions, question, next)
    {
        if (!question->until_ms || now < question->until_ms)
            continue;
        xmpp_id_handler_delete(app->conn, on_answer, question->id);
        end(question, NULL);
    }
}

void questions_free(struct app *app)
{
    struct question *question, *next;

    DL_FOREACH_SAFE(app->questions, question, next)
    {
        free(question->to);
        free(question);
    }
    app->questions = NULL;
}

static void put(struct app *app, const char *type, const char *to,
                answer_handler *handler, void *data, bool is_patient,
                struct str payload)
{
    struct question *question = NEW(struct question);
    struct buf text = {0};

    *question = (struct question){
        .app = app,
        .handler = handler,
        .data = data,
        .to = to ? str_dup_heap(str_of(to)) : NULL,
        .is_patient = is_patient,
        .until_ms = is_patient ? 0 : clock_ms() + ANSWER_MS,
    };
    (void)snprintf(question->id, sizeof(question->id), "ph%u", ++app->next_id);
    buf_printf(&text, "<iq type='%s' id='%s'", type, question->id);
    if (to) {
        buf_add_text(&text, " to='");
        xml_escape(&text, str_of(to));
        buf_add_char(&text, '\'');
    }
    buf_add_char(&text, '>');
    buf_add(&text, payload);
    buf_add_text(&text, "</iq>");
    DL_APPEND(app->questions, question);
    xmpp_id_handler_add(app->conn, on_answer, question->id, question);
    send_text(app, &text);
}

static void ask_with(struct app *app, const char *type, const char *to,
                     answer_handler *handler, void *data, bool is_patient,
                     const char *format, va_list args)
{
    struct buf payload = {0};

    write_escaped(&payload, format, args);
    put(app, type, to, handler, data, is_patient, buf_view(&payload));
    buf_clear(&payload);
}

void ask_xml(struct app *app, const char *type, const char *to,
             answer_handler *handler, void *data, struct str payload)
{
    put(app, type, to, handler, data, false, payload);
}

void ask(struct app *app, const char *type, const char *to,
         answer_handler *handler, void *data, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    ask_with(app, type, to, handler, data, false, format, args);
    va_end(args);
}

void ask_patiently(struct app *app, const char *type, const char *to,
                   answer_handler *handler, void *data, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    ask_with(app, type, to, handler, data, true, format, args);
    va_end(args);
}

bool is_refused(struct app *app, xmpp_stanza_t *answer)
{
    const char *type = answer ? xmpp_stanza_get_type(answer) : NULL;
    xmpp_stanza_t *error, *text;
    char *told = NULL;
    const char *condition = "refused";

    if (!answer) {
        SHOW(app, "error", {"text", "No answer came"});
        app->status = EXIT_REFUSED;
        return true;
    }
    if (!type || strcmp(type, "error") != 0)
        return false;
    error = xmpp_stanza_get_child_by_name(answer, "error");
    if (error && xmpp_stanza_get_children(error))
        condition = xmpp_stanza_get_name(xmpp_stanza_get_children(error));
    text = error ? xmpp_stanza_get_child_by_name(error, "text") : NULL;
    if (text)
        told = xmpp_stanza_get_text(text);
    SHOW(app, "error", {"text", told ? told : refusal_words(condition)},
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
}

void ask_and_tell(struct app *app, const char *type, const char *to,
                  const char *done, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    ask_with(app, type, to, tell_done, (void *)(uintptr_t)done, false, format,
             args);
    va_end(args);
}

#include "websocket.h"

#include <stdlib.h>
#include <wslay/wslay.h>

#include "framing.h"
#include "http.h"

#define MAX_HEAD_BYTES 8192u
/* Answers to pings that wait for a client that does not read. */
#define MAX_QUEUED 64u

struct websocket {
    struct client *client;
    wslay_event_context_ptr frames; /* NULL: before the upgrade */
    bool is_answered;               /* by HTTP: the connection ends */
    struct buf head;                /* of the HTTP request */
    struct str input;               /* is being read */
    size_t message_bytes;           /* of the message that comes in */
    struct buf words, message;      /* scratch */
    struct buf out;                 /* frames that wait to be written */
    size_t framed; /* bytes at the front of client->out that `out` says */
};

/* --- frames coming in ----------------------------------------------------- */

static ssize_t on_read(wslay_event_context_ptr frames, uint8_t *into,
                       size_t room, int flags, void *ctx)
{
    struct websocket *websocket = ctx;
    struct str *input = &websocket->input;
    size_t count = input->len < room ? input->len : room;

    (void)flags;
    if (count == 0) {
        wslay_event_set_error(frames, WSLAY_ERR_WOULDBLOCK);
        return -1;
    }
    memcpy(into, input->p, count);
    *input = (struct str){input->p + count, input->len - count};
    return (ssize_t)count;
}

static size_t most_of(const struct client *client)
{
    return (size_t)config_int(client->c2sd->config,
                              client->is_authed ? "c2sd.max-stanza-size"
                                                : "c2sd.pre-auth-stanza-size");
}

/* A message's length is known before all of it is there. */
static void on_frame(wslay_event_context_ptr frames,
                     const struct wslay_event_on_frame_recv_start_arg *frame,
                     void *ctx)
{
    struct websocket *websocket = ctx;
    struct client *client = websocket->client;

    if (wslay_is_ctrl_frame(frame->opcode))
        return;
    if (frame->opcode != WSLAY_CONTINUATION_FRAME)
        websocket->message_bytes = 0;
    if (frame->payload_length > most_of(client) ||
        (websocket->message_bytes += (size_t)frame->payload_length) >
            most_of(client)) {
        wslay_event_shutdown_read(frames);
        client_end(client, "policy-violation", "The element is too big");
    }
}

static void on_message(wslay_event_context_ptr frames,
                       const struct wslay_event_on_msg_recv_arg *message,
                       void *ctx)
{
    struct websocket *websocket = ctx;
    struct client *client = websocket->client;
    struct buf *words = &websocket->words;

    (void)frames;
    if (message->opcode == WSLAY_CONNECTION_CLOSE) {
        client_lost(client); /* no </stream>: it may be resumed (§3.6) */
        return;
    }
    if (wslay_is_ctrl_frame(message->opcode) || client->state == CLIENT_CLOSING)
        return;
    if (message->opcode == WSLAY_TEXT_FRAME &&
        framing_words(
            words, client->c2sd->parser, client->state == CLIENT_HEADER,
            (struct str){(const char *)message->msg, message->msg_length}))
        client_receive(client, buf_view(words));
    else
        client_end(client, "bad-format", "A message is one element as text");
    buf_clear(words);
}

/* --- frames going out ----------------------------------------------------- */

static ssize_t on_write(wslay_event_context_ptr frames, const uint8_t *bytes,
                        size_t count, int flags, void *ctx)
{
    struct websocket *websocket = ctx;

    (void)frames;
    (void)flags;
    buf_add(&websocket->out, (struct str){(const char *)bytes, count});
    return (ssize_t)count;
}

static void queue(struct websocket *websocket, uint8_t opcode)
{
    struct str text = buf_view(&websocket->message);
    const struct wslay_event_msg message = {
        .opcode = opcode,
        .msg = (const uint8_t *)text.p,
        .msg_length = text.len,
    };

    (void)wslay_event_queue_msg(websocket->frames, &message);
    buf_reset(&websocket->message);
}

static void frame_words(struct websocket *websocket)
{
    struct str words = buf_view(&websocket->client->out);

    websocket->framed = words.len;
    for (;;) {
        switch (framing_message(&websocket->message, &words)) {
        case FRAMING_NOTHING:
            buf_clear(&websocket->message);
            return;
        case FRAMING_ALIVE:
            queue(websocket, WSLAY_PING);
            break;
        case FRAMING_MESSAGE:
            queue(websocket, WSLAY_TEXT_FRAME);
            break;
        case FRAMING_LAST:
            queue(websocket, WSLAY_TEXT_FRAME);
            /* What controls a WebSocket overtakes what is said over it. */
            (void)wslay_event_send(websocket->frames);
            (void)wslay_event_queue_close(websocket->frames,
                                          WSLAY_CODE_NORMAL_CLOSURE, NULL, 0);
            break;
        }
    }
}

struct buf *websocket_output(struct websocket *websocket)
{
    struct client *client = websocket->client;

    if (buf_len(&websocket->out) > 0)
        return &websocket->out;
    if (!websocket->frames) {
        /* A stream that ends before there is one says nothing. */
        websocket->framed = buf_len(&client->out);
        return &websocket->out;
    }
    if (websocket->framed == 0 && buf_len(&client->out) > 0)
        frame_words(websocket);
    (void)wslay_event_send(websocket->frames);
    return &websocket->out;
}

size_t websocket_written(struct websocket *websocket)
{
    struct buf *said = &websocket->client->out;
    size_t count = websocket->framed;

    if (buf_len(&websocket->out) > 0)
        return 0;
    buf_clear(&websocket->out);
    websocket->framed = 0;
    if (count > buf_len(said))
        count = buf_len(said); /* the client was lost meanwhile */
    buf_consume(said, count);
    return count;
}

/* --- the HTTP request ----------------------------------------------------- */

/* wss://HOST:PORT/PATH, HOST being what was asked for when that is a domain of
 * ours. */
static void own_url(const struct c2sd *c2sd, const struct http_request *request,
                    struct buf *url)
{
    const struct config *config = c2sd->config;
    struct str given = config_str(config, "c2sd.web-url");
    struct str host = request->host;

    host = str_cut(&host, ':');
    if (!c2sd_serves(c2sd, host))
        host = config_list_item(config, "domains", 0);
    if (given.len)
        buf_add(url, given);
    else
        buf_printf(url, "wss://%.*s:%lld%.*s", STR_ARG(host),
                   (long long)config_int(config, "c2sd.web-port"),
                   STR_ARG(config_str(config, "c2sd.web-path")));
}

static void answer_host_meta(struct websocket *websocket,
                             const struct http_request *request)
{
    struct buf url = {0};

    own_url(websocket->client->c2sd, request, &url);
    http_host_meta(&websocket->out, buf_view(&url),
                   str_is(request->path, "/.well-known/host-meta.json"));
    buf_clear(&url);
}

static void upgrade(struct websocket *websocket,
                    const struct http_request *request)
{
    static const struct wslay_event_callbacks callbacks = {
        .recv_callback = on_read,
        .send_callback = on_write,
        .on_frame_recv_start_callback = on_frame,
        .on_msg_recv_callback = on_message,
    };

    if (wslay_event_context_server_init(&websocket->frames, &callbacks,
                                        websocket) != 0)
        abort(); /* no memory */
    http_accept(&websocket->out, request);
}

static void answer(struct websocket *websocket, struct str head)
{
    struct buf *out = &websocket->out;
    struct http_request request;

    if (!http_parse(&request, head))
        http_answer(out, "400 Bad Request", "text/plain",
                    STR("This is no request of HTTP/1.1.\n"));
    else if (str_is(request.path, "/.well-known/host-meta") ||
             str_is(request.path, "/.well-known/host-meta.json"))
        answer_host_meta(websocket, &request);
    else if (str_is(request.path, "/")) /* to accept the certificate */
        http_answer(out, "200 OK", "text/plain",
                    STR("Chat clients in a browser connect here, by WebSocket "
                        "(RFC 7395).\nYou read this: so your browser takes the "
                        "certificate, and they can.\n"));
    else if (!str_eq(request.path, config_str(websocket->client->c2sd->config,
                                              "c2sd.web-path")))
        http_answer(out, "404 Not Found", "text/plain",
                    STR("There is nothing here.\n"));
    else if (http_is_upgrade(&request))
        upgrade(websocket, &request);
    else
        http_answer(out, "426 Upgrade Required", "text/plain",
                    STR("XMPP clients come by WebSocket (RFC 7395).\n"));
    websocket->is_answered = !websocket->frames;
}

/* Takes the request's head off the bytes, if it ends in them. */
static void receive_head(struct websocket *websocket, struct str *bytes)
{
    struct buf *head = &websocket->head;
    size_t before = buf_len(head), length;
    struct str all;
    const char *end;

    buf_add(head, *bytes);
    all = buf_view(head);
    end = memmem(all.p, all.len, "\r\n\r\n", 4);
    length = end ? (size_t)(end + 4 - all.p) : all.len;
    if (length > MAX_HEAD_BYTES) {
        http_answer(&websocket->out, "431 Request Header Fields Too Large",
                    "text/plain", STR("The request is too long.\n"));
        websocket->is_answered = true;
    } else if (end) {
        answer(websocket, (struct str){all.p, length});
    } else {
        *bytes = STR_NONE;
        return;
    }
    *bytes = (struct str){bytes->p + (length - before),
                          bytes->len - (length - before)};
    buf_clear(head);
}

void websocket_receive(struct websocket *websocket, struct str bytes)
{
    struct client *client = websocket->client;

    if (!websocket->frames)
        receive_head(websocket, &bytes);
    if (websocket->is_answered) {
        client_close(client);
        return;
    }
    if (bytes.len == 0)
        return;
    websocket->input = bytes;
    if (wslay_event_recv(websocket->frames) != 0 ||
        !wslay_event_get_read_enabled(websocket->frames))
        client_end(client, "bad-format", "These are no frames of a WebSocket");
    if (wslay_event_get_queued_msg_count(websocket->frames) > MAX_QUEUED)
        client_end(client, "policy-violation", "Too many pings");
}

/* --- life ----------------------------------------------------------------- */

struct websocket *websocket_new(struct client *client)
{
    struct websocket *websocket = NEW(struct websocket);

    websocket->client = client;
    return websocket;
}

void websocket_free(struct websocket *websocket)
{
    if (!websocket)
        return;
    if (websocket->frames)
        wslay_event_context_free(websocket->frames);
    buf_clear(&websocket->head);
    buf_clear(&websocket->words);
    buf_clear(&websocket->message);
    buf_clear(&websocket->out);
    free(websocket);
}

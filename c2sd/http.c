#include "http.h"

#include <openssl/sha.h>

#include "common/codec/codec.h"
#include "common/xml/xml.h"

#define WEBSOCKET_GUID "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

/* --- the request ---------------------------------------------------------- */

static struct str trimmed(struct str text)
{
    while (text.len && (text.p[0] == ' ' || text.p[0] == '\t'))
        text = (struct str){text.p + 1, text.len - 1};
    while (text.len &&
           (text.p[text.len - 1] == ' ' || text.p[text.len - 1] == '\t' ||
            text.p[text.len - 1] == '\r'))
        text.len--;
    return text;
}

static struct str *header_of(struct http_request *request, struct str name)
{
    const struct {
        struct str name;
        struct str *value;
    } known[] = {
        {STR("host"), &request->host},
        {STR("upgrade"), &request->upgrade},
        {STR("connection"), &request->connection},
        {STR("sec-websocket-version"), &request->version},
        {STR("sec-websocket-key"), &request->key},
        {STR("sec-websocket-protocol"), &request->protocols},
    };

    for (size_t i = 0; i < COUNT_OF(known); i++)
        if (str_eq_nocase(known[i].name, name))
            return known[i].value;
    return NULL;
}

bool http_parse(struct http_request *request, struct str head)
{
    struct str line = trimmed(str_cut(&head, '\n'));

    *request = (struct http_request){0};
    request->method = str_cut(&line, ' ');
    request->path = str_cut(&line, ' ');
    /* What is asked for stands before the query. */
    request->path = str_cut(&request->path, '?');
    if (!request->path.len || request->path.p[0] != '/' ||
        !str_is(line, "HTTP/1.1"))
        return false;
    while (head.p && (line = trimmed(str_cut(&head, '\n'))).len > 0) {
        struct str name = str_cut(&line, ':');
        struct str *value = header_of(request, name);

        if (!line.p)
            return false;
        if (value)
            *value = trimmed(line);
    }
    return true;
}

/* Whether a list of words with commas has this one, in any case. */
static bool http_list_has(struct str list, struct str word)
{
    while (list.p) {
        struct str item = trimmed(str_cut(&list, ','));

        if (str_eq_nocase(item, word))
            return true;
    }
    return false;
}

static bool is_key(struct str key)
{
    struct arena arena = {0};
    struct str bytes = base64_decode(&arena, key);
    bool is_right = bytes.p && bytes.len == 16;

    arena_clear(&arena);
    return is_right;
}

bool http_is_upgrade(const struct http_request *request)
{
    return str_is(request->method, "GET") &&
           http_list_has(request->upgrade, STR("websocket")) &&
           http_list_has(request->connection, STR("upgrade")) &&
           str_is(request->version, "13") && is_key(request->key) &&
           http_list_has(request->protocols, STR("xmpp"));
}

/* --- answers -------------------------------------------------------------- */

void http_accept(struct buf *out, const struct http_request *request)
{
    struct arena arena = {0};
    struct str text =
        arena_printf(&arena, "%.*s" WEBSOCKET_GUID, STR_ARG(request->key));
    unsigned char digest[SHA_DIGEST_LENGTH];
    struct str accept;

    SHA1((const unsigned char *)text.p, text.len, digest);
    accept =
        base64_encode(&arena, (struct str){(char *)digest, sizeof(digest)});
    buf_printf(out,
               "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
               "Connection: Upgrade\r\nSec-WebSocket-Accept: %.*s\r\n"
               "Sec-WebSocket-Protocol: xmpp\r\n\r\n",
               STR_ARG(accept));
    arena_clear(&arena);
}

void http_answer(struct buf *out, const char *status, const char *type,
                 struct str body)
{
    buf_printf(out,
               "HTTP/1.1 %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\n"
               "Access-Control-Allow-Origin: *\r\nConnection: close\r\n\r\n",
               status, type, body.len);
    buf_add(out, body);
}

void http_host_meta(struct buf *out, struct str url, bool is_json)
{
    struct buf body = {0};

    buf_add_text(&body,
                 is_json ? "{\"links\":[{\"rel\":"
                           "\"urn:xmpp:alt-connections:websocket\",\"href\":\""
                         : "<?xml version='1.0' encoding='utf-8'?>\n<XRD xmlns="
                           "'http://docs.oasis-open.org/ns/xri/xrd-1.0'>"
                           "<Link rel='urn:xmpp:alt-connections:websocket' "
                           "href='");
    /* The configuration holds URLs without quotes and backslashes. */
    xml_escape(&body, url);
    buf_add_text(&body, is_json ? "\"}]}\n" : "'/></XRD>\n");
    http_answer(out, "200 OK",
                is_json ? "application/json" : "application/xrd+xml",
                buf_view(&body));
    buf_clear(&body);
}

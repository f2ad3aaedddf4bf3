/* The request that a connection of the web begins with: RFC 6455 §1.2's
 * example, XEP-0156. */
#include "tests/unit/test.h"

#include <string.h>

#include "c2sd/http.h"

#define HEAD                                                                   \
    "GET /xmpp-websocket?x=1 HTTP/1.1\r\nHost: server.example.com\r\n"         \
    "UPGRADE: WebSocket\r\nConnection: keep-alive, Upgrade\r\n"                \
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"                          \
    "Sec-WebSocket-Protocol: chat, xmpp\r\nSec-WebSocket-Version: 13\r\n\r\n"

static void a_request_is_read(void **state)
{
    struct http_request request;

    (void)state;
    assert_true(http_parse(&request, STR(HEAD)));
    assert_true(str_is(request.path, "/xmpp-websocket"));
    assert_true(str_is(request.host, "server.example.com"));
    assert_true(http_is_upgrade(&request));
}

static void the_upgrade_is_accepted_with_the_right_hash(void **state)
{
    struct http_request request;
    struct buf out = {0};

    (void)state;
    assert_true(http_parse(&request, STR(HEAD)));
    http_accept(&out, &request);
    buf_add_char(&out, '\0');
    assert_non_null(strstr(out.data, "HTTP/1.1 101 "));
    assert_non_null(strstr(
        out.data, "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"));
    assert_non_null(strstr(out.data, "Sec-WebSocket-Protocol: xmpp\r\n"));
    buf_clear(&out);
}

static void what_is_no_request_is_refused(void **state)
{
    static const char *const heads[] = {
        "",
        "\r\n\r\n",
        "GET\r\n\r\n",
        "GET / HTTP/1.0\r\n\r\n",
        "GET http://example.com/ HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nno header\r\n\r\n",
        "<stream:stream to='example.com'>\r\n\r\n",
    };
    struct http_request request;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(heads); i++)
        assert_false(http_parse(&request, str_of(heads[i])));
}

static void an_upgrade_needs_all_of_it(void **state)
{
    static const char *const heads[] = {
        "POST / HTTP/1.1\r\nUpgrade: websocket\r\nConnection: upgrade\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: xmpp\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
        "GET / HTTP/1.1\r\nUpgrade: websocket\r\nConnection: upgrade\r\n"
        "Sec-WebSocket-Version: 8\r\nSec-WebSocket-Protocol: xmpp\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
        "GET / HTTP/1.1\r\nUpgrade: websocket\r\nConnection: upgrade\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: chat\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
        "GET / HTTP/1.1\r\nUpgrade: websocket\r\nConnection: upgrade\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: xmpp\r\n"
        "Sec-WebSocket-Key: c2hvcnQ=\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: example.com\r\n\r\n",
    };
    struct http_request request;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(heads); i++) {
        assert_true(http_parse(&request, str_of(heads[i])));
        assert_false(http_is_upgrade(&request));
    }
}

static void host_meta_names_the_websocket(void **state)
{
    struct buf out = {0};

    (void)state;
    http_host_meta(&out, STR("wss://example.com:443/ws"), false);
    http_host_meta(&out, STR("wss://example.com:443/ws"), true);
    buf_add_char(&out, '\0');
    assert_non_null(strstr(out.data,
                           "<Link rel='urn:xmpp:alt-connections:websocket' "
                           "href='wss://example.com:443/ws'/></XRD>"));
    assert_non_null(strstr(
        out.data, "{\"links\":[{\"rel\":\"urn:xmpp:alt-connections:"
                  "websocket\",\"href\":\"wss://example.com:443/ws\"}]}"));
    assert_non_null(strstr(out.data, "Access-Control-Allow-Origin: *\r\n"));
    buf_clear(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_is_read),
        cmocka_unit_test(the_upgrade_is_accepted_with_the_right_hash),
        cmocka_unit_test(what_is_no_request_is_refused),
        cmocka_unit_test(an_upgrade_needs_all_of_it),
        cmocka_unit_test(host_meta_names_the_websocket),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

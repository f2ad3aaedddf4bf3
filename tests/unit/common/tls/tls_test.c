/* A server of ours and a client of OpenSSL's on the two ends of a socket pair.
 */
#include "tests/unit/test.h"

#include <fcntl.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/tls/tls.h"

struct pair {
    struct tls_server *server;
    struct tls *ours;
    SSL_CTX *context;
    SSL *theirs;
    int fds[2];
    enum tls_result result; /* of our handshake */
    int client_result;
};

static char folder[] = "/tmp/posthouse-tls-XXXXXX";

static void path_of(char into[80], const char *name, const char *kind)
{
    snprintf(into, 80, "%s/%s.%s", folder, name, kind);
}

/* Writes NAME.key and NAME.pem, self-signed for the name. */
static void make_certificate(const char *name)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = X509_new();
    X509_NAME *subject = X509_get_subject_name(certificate);
    char path[80];
    FILE *file;

    X509_set_version(certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -60);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_set_pubkey(certificate, key);
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                               (const unsigned char *)name, -1, -1, 0);
    X509_set_issuer_name(certificate, subject);
    assert_true(X509_sign(certificate, key, EVP_sha256()) > 0);
    path_of(path, name, "key");
    file = fopen(path, "w");
    PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL);
    fclose(file);
    path_of(path, name, "pem");
    file = fopen(path, "w");
    PEM_write_X509(file, certificate);
    fclose(file);
    X509_free(certificate);
    EVP_PKEY_free(key);
}

static struct tls_server *server_with_two_names(bool require_alpn)
{
    static const char *const alpn[] = {"xmpp-client", NULL};
    char paths[4][80];
    struct tls_certificate certificates[2] = {
        {NULL, paths[0], paths[1]}, {"b.example", paths[2], paths[3]}};
    struct tls_server_options options = {.certificates = certificates,
                                         .count = 2,
                                         .alpn = alpn,
                                         .require_alpn = require_alpn};
    struct error error;
    struct tls_server *server;

    path_of(paths[0], "a.example", "pem");
    path_of(paths[1], "a.example", "key");
    path_of(paths[2], "b.example", "pem");
    path_of(paths[3], "b.example", "key");
    server = tls_server_new(&options, &error);
    assert_non_null(server);
    return server;
}

static void pair_open(struct pair *pair, bool require_alpn)
{
    *pair = (struct pair){.server = server_with_two_names(require_alpn)};
    assert_int_equal(
        socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair->fds), 0);
    pair->ours = tls_accept(pair->server, pair->fds[0]);
    pair->context = SSL_CTX_new(TLS_client_method());
    pair->theirs = SSL_new(pair->context);
    SSL_set_fd(pair->theirs, pair->fds[1]);
    SSL_set_connect_state(pair->theirs);
}

static void shake_hands(struct pair *pair)
{
    for (int i = 0; i < 10; i++) {
        pair->client_result = SSL_do_handshake(pair->theirs);
        pair->result = tls_handshake(pair->ours);
        if (pair->result == TLS_FAILED)
            return;
    }
}

static void pair_close(struct pair *pair)
{
    tls_shutdown(pair->ours);
    tls_free(pair->ours);
    tls_server_unref(pair->server);
    SSL_free(pair->theirs);
    SSL_CTX_free(pair->context);
    close(pair->fds[0]);
    close(pair->fds[1]);
}

static void what_is_written_on_one_end_is_read_on_the_other(void **state)
{
    struct pair pair;
    struct buf out = {0};
    struct buf in = {0};
    char text[16] = "";

    (void)state;
    pair_open(&pair, false);
    shake_hands(&pair);
    assert_int_equal(pair.result, TLS_OK);
    assert_string_equal(SSL_get_version(pair.theirs), "TLSv1.3");
    assert_int_equal(tls_read(pair.ours, &in, 1000), TLS_WANT_READ);
    assert_int_equal(SSL_write(pair.theirs, "hello", 5), 5);
    assert_int_equal(tls_read(pair.ours, &in, 1000), TLS_OK);
    assert_str(buf_view(&in), "hello");
    buf_add_text(&out, "answer");
    assert_int_equal(tls_write(pair.ours, &out), TLS_OK);
    assert_int_equal(buf_len(&out), 0);
    assert_int_equal(SSL_read(pair.theirs, text, sizeof(text)), 6);
    assert_string_equal(text, "answer");
    SSL_shutdown(pair.theirs);
    assert_int_equal(tls_read(pair.ours, &in, 1000), TLS_CLOSED);
    pair_close(&pair);
    buf_clear(&in);
    buf_clear(&out);
}

static void a_client_that_does_not_read_fills_its_socket_only(void **state)
{
    struct pair pair;
    struct buf out = {0};

    (void)state;
    pair_open(&pair, false);
    shake_hands(&pair);
    memset(buf_reserve(&out, 4 << 20), 'x', 4 << 20);
    buf_added(&out, 4 << 20);
    assert_int_equal(tls_write(pair.ours, &out), TLS_WANT_WRITE);
    assert_true(buf_len(&out) > 0);
    pair_close(&pair);
    buf_clear(&out);
}

static void a_name_gets_its_own_certificate(void **state)
{
    static const char *const cases[][2] = {{"a.example", "a.example"},
                                           {"B.example", "b.example"},
                                           {"c.example", "a.example"},
                                           {NULL, "a.example"}};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct pair pair;
        char name[64];

        pair_open(&pair, false);
        if (cases[i][0])
            SSL_set_tlsext_host_name(pair.theirs, cases[i][0]);
        shake_hands(&pair);
        assert_int_equal(pair.result, TLS_OK);
        X509_NAME_get_text_by_NID(
            X509_get_subject_name(SSL_get0_peer_certificate(pair.theirs)),
            NID_commonName, name, sizeof(name));
        assert_string_equal(name, cases[i][1]);
        pair_close(&pair);
    }
}

static void both_ends_bind_the_same_channel(void **state)
{
    struct pair pair;
    struct arena arena = {0};
    unsigned char theirs[32];
    struct str ours;

    (void)state;
    pair_open(&pair, false);
    shake_hands(&pair);
    SSL_export_keying_material(pair.theirs, theirs, 32,
                               "EXPORTER-Channel-Binding", 24, NULL, 0, 0);
    ours = tls_channel_binding(pair.ours, &arena, STR("tls-exporter"));
    assert_int_equal(ours.len, 32);
    assert_memory_equal(ours.p, theirs, 32);
    X509_digest(SSL_get0_peer_certificate(pair.theirs), EVP_sha256(), theirs,
                NULL);
    ours = tls_channel_binding(pair.ours, &arena, STR("tls-server-end-point"));
    assert_int_equal(ours.len, 32);
    assert_memory_equal(ours.p, theirs, 32);
    assert_null(tls_channel_binding(pair.ours, &arena, STR("tls-unique")).p);
    assert_true(tls_has_channel_binding(pair.ours, STR("tls-exporter")));
    assert_true(
        tls_has_channel_binding(pair.ours, STR("tls-server-end-point")));
    assert_false(tls_has_channel_binding(pair.ours, STR("tls-unique")));
    assert_false(tls_has_channel_binding(pair.ours, STR("other")));
    assert_null(tls_channel_binding(pair.ours, &arena, STR("other")).p);
    assert_null(tls_client_addresses(pair.ours, &arena).p);
    arena_clear(&arena);
    pair_close(&pair);
}

static void tls_1_2_has_its_unique_binding(void **state)
{
    struct pair pair;
    struct arena arena = {0};
    unsigned char theirs[64];
    size_t length;
    struct str ours;

    (void)state;
    pair_open(&pair, false);
    SSL_set_max_proto_version(pair.theirs, TLS1_2_VERSION);
    shake_hands(&pair);
    assert_int_equal(pair.result, TLS_OK);
    length = SSL_get_finished(pair.theirs, theirs, sizeof(theirs));
    ours = tls_channel_binding(pair.ours, &arena, STR("tls-unique"));
    assert_int_equal(ours.len, length);
    assert_memory_equal(ours.p, theirs, length);
    arena_clear(&arena);
    pair_close(&pair);
}

static void what_is_too_old_or_another_protocol_is_refused(void **state)
{
    static const unsigned char other[] = "\x04http";
    struct pair pair;

    (void)state;
    pair_open(&pair, false);
    SSL_set_security_level(pair.theirs, 0);
    SSL_set_min_proto_version(pair.theirs, TLS1_VERSION);
    SSL_set_max_proto_version(pair.theirs, TLS1_1_VERSION);
    shake_hands(&pair);
    assert_int_equal(pair.result, TLS_FAILED);
    assert_true(tls_failure(pair.ours)[0] != '\0');
    pair_close(&pair);

    pair_open(&pair, true);
    SSL_set_alpn_protos(pair.theirs, other, sizeof(other) - 1);
    shake_hands(&pair);
    assert_int_equal(pair.result, TLS_FAILED);
    pair_close(&pair);
}

static void a_missing_file_is_named(void **state)
{
    struct tls_certificate certificate = {NULL, "/nowhere.pem", "/nowhere.key"};
    struct tls_server_options options = {.certificates = &certificate,
                                         .count = 1};
    struct error error;

    (void)state;
    assert_null(tls_server_new(&options, &error));
    assert_non_null(strstr(error.text, "/nowhere.pem"));
}

static int set_up(void **state)
{
    (void)state;
    if (!mkdtemp(folder))
        return -1;
    make_certificate("a.example");
    make_certificate("b.example");
    return 0;
}

static int tear_down(void **state)
{
    static const char *const names[] = {"a.example", "b.example"};
    char path[80];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        path_of(path, names[i], "key");
        unlink(path);
        path_of(path, names[i], "pem");
        unlink(path);
    }
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_on_one_end_is_read_on_the_other),
        cmocka_unit_test(a_client_that_does_not_read_fills_its_socket_only),
        cmocka_unit_test(a_name_gets_its_own_certificate),
        cmocka_unit_test(both_ends_bind_the_same_channel),
        cmocka_unit_test(tls_1_2_has_its_unique_binding),
        cmocka_unit_test(what_is_too_old_or_another_protocol_is_refused),
        cmocka_unit_test(a_missing_file_is_named),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}

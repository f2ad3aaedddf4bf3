/* For which domains another server's certificate is valid (RFC 6125, RFC 6120
 * §13.7): whole names of subjectAltName, and none that only looks like one. */
#include "tests/unit/test.h"

#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/tls/tls.h"

#define XMPP_ADDRESS "1.3.6.1.5.5.7.8.5"
#define SRV_NAME     "1.3.6.1.5.5.7.8.7"

enum kind { DNS, EMAIL, URI, SRV, ADDRESS, ADDRESS_IA5, COMMON_NAME };

/* One name of a certificate; `text` may have a NUL in it. */
struct name {
    enum kind kind;
    struct str text;
};

static char folder[] = "/tmp/posthouse-peer-XXXXXX";
static char chain[80], key_file[80];

/* --- certificates --------------------------------------------------------- */

static ASN1_STRING *string_of(int type, struct str text)
{
    ASN1_STRING *made = ASN1_STRING_type_new(type);

    assert_true(ASN1_STRING_set(made, text.p, (int)text.len));
    return made;
}

static GENERAL_NAME *general_name(const struct name *name)
{
    static const int types[] = {
        [DNS] = GEN_DNS, [EMAIL] = GEN_EMAIL, [URI] = GEN_URI};
    GENERAL_NAME *made = GENERAL_NAME_new();
    ASN1_TYPE *value;
    int type = name->kind == ADDRESS ? V_ASN1_UTF8STRING : V_ASN1_IA5STRING;

    if (name->kind <= URI) {
        GENERAL_NAME_set0_value(made, types[name->kind],
                                string_of(V_ASN1_IA5STRING, name->text));
        return made;
    }
    value = ASN1_TYPE_new();
    ASN1_TYPE_set(value, type, string_of(type, name->text));
    GENERAL_NAME_set0_othername(
        made, OBJ_txt2obj(name->kind == SRV ? SRV_NAME : XMPP_ADDRESS, 1),
        value);
    return made;
}

static void add_name(X509 *certificate, const struct name *name)
{
    GENERAL_NAMES *all;

    if (name->kind == COMMON_NAME) {
        X509_NAME_add_entry_by_txt(
            X509_get_subject_name(certificate), "CN", V_ASN1_UTF8STRING,
            (const unsigned char *)name->text.p, (int)name->text.len, -1, 0);
        return;
    }
    all = GENERAL_NAMES_new();
    sk_GENERAL_NAME_push(all, general_name(name));
    assert_int_equal(
        X509_add1_ext_i2d(certificate, NID_subject_alt_name, all, 0, 0), 1);
    GENERAL_NAMES_free(all);
}

/* Signed by itself; whoever has it as an authority believes it. */
static void make_certificate(const struct name *name)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = X509_new();
    FILE *file;

    X509_set_version(certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -60);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_set_pubkey(certificate, key);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "O",
                               MBSTRING_ASC, (const unsigned char *)"test", -1,
                               -1, 0);
    add_name(certificate, name);
    X509_set_issuer_name(certificate, X509_get_subject_name(certificate));
    assert_true(X509_sign(certificate, key, EVP_sha256()) > 0);
    file = fopen(key_file, "w");
    PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL);
    fclose(file);
    file = fopen(chain, "w");
    PEM_write_X509(file, certificate);
    fclose(file);
    X509_free(certificate);
    EVP_PKEY_free(key);
}

/* --- handshakes ----------------------------------------------------------- */

static void shake_hands(struct tls *one, struct tls *other)
{
    for (int i = 0; i < 20; i++) {
        enum tls_result a = tls_handshake(one), b = tls_handshake(other);

        if (a == TLS_OK && b == TLS_OK)
            return;
        assert_false(tls_is_over(a) || tls_is_over(b));
    }
    fail();
}

/* Whether the certificate makes a server that shows it the domain's; and one
 * that calls with it. */
static bool is_valid_for(const struct name *name, const char *domain)
{
    struct tls_certificate own = {NULL, chain, key_file};
    struct tls_server_options options = {.certificates = &own,
                                         .count = 1,
                                         .client_ca = chain,
                                         .judges_peers = true};
    struct error error = {0};
    struct tls_server *server;
    struct tls *caller, *called;
    bool is_caller, is_called;
    int fds[2];

    make_certificate(name);
    server = tls_server_new(&options, &error);
    assert_non_null(server);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds),
                     0);
    called = tls_accept(server, fds[0]);
    caller =
        tls_connect(server, fds[1], STR("our.example"), str_of(domain), NULL);
    shake_hands(caller, called);
    is_called = tls_peer_is(caller, str_of(domain), &error);
    is_caller = tls_peer_is(called, str_of(domain), &error);
    tls_free(caller);
    tls_free(called);
    close(fds[0]);
    close(fds[1]);
    tls_server_unref(server);
    assert_int_equal(is_called, is_caller);
    return is_called;
}

/* --- the tests ------------------------------------------------------------ */

static void names_of_a_domain_are_valid_for_it(void **state)
{
    static const struct {
        struct name name;
        const char *domain;
    } rows[] = {
        {{DNS, STR("their.example")}, "their.example"},
        {{DNS, STR("THEIR.EXAMPLE")}, "their.example"},
        {{DNS, STR("*.host.example")}, "their.host.example"},
        {{DNS, STR("xn--bcher-kva.example")},
         "b\xc3\xbc"
         "cher.example"},
        {{SRV, STR("_xmpp-server.their.example")}, "their.example"},
        {{SRV, STR("_XMPP-Server.Their.Example")}, "their.example"},
        {{ADDRESS, STR("their.example")}, "their.example"},
        {{ADDRESS, STR("b\xc3\xbc"
                       "cher.example")},
         "b\xc3\xbc"
         "cher.example"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        if (!is_valid_for(&rows[i].name, rows[i].domain))
            fail_msg("row %zu", i);
}

static void what_looks_like_a_domain_is_not_valid_for_it(void **state)
{
    static const struct {
        struct name name;
        const char *domain;
    } rows[] = {
        /* An end that C would see, and others do not. */
        {{DNS, STR("their.example\0.evil.example")}, "their.example"},
        {{DNS, STR("their.example\0")}, "their.example"},
        {{SRV, STR("_xmpp-server.their.example\0.evil.example")},
         "their.example"},
        {{ADDRESS, STR("their.example\0.evil.example")}, "their.example"},
        {{ADDRESS, STR("their.example\0")}, "their.example"},
        /* Wild cards that are too wide, or stand elsewhere. */
        {{DNS, STR("*")}, "their.example"},
        {{DNS, STR("*.example")}, "their.example"},
        {{DNS, STR("*.*.example")}, "a.their.example"},
        {{DNS, STR("their.*.example")}, "their.host.example"},
        {{DNS, STR("t*.host.example")}, "their.host.example"},
        {{DNS, STR("*r.host.example")}, "their.host.example"},
        {{DNS, STR("*.host.example")}, "host.example"},
        {{DNS, STR("*.host.example")}, "a.their.host.example"},
        {{DNS, STR("*.host.example")}, "xn--bcher-kva.evil.example"},
        {{SRV, STR("_xmpp-server.*.example")}, "their.example"},
        {{ADDRESS, STR("*.host.example")}, "their.host.example"},
        /* Another domain, service, or kind of name. */
        {{DNS, STR("sub.their.example")}, "their.example"},
        {{DNS, STR("their.example.evil.example")}, "their.example"},
        {{DNS, STR(".example")}, "their.example"},
        {{DNS, STR("")}, "their.example"},
        {{SRV, STR("_xmpp-client.their.example")}, "their.example"},
        {{SRV, STR("_xmpp-server.")}, "their.example"},
        {{SRV, STR("their.example")}, "their.example"},
        {{ADDRESS, STR("juliet@their.example")}, "their.example"},
        {{ADDRESS_IA5, STR("their.example")}, "their.example"},
        {{EMAIL, STR("their.example")}, "their.example"},
        {{EMAIL, STR("juliet@their.example")}, "their.example"},
        {{URI, STR("xmpp:their.example")}, "their.example"},
        {{COMMON_NAME, STR("their.example")}, "their.example"},
        {{DNS, STR("b\xc3\xbc"
                   "cher.example")},
         "bucher.example"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        if (is_valid_for(&rows[i].name, rows[i].domain))
            fail_msg("row %zu", i);
}

static int make_folder(void **state)
{
    (void)state;
    if (!mkdtemp(folder))
        return -1;
    snprintf(chain, sizeof(chain), "%s/chain.pem", folder);
    snprintf(key_file, sizeof(key_file), "%s/key.pem", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    unlink(chain);
    unlink(key_file);
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_of_a_domain_are_valid_for_it),
        cmocka_unit_test(what_looks_like_a_domain_is_not_valid_for_it),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}

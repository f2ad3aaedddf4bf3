/* floor: what the rows of `make bench` would cost with nothing around the least
 * that each of them needs. */
#include "floor.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

/* The client's side trusts what the server shows, itself. */
static bool open_tls(struct floor_tls *tls, const char *chain, const char *key)
{
    const struct tls_certificate certificate = {NULL, chain, key};
    struct tls_server_options options = {.certificates = &certificate,
                                         .count = 1};
    struct error error = {0};

    tls->server = tls_server_new(&options, &error);
    options.judges_peers = true;
    options.client_ca = chain;
    tls->client = tls->server ? tls_server_new(&options, &error) : NULL;
    if (!tls->client)
        fprintf(stderr, "floor: %s\n", error.text);
    return tls->client != NULL;
}

int main(int argc, char **argv)
{
    struct floor_tls tls = {0};
    bool good;

    if (argc != 3) {
        fputs("usage: floor CERTIFICATE.pem KEY.pem\n", stderr);
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    setvbuf(stdout, NULL, _IOLBF, 0);
    good = open_tls(&tls, argv[1], argv[2]);
    if (good) {
        floor_handshake(&tls);
        good = floor_hops(&tls) && floor_rows();
    }
    tls_server_unref(tls.client);
    tls_server_unref(tls.server);
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}

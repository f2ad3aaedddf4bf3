/* load: drives an XMPP server and prints what a login, a message and an idle
 * connection cost. Status 0 when every message arrived once and in order. */
#include <stdio.h>
#include <stdlib.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#include "load.h"

static bool load_open(struct load *load)
{
    struct rlimit files;

    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &files);
    }
    signal(SIGPIPE, SIG_IGN);
    load->tls = SSL_CTX_new(TLS_client_method());
    load->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (!load->tls || load->epoll < 0)
        return false;
    SSL_CTX_set_mode(load->tls, SSL_MODE_ENABLE_PARTIAL_WRITE |
                                    SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                    SSL_MODE_RELEASE_BUFFERS);
    load->clients =
        mem_zalloc(load->options.connections * sizeof(struct client));
    return true;
}

static void load_close(struct load *load)
{
    for (unsigned i = 0; i < load->started; i++)
        client_free(&load->clients[i]);
    free(load->clients);
    free(load->latencies.microseconds);
    SSL_CTX_free(load->tls);
    close(load->epoll);
}

int main(int argc, char **argv)
{
    struct load load = {0};
    bool good;

    if (!load_options_parse(&load.options, argc, argv))
        return 2;
    if (!load_open(&load))
        return EXIT_FAILURE;
    setvbuf(stdout, NULL, _IOLBF, 0);
    good = run_all(&load);
    load_close(&load);
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}

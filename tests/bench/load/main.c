/* load: drives an XMPP server and prints what a login, a message and an idle
 * connection cost. Status 0 when every message arrived once and in order. */
#include <stdio.h>
#include <stdlib.h>
#include <signal.h>
#include <sys/resource.h>

#include "load.h"

static bool load_open(struct load *load)
{
    const struct load_options *options = &load->options;
    struct rlimit files;

    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &files);
    }
    signal(SIGPIPE, SIG_IGN);
    load->wire = (struct client_wire){.host = options->host,
                                      .port = options->port,
                                      .domain = options->domain,
                                      .password = options->password,
                                      .mechanism = options->mechanism,
                                      .security = options->tls,
                                      .on_ready = speaker_on_ready,
                                      .on_input = speaker_on_input,
                                      .on_failed = speaker_on_failed};
    load->speakers =
        mem_zalloc(load->options.connections * sizeof(struct speaker));
    return client_wire_open(&load->wire);
}

static void load_close(struct load *load)
{
    for (unsigned i = 0; i < load->started; i++) {
        client_reset(&load->speakers[i].client);
        free(load->speakers[i].seen);
    }
    free(load->speakers);
    free(load->latencies.microseconds);
    client_wire_close(&load->wire);
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

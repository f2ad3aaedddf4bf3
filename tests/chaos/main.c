/* chaos: people who chat with a server whose daemons are being killed; driven
 * by tests/chaos/run, which does the killing. Status 0 when nothing was lost.
 */
#include "chaos.h"

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

static const struct option table[] = {
    {"port", required_argument, NULL, 'p'},
    {"domain", required_argument, NULL, 'd'},
    {"password", required_argument, NULL, 'w'},
    {"users", required_argument, NULL, 'u'},
    {"rate", required_argument, NULL, 'r'},
    {"seed", required_argument, NULL, 's'},
    {"regulars", required_argument, NULL, 'g'},
    {"other-domain", required_argument, NULL, 'D'},
    {"other-port", required_argument, NULL, 'P'},
    {"may-double", no_argument, NULL, 'm'},
    {NULL, 0, NULL, 0},
};

static bool parse_one(struct options *options, int option)
{
    uint64_t value = 0;

    if (option == 'D') {
        options->other_domain = optarg;
        return true;
    }
    if (option == 'm')
        return options->may_double = true;
    if (option == 'd' || option == 'w') {
        *(option == 'd' ? &options->domain : &options->password) = optarg;
        return true;
    }
    if (!str_to_u64(str_of(optarg), &value) || value > 1000000)
        return false;
    switch (option) {
    case 'P':
        options->other_port = (unsigned)value;
        return true;
    case 'p':
        options->port = (unsigned)value;
        return true;
    case 'u':
        options->users = (unsigned)value;
        return value >= 2 && value <= 5000;
    case 'r':
        options->rate = (unsigned)value;
        return true;
    case 'g':
        options->regulars = (unsigned)value;
        return value <= options->users;
    case 's':
        options->seed = (unsigned)value;
        return true;
    default:
        return false;
    }
}

static bool parse(struct options *options, int argc, char **argv)
{
    int option;

    *options = (struct options){.host = "127.0.0.1",
                                .port = 5222,
                                .domain = "localhost",
                                .password = "password",
                                .users = 40,
                                .rate = 100,
                                .seed = 1};
    while ((option = getopt_long(argc, argv, "", table, NULL)) != -1) {
        if (option == '?' || !parse_one(options, option)) {
            fputs("usage: chaos [--port N] [--domain D] [--password P] "
                  "[--users N] [--rate N] [--seed N] [--regulars N] "
                  "[--other-domain D --other-port N] [--may-double]\n",
                  stderr);
            return false;
        }
    }
    return true;
}

static void chaos_close(struct chaos *chaos)
{
    for (unsigned i = 0; i < chaos->options.users; i++)
        person_free(&chaos->people[i]);
    free(chaos->people);
    ledger_close(&chaos->ledger);
    arena_clear(&chaos->arena);
    for (unsigned i = 0; i < COUNT_OF(chaos->wires); i++)
        if (chaos->wires[i].domain)
            client_wire_close(&chaos->wires[i]);
}

int main(int argc, char **argv)
{
    struct chaos chaos = {0};
    const struct options *options = &chaos.options;
    bool is_good;

    if (!parse(&chaos.options, argc, argv))
        return 2;
    setvbuf(stdout, NULL, _IOLBF, 0);
    signal(SIGPIPE, SIG_IGN);
    chaos.wires[0] = (struct client_wire){.host = options->host,
                                      .port = options->port,
                                      .domain = options->domain,
                                      .password = options->password,
                                      .mechanism = "SCRAM-SHA-256",
                                      .security = CLIENT_TLS_STARTTLS,
                                      .on_ready = session_on_ready,
                                      .on_input = stanza_on_input,
                                      .on_failed = session_on_failed};
    chaos.people = mem_zalloc(options->users * sizeof(*chaos.people));
    ledger_open(&chaos.ledger, options->users);
    if (options->other_domain) {
        chaos.wires[1] = chaos.wires[0];
        chaos.wires[1].domain = options->other_domain;
        chaos.wires[1].port = options->other_port;
    }
    for (unsigned i = 0; i < COUNT_OF(chaos.wires); i++)
        if (chaos.wires[i].domain && !client_wire_open(&chaos.wires[i]))
            return 2;
    is_good = chaos_run(&chaos);
    chaos_close(&chaos);
    return is_good ? EXIT_SUCCESS : EXIT_FAILURE;
}

#include "load.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct option table[] = {
    {"host", required_argument, NULL, 'h'},
    {"port", required_argument, NULL, 'p'},
    {"domain", required_argument, NULL, 'd'},
    {"password", required_argument, NULL, 'w'},
    {"mechanism", required_argument, NULL, 'm'},
    {"tls", required_argument, NULL, 't'},
    {"connections", required_argument, NULL, 'c'},
    {"parallel", required_argument, NULL, 'l'},
    {"pairs", required_argument, NULL, 'a'},
    {"window", required_argument, NULL, 'n'},
    {"rate", required_argument, NULL, 'r'},
    {"room", required_argument, NULL, 'o'},
    {"messages", required_argument, NULL, 'M'},
    {"seconds", required_argument, NULL, 's'},
    {"contacts", required_argument, NULL, 'O'},
    {"befriended", no_argument, NULL, 'b'},
    {"env", required_argument, NULL, 'e'},
    {"pids", required_argument, NULL, 'i'},
    {"parts", required_argument, NULL, 'P'},
    {NULL, 0, NULL, 0},
};

static void usage(void)
{
    fputs("usage: load --host ADDR --port N --domain D --password P\n"
          "            [--tls none|starttls|direct] [--connections N]\n"
          "            [--mechanism PLAIN|SCRAM-SHA-1|SCRAM-SHA-256]\n"
          "            [--parallel N] [--pairs N] [--window N] [--rate N]\n"
          "            [--room JID] [--messages N] [--contacts N "
          "[--befriended]]\n"
          "            [--seconds N] [--env posthouse.env] "
          "[--pids NAME=PID,PID]…\n"
          "            [--parts saturated,paced,offline,presence]\n"
          "Users are load0 … load<connections-1>.\n",
          stderr);
}

static bool parse_tls(enum client_tls *tls, const char *text)
{
    static const char *const names[] = {"none", "starttls", "direct"};

    for (unsigned i = 0; i < COUNT_OF(names); i++) {
        if (strcmp(names[i], text) == 0) {
            *tls = (enum client_tls)i;
            return true;
        }
    }
    return false;
}

static bool parse_count(unsigned *into, const char *text)
{
    uint64_t value;

    if (!str_to_u64(str_of(text), &value) || value > 1000000)
        return false;
    *into = (unsigned)value;
    return true;
}

static bool parse_one(struct load_options *options, int option)
{
    switch (option) {
    case 'h':
        options->host = optarg;
        return true;
    case 'p':
        return parse_count(&options->port, optarg);
    case 'd':
        options->domain = optarg;
        return true;
    case 'w':
        options->password = optarg;
        return true;
    case 'm':
        options->mechanism = optarg;
        return true;
    case 't':
        return parse_tls(&options->tls, optarg);
    case 'c':
        return parse_count(&options->connections, optarg);
    case 'l':
        return parse_count(&options->parallel, optarg);
    case 'a':
        return parse_count(&options->pairs, optarg);
    case 'n':
        return parse_count(&options->window, optarg);
    case 'r':
        return parse_count(&options->rate, optarg);
    case 's':
        return parse_count(&options->seconds, optarg);
    case 'o':
        options->room = optarg;
        return true;
    case 'M':
        return parse_count(&options->messages, optarg);
    case 'O':
        return parse_count(&options->contacts, optarg);
    case 'b':
        options->befriended = true;
        return true;
    case 'e':
        options->env_path = optarg;
        return true;
    case 'P':
        options->parts = optarg;
        return true;
    case 'i':
        if (options->pids_count == COUNT_OF(options->pids))
            return false;
        options->pids[options->pids_count++] = optarg;
        return true;
    default:
        return false;
    }
}

bool load_options_parse(struct load_options *options, int argc, char **argv)
{
    int option;

    *options = (struct load_options){.host = "127.0.0.1",
                                     .port = 5222,
                                     .domain = "localhost",
                                     .password = "load password",
                                     .mechanism = "SCRAM-SHA-256",
                                     .tls = CLIENT_TLS_STARTTLS,
                                     .connections = 1000,
                                     .parallel = 32,
                                     .pairs = 100,
                                     .window = 10,
                                     .rate = 1000,
                                     .messages = 200,
                                     .seconds = 10,
                                     .contacts = 50};
    while ((option = getopt_long(argc, argv, "", table, NULL)) != -1) {
        if (!parse_one(options, option)) {
            usage();
            return false;
        }
    }
    if (options->room)
        return options->connections > 0 && options->window > 0;
    if (options->connections < 2 * options->pairs || options->pairs == 0 ||
        options->seconds == 0 || options->rate == 0) {
        fputs("load: two connections are needed for each pair\n", stderr);
        return false;
    }
    return true;
}

#include "options.h"

#include <arpa/inet.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../common/daemon/daemon.h"
#include "../common/daemon/options.h"
#include "../common/jid/jid.h"

#define DEFAULT_BASE_PORT 5200
#define MAX_BASE_PORT     (65535 - 147)

enum {
    OPT_STATE = 256,
    OPT_DOMAIN,
    OPT_LISTEN,
    OPT_BASE_PORT,
    OPT_C2S,
    OPT_SM,
    OPT_MUC,
    OPT_S2S,
    OPT_PROXY,
    OPT_COMPONENT,
    OPT_SET,
    OPT_DETACH,
    OPT_JSON,
    OPT_HELP,
    OPT_VERSION
};

static const struct option long_options[] = {
    {"state", required_argument, NULL, OPT_STATE},
    {"domain", required_argument, NULL, OPT_DOMAIN},
    {"listen", required_argument, NULL, OPT_LISTEN},
    {"base-port", required_argument, NULL, OPT_BASE_PORT},
    {"c2s", required_argument, NULL, OPT_C2S},
    {"sm", required_argument, NULL, OPT_SM},
    {"muc", required_argument, NULL, OPT_MUC},
    {"s2s", required_argument, NULL, OPT_S2S},
    {"proxy", required_argument, NULL, OPT_PROXY},
    {"component", required_argument, NULL, OPT_COMPONENT},
    {"set", required_argument, NULL, OPT_SET},
    {"detach", no_argument, NULL, OPT_DETACH},
    {"json", no_argument, NULL, OPT_JSON},
    {"help", no_argument, NULL, OPT_HELP},
    {"version", no_argument, NULL, OPT_VERSION},
    {NULL, 0, NULL, 0},
};

static const char help[] =
    "usage: posthouse up --state DIR [option]...\n"
    "       posthouse down --state DIR\n"
    "       posthouse status --state DIR [--json]\n"
    "\n"
    "  --state DIR              everything of the suite lies in it\n"
    "  --domain D               a domain to serve; default localhost\n"
    "  --listen ADDR            address of the client ports; default "
    "127.0.0.1\n"
    "  --base-port N            ports are N+22 (clients), N+23 (direct TLS), "
    "N+81\n"
    "                           (WebSocket), N+82 (HTTPS), N+69 and N+70 "
    "(other\n"
    "                           servers), N+77 (file transfer) and N+147\n"
    "                           (components); default 5200\n"
    "  --c2s N, --sm N, --muc N, --s2s N, --proxy N\n"
    "                           processes of each kind; default 1\n"
    "  --component NAME=SECRET  a component that may connect\n"
    "  --set section.key=value  an option of posthouse.conf\n"
    "  --detach                 go to the background once everything serves\n";

static bool refuse(const char *option, const char *expected, const char *value)
{
    fprintf(stderr, "posthouse: %s: expected %s, got \"%s\"\n", option,
            expected, value);
    return false;
}

static bool take_number(const char *option, const char *value, unsigned most,
                        unsigned *number)
{
    uint64_t wide;
    char expected[48];

    if (str_to_u64(str_of(value), &wide) && wide >= 1 && wide <= most) {
        *number = (unsigned)wide;
        return true;
    }
    (void)snprintf(expected, sizeof(expected), "a number from 1 to %u", most);
    return refuse(option, expected, value);
}

/* The form under which the rest of the suite compares domains. */
static bool is_domain(struct str text)
{
    struct arena arena = {0};
    bool is_prepared =
        text.len > 0 && str_eq(jid_prep_domain(&arena, text), text);

    arena_clear(&arena);
    return is_prepared;
}

static bool take_domain(struct options *options, const char *value)
{
    if (!is_domain(str_of(value)))
        return refuse("--domain", "a domain in lower case", value);
    options->domains.items[options->domains.count++] = value;
    return true;
}

static bool take_component(struct options *options, const char *value)
{
    struct str secret = str_of(value);

    if (!is_domain(str_cut(&secret, '=')) || secret.len == 0)
        return refuse("--component", "NAME=SECRET", value);
    options->components.items[options->components.count++] = value;
    return true;
}

static bool take_listen(struct options *options, const char *value)
{
    unsigned char binary[sizeof(struct in6_addr)];

    if (inet_pton(AF_INET, value, binary) != 1 &&
        inet_pton(AF_INET6, value, binary) != 1)
        return refuse("--listen", "an IP address", value);
    options->listen = value;
    return true;
}

static bool take(struct options *options, int option, const char *value)
{
    switch (option) {
    case OPT_STATE:
        options->state = value;
        return true;
    case OPT_DOMAIN:
        return take_domain(options, value);
    case OPT_LISTEN:
        return take_listen(options, value);
    case OPT_BASE_PORT:
        return take_number("--base-port", value, MAX_BASE_PORT,
                           &options->base_port);
    case OPT_C2S:
        return take_number("--c2s", value, MAX_PROCESSES, &options->c2s);
    case OPT_SM:
        return take_number("--sm", value, MAX_PROCESSES, &options->sm);
    case OPT_MUC:
        return take_number("--muc", value, MAX_PROCESSES, &options->muc);
    case OPT_S2S:
        return take_number("--s2s", value, MAX_S2S, &options->s2s);
    case OPT_PROXY:
        return take_number("--proxy", value, MAX_PROXIES, &options->proxies);
    case OPT_COMPONENT:
        return take_component(options, value);
    case OPT_SET:
        options->settings.items[options->settings.count++] = value;
        return true;
    case OPT_DETACH:
        options->detach = true;
        return true;
    case OPT_JSON:
        options->json = true;
        return true;
    default:
        fputs("posthouse: see --help\n", stderr);
        return false;
    }
}

/* A value that spans lines could end its own and begin another. */
static bool has_control_character(int argc, char **argv)
{
    for (int i = 0; i < argc; i++)
        for (const char *c = argv[i]; *c; c++)
            if ((unsigned char)*c < ' ' || *c == 0x7f)
                return true;
    return false;
}

static bool take_command(struct options *options, int argc, char **argv)
{
    static const char *const names[] = {
        [COMMAND_UP] = "up",
        [COMMAND_DOWN] = "down",
        [COMMAND_STATUS] = "status",
    };

    for (size_t i = 0; argc == optind + 1 && i < COUNT_OF(names); i++) {
        if (strcmp(argv[optind], names[i]) == 0) {
            options->command = (enum command)i;
            return true;
        }
    }
    fputs("posthouse: expected one of up, down, status; see --help\n", stderr);
    return false;
}

static bool complete(struct options *options)
{
    if (!options->state || !options->state[0]) {
        fputs("posthouse: expected --state DIR; see --help\n", stderr);
        return false;
    }
    if (options->domains.count == 0)
        options->domains.items[options->domains.count++] = "localhost";
    return true;
}

static void make_values(struct values *values, int argc)
{
    values->items = mem_zalloc(((size_t)argc + 1) * sizeof(char *));
}

bool options_read(struct options *options, int argc, char **argv, int *status)
{
    int option;

    *options = (struct options){.listen = "127.0.0.1",
                                .base_port = DEFAULT_BASE_PORT,
                                .c2s = 1,
                                .sm = 1,
                                .muc = 1,
                                .s2s = 1,
                                .proxies = 1};
    make_values(&options->domains, argc);
    make_values(&options->components, argc);
    make_values(&options->settings, argc);
    *status = EXIT_USAGE;
    if (has_control_character(argc, argv)) {
        fputs("posthouse: control character in an argument\n", stderr);
        return false;
    }
    optind = 0; /* begin anew, for whoever reads more than one command line */
    while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
        if (option == OPT_HELP || option == OPT_VERSION) {
            fputs(option == OPT_HELP
                      ? help
                      : "posthouse (Posthouse) " POSTHOUSE_VERSION "\n",
                  stdout);
            *status = EXIT_SUCCESS;
            return false;
        }
        if (!take(options, option, optarg))
            return false;
    }
    return take_command(options, argc, argv) && complete(options);
}

void options_clear(struct options *options)
{
    free((void *)options->domains.items);
    free((void *)options->components.items);
    free((void *)options->settings.items);
    *options = (struct options){0};
}

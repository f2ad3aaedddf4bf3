#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/daemon/options.h"
#include "common/text/text.h"
#include "phchat.h"

enum {
    OPT_JID = 256,
    OPT_PASSWORD,
    OPT_SERVER,
    OPT_CA,
    OPT_FOLDER,
    OPT_JSON,
    OPT_PROXY_ONLY,
    OPT_HELP,
    OPT_VERSION
};

static const struct option long_options[] = {
    {"jid", required_argument, NULL, OPT_JID},
    {"password-file", required_argument, NULL, OPT_PASSWORD},
    {"server", required_argument, NULL, OPT_SERVER},
    {"ca", required_argument, NULL, OPT_CA},
    {"folder", required_argument, NULL, OPT_FOLDER},
    {"json", no_argument, NULL, OPT_JSON},
    {"proxy-only", no_argument, NULL, OPT_PROXY_ONLY},
    {"help", no_argument, NULL, OPT_HELP},
    {"version", no_argument, NULL, OPT_VERSION},
    {NULL, 0, NULL, 0},
};

static void print_help(void)
{
    fputs(
        in_words(
            "usage: phchat --jid JID [option]... [VERB WORD...]\n\n"
            "  --jid JID             the account\n"
            "  --password-file FILE  its password, the first line of it; else\n"
            "                        $PHCHAT_PASSWORD, else asked for\n"
            "  --server HOST:PORT    where to connect, instead of DNS\n"
            "  --ca FILE             PEM file of trusted certificates\n"
            "  --folder DIR          where received files go; default .\n"
            "  --json                one object for each event\n"
            "  --proxy-only          files go by the proxy, never directly\n\n"
            "Without a verb it is interactive.\n\n"),
        stdout);
    commands_help();
}

/* HOST:PORT, [V6]:PORT or HOST. */
static bool take_server(struct options *options, char *value)
{
    char *colon = strrchr(value, ':');
    uint64_t port = 5222;

    if (colon && colon[1] && !strchr(colon, ']')) {
        if (!str_to_u64(str_of(colon + 1), &port) || port == 0 || port > 65535)
            return false;
        *colon = '\0';
    }
    options->host = value;
    if (value[0] == '[' && value[strlen(value) - 1] == ']') {
        value[strlen(value) - 1] = '\0';
        options->host = value + 1;
    }
    options->port = (unsigned short)port;
    return value[0] != '\0';
}

static bool refuse(const char *option, const char *expected, const char *value)
{
    fprintf(stderr, in_words("phchat: %s: expected %s, got %s\n"), option,
            expected, value);
    return false;
}

/* NULL after a message. */
static FILE *open_file(const char *path)
{
    FILE *file = fopen(path, "re");

    if (!file)
        fprintf(stderr, "phchat: %s: %s\n", path, strerror(errno));
    return file;
}

static char *read_line(const char *path)
{
    FILE *file = open_file(path);
    char *line = NULL;
    size_t size = 0;

    if (!file)
        return NULL;
    if (getline(&line, &size, file) >= 0)
        line[strcspn(line, "\r\n")] = '\0';
    (void)fclose(file);
    return line;
}

/* libstrophe would tell of a file that is not there as of a lost connection. */
static bool take_ca(struct options *options, const char *path)
{
    FILE *file = open_file(path);

    options->ca_file = path;
    return file && fclose(file) == 0;
}

static bool take(struct options *options, int option, char *value)
{
    switch (option) {
    case OPT_JID:
        options->jid = value;
        return strchr(value, '@') || refuse("--jid", "user@domain", value);
    case OPT_PASSWORD:
        options->password = read_line(value);
        return options->password != NULL;
    case OPT_SERVER:
        return take_server(options, value) ||
               refuse("--server", "HOST:PORT", value);
    case OPT_CA:
        return take_ca(options, value);
    case OPT_FOLDER:
        options->folder = value;
        return true;
    case OPT_PROXY_ONLY:
        options->proxy_only = true;
        return true;
    case OPT_JSON:
        options->json = true;
        text_set_default(LANGUAGE_EN); /* scripts know one language */
        return true;
    default:
        return false;
    }
}

bool options_read(struct options *options, int argc, char **argv, int *status)
{
    int option;

    *options =
        (struct options){.folder = ".", .password = getenv("PHCHAT_PASSWORD")};
    *status = EXIT_USAGE;
    /* The verb's own words are none of our options. */
    while ((option = getopt_long(argc, argv, "+", long_options, NULL)) != -1) {
        if (option == OPT_HELP || option == OPT_VERSION) {
            if (option == OPT_HELP)
                print_help();
            else
                puts("phchat (Posthouse) " POSTHOUSE_VERSION);
            *status = EXIT_SUCCESS;
            return false;
        }
        if (!take(options, option, optarg)) {
            fputs(in_words("phchat: see --help\n"), stderr);
            return false;
        }
    }
    options->words = argv + optind;
    options->count = argc - optind;
    if (options->jid)
        return true;
    fputs(in_words("phchat: expected --jid JID; see --help\n"), stderr);
    return false;
}

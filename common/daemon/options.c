#include "options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    OPT_CONFIG = 256,
    OPT_INSTANCE,
    OPT_OF,
    OPT_RUN_DIR,
    OPT_USER,
    OPT_LOG,
    OPT_SET,
    OPT_HELP,
    OPT_VERSION
};

static const struct option long_options[] = {
    {"config", required_argument, NULL, OPT_CONFIG},
    {"instance", required_argument, NULL, OPT_INSTANCE},
    {"of", required_argument, NULL, OPT_OF},
    {"run-dir", required_argument, NULL, OPT_RUN_DIR},
    {"user", required_argument, NULL, OPT_USER},
    {"log", required_argument, NULL, OPT_LOG},
    {"set", required_argument, NULL, OPT_SET},
    {"help", no_argument, NULL, OPT_HELP},
    {"version", no_argument, NULL, OPT_VERSION},
    {NULL, 0, NULL, 0},
};

static void print_help(const char *program)
{
    printf("usage: %s --run-dir DIR [--config FILE] [--instance N --of N]\n"
           "       [--user NAME] [--log FILE] [--set section.key=value]...\n"
           "\n"
           "  --run-dir DIR   folder of the suite's sockets\n"
           "  --config FILE   posthouse.conf; without it the defaults hold\n"
           "  --instance N    number of this process among --of N of its kind\n"
           "  --user NAME     switch to this user after start-up\n"
           "  --log FILE      append log lines to it, not to standard error\n"
           "  --set S.K=V     override an option of the configuration\n",
           program);
}

static bool number(const char *text, unsigned *value)
{
    uint64_t wide;

    if (!str_to_u64(str_of(text), &wide) || wide > 100000)
        return false;
    *value = (unsigned)wide;
    return true;
}

/* One option; false when its value is wrong. */
static bool take(struct daemon_options *options, int option, char *value,
                 const char **overrides)
{
    switch (option) {
    case OPT_CONFIG:
        options->config_path = value;
        return true;
    case OPT_RUN_DIR:
        options->run_dir = value;
        return true;
    case OPT_USER:
        options->user = value;
        return true;
    case OPT_LOG:
        options->log_path = value;
        return true;
    case OPT_SET:
        overrides[options->override_count++] = value;
        return true;
    case OPT_INSTANCE:
        return number(value, &options->instance);
    case OPT_OF:
        return number(value, &options->of);
    default:
        return false;
    }
}

static bool is_complete(const struct daemon_options *options, int argc)
{
    return options->run_dir && optind == argc &&
           options->instance < options->of;
}

bool options_parse(struct daemon_options *options, const char *program,
                   int argc, char **argv, int *status)
{
    const char **overrides = mem_zalloc((size_t)argc * sizeof(char *));
    int option;

    *options = (struct daemon_options){
        .program = program, .of = 1, .overrides = overrides};
    *status = EXIT_USAGE;
    while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
        if (option == OPT_HELP || option == OPT_VERSION) {
            *status = EXIT_SUCCESS;
            if (option == OPT_HELP)
                print_help(program);
            else
                printf("%s (Posthouse) %s\n", program, POSTHOUSE_VERSION);
            return false;
        }
        if (!take(options, option, optarg, overrides)) {
            fprintf(stderr, "%s: see --help\n", program);
            return false;
        }
    }
    if (is_complete(options, argc))
        return true;
    fprintf(stderr,
            "%s: expected --run-dir DIR and --instance below --of; "
            "see --help\n",
            program);
    return false;
}

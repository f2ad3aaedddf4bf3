/* posthousectl: accounts, departments, administrators and the state of a suite.
 */
#include <stdlib.h>
#include <string.h>

#include "ctl.h"

/* What can be asked. `words` are those behind the name, for the usage text. */
static const struct {
    const char *name;
    const char *words;
    int least, most; /* how many of them, options not counted */
    ctl_command *run;
    const char *role; /* NULL: connects by itself, or not at all */
} commands[] = {
    {"user add", "JID [--password P] [--name NAME] [--email ADDRESS]", 1, 1,
     user_add, "posthouse_ctl"},
    {"user del", "JID", 1, 1, user_del, "posthouse_ctl"},
    {"user passwd", "JID [--password P]", 1, 1, user_passwd, "posthouse_ctl"},
    {"user list", "[--domain DOMAIN]", 0, 0, user_list, "posthouse_ctl"},
    {"user show", "JID", 1, 1, user_show, "posthouse_ctl"},
    {"user import", "FILE.csv [--update]", 1, 1, user_import, "posthouse_ctl"},
    {"admin add", "JID", 1, 1, admin_add, "posthouse_ctl"},
    {"admin del", "JID", 1, 1, admin_del, "posthouse_ctl"},
    {"admin list", "", 0, 0, admin_list, "posthouse_ctl"},
    {"department add", "NAME [--parent NAME] [--rank N] [--domain DOMAIN]", 1,
     1, department_add, "posthouse_ctl"},
    {"department del", "NAME [--domain DOMAIN]", 1, 1, department_del,
     "posthouse_ctl"},
    {"department list", "[--domain DOMAIN]", 0, 0, department_list,
     "posthouse_ctl"},
    {"department member add", "NAME JID [--admin]", 2, 2, member_add,
     "posthouse_ctl"},
    {"department member del", "NAME JID", 2, 2, member_del, "posthouse_ctl"},
    {"status", "", 0, 0, show_status, NULL},
    {"db migrate", "", 0, 0, db_migrate, NULL},
};

static int usage(FILE *out)
{
    fprintf(out, "usage: posthousectl [--state DIR] [--json] COMMAND\n\n");
    for (size_t i = 0; i < COUNT_OF(commands); i++)
        fprintf(out, "  %s %s\n", commands[i].name, commands[i].words);
    return out == stdout ? EXIT_SUCCESS : EXIT_USAGE;
}

/* How many of the words the command's name takes; 0: it is not this one. */
static int match(const struct ctl *ctl, const char *name)
{
    struct str rest = str_of(name);
    int count = 0;

    while (rest.len) {
        struct str word = str_cut(&rest, ' ');

        if (count >= ctl->argc || !str_is(word, ctl->argv[count]))
            return 0;
        count++;
    }
    return count;
}

static int count_plain(const struct ctl *ctl)
{
    static const char *const flags[] = {"--update", "--admin"};
    int count = 0;

    for (int i = 0; i < ctl->argc; i++) {
        bool is_flag = false;

        if (strncmp(ctl->argv[i], "--", 2) != 0) {
            count++;
            continue;
        }
        for (size_t k = 0; k < COUNT_OF(flags); k++)
            is_flag |= strcmp(ctl->argv[i], flags[k]) == 0;
        if (!is_flag)
            i++; /* its value */
    }
    return count;
}

static int run(struct ctl *ctl)
{
    for (size_t i = 0; i < COUNT_OF(commands); i++) {
        int words = match(ctl, commands[i].name);
        int plain;

        if (words == 0)
            continue;
        ctl->argc -= words;
        ctl->argv += words;
        plain = count_plain(ctl);
        if (plain < commands[i].least || plain > commands[i].most)
            break;
        if (!ctl_load_config(ctl) ||
            (commands[i].role && !ctl_connect(ctl, commands[i].role)))
            return EXIT_REFUSED;
        return commands[i].run(ctl);
    }
    return usage(stderr);
}

int main(int argc, char **argv)
{
    struct ctl ctl = {.argc = argc - 1, .argv = argv + 1};
    int status;

    ctl.json = ctl_flag(&ctl, "--json");
    ctl.state = ctl_option(&ctl, "--state");
    status = ctl_flag(&ctl, "--help") ? usage(stdout) : run(&ctl);
    ctl_clear(&ctl);
    return status;
}

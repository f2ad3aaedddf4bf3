/* posthousectl: accounts, departments, administrators and the state of a suite.
 */
#include <stdlib.h>
#include <string.h>

#include "audit.h"
#include "common/daemon/options.h"
#include "common/text/text.h"
#include "dry_run.h"

/* What can be asked. `words` are those behind the name, for the usage text; an
 * option stands there in brackets. */
struct command {
    const char *name;
    const char *words;
    int least, most; /* how many of them, options not counted */
    ctl_command *run;
    const char *role; /* NULL: connects by itself, or not at all; reads_nothing:
                         needs no configuration either */
};

static const char reads_nothing[] = "";

static const struct command commands[] = {
    {"user add", "JID [--password P] [--name NAME] [--email ADDRESS] [--dry-run]", 1, 1,
     user_add, "posthouse_ctl"},
    {"user del", "JID [--dry-run]", 1, 1, user_del, "posthouse_ctl"},
    {"user disable", "JID [--dry-run]", 1, 1, user_disable, "posthouse_ctl"},
    {"user enable", "JID [--dry-run]", 1, 1, user_enable, "posthouse_ctl"},
    {"user change", "JID [--name NAME] [--email ADDRESS] [--dry-run]", 1, 1,
     user_change, "posthouse_ctl"},
    {"user passwd", "JID [--password P] [--dry-run]", 1, 1, user_passwd, "posthouse_ctl"},
    {"user reset", "JID [--print] [--dry-run]", 1, 1, user_reset, NULL},
    {"user list", "[--domain DOMAIN]", 0, 0, user_list, "posthouse_ctl"},
    {"user check", "[--domain DOMAIN]", 0, 0, user_check, "posthouse_ctl"},
    {"user show", "JID", 1, 1, user_show, "posthouse_ctl"},
    {"user quiet", "JID [HOURS|none|inherit] [--except LIST] [--dry-run]", 1, 2,
     user_quiet, "posthouse_ctl"},
    {"user import", "FILE.csv|FILE.xml [--update] [--dry-run]", 1, 1, user_import,
     "posthouse_ctl"},
    {"user export", "FILE.csv|FILE.xml [--domain DOMAIN]", 1, 1, user_export,
     NULL},
    {"invite add", "[JID] [--domain DOMAIN] [--expires HOURS] [--dry-run]", 0, 1,
     invite_add, "posthouse_ctl"},
    {"invite list", "[--domain DOMAIN]", 0, 0, invite_list, "posthouse_ctl"},
    {"invite del", "TOKEN|URI [--domain DOMAIN] [--dry-run]", 1, 1, invite_del,
     "posthouse_ctl"},
    {"admin add", "JID [--dry-run]", 1, 1, admin_add, "posthouse_ctl"},
    {"admin del", "JID [--dry-run]", 1, 1, admin_del, "posthouse_ctl"},
    {"admin list", "", 0, 0, admin_list, "posthouse_ctl"},
    {"api add", "NAME [--as JID] [--command COMMAND]... [--expires DAYS] [--dry-run]", 1, 1,
     api_add, "posthouse_ctl"},
    {"api list", "", 0, 0, api_list, "posthouse_ctl"},
    {"api del", "NAME [--dry-run]", 1, 1, api_del, "posthouse_ctl"},
    {"department add",
     "NAME [--parent DEPARTMENT] [--rank N] [--description TEXT] "
     "[--domain DOMAIN] [--dry-run]",
     1, 1, department_add, "posthouse_ctl"},
    {"department show", "DEPARTMENT [--domain DOMAIN]", 1, 1, department_show,
     "posthouse_ctl"},
    {"department del", "DEPARTMENT [--domain DOMAIN] [--dry-run]", 1, 1, department_del,
     "posthouse_ctl"},
    {"department list", "[--domain DOMAIN]", 0, 0, department_list,
     "posthouse_ctl"},
    {"department change",
     "DEPARTMENT [--parent DEPARTMENT] [--rank N] [--description TEXT] "
     "[--name NEW] "
     "[--domain DOMAIN] [--dry-run]",
     1, 1, department_change, "posthouse_ctl"},
    {"department member add", "DEPARTMENT JID [--admin] [--main] [--dry-run]", 2, 2, member_add,
     "posthouse_ctl"},
    {"department member move", "FROM JID TO [--dry-run]", 3, 3, member_move,
     "posthouse_ctl"},
    {"department member del", "DEPARTMENT JID [--dry-run]", 2, 2, member_del, "posthouse_ctl"},
    {"property set",
     "account JID|department DEPARTMENT|server PROPERTY VALUE [--domain DOMAIN] "
     "[--dry-run]", 3,
     4, property_set, "posthouse_ctl"},
    {"property unset",
     "account JID|department DEPARTMENT|server PROPERTY [--domain DOMAIN] [--dry-run]", 2, 3,
     property_unset, "posthouse_ctl"},
    {"property list", "account JID|department DEPARTMENT|server [--domain DOMAIN]", 1,
     2, property_list, "posthouse_ctl"},
    {"broadcast list", "[--domain DOMAIN]", 0, 0, broadcast_list,
     "posthouse_ctl"},
    {"broadcast status", "ID [--missing]", 1, 1, broadcast_status,
     "posthouse_ctl"},
    {"broadcast remind", "ID [--dry-run]", 1, 1, broadcast_remind, "posthouse_ctl"},
    {"announce", "TEXT [--online] [--department DEPARTMENT] [--domain DOMAIN] [--dry-run]", 1, 1,
     announce, "posthouse_ctl"},
    {"notice set", "motd|welcome TEXT [--domain DOMAIN] [--dry-run]", 2, 2, notice_set,
     "posthouse_ctl"},
    {"notice edit", "motd|welcome TEXT [--domain DOMAIN] [--dry-run]", 2, 2, notice_edit,
     "posthouse_ctl"},
    {"notice del", "motd|welcome [--domain DOMAIN] [--dry-run]", 1, 1, notice_del,
     "posthouse_ctl"},
    {"notice list", "[--domain DOMAIN]", 0, 0, notice_list, "posthouse_ctl"},
    {"ldap import", "[--domain DOMAIN] [--force] [--dry-run]", 0, 0, ldap_import,
     "posthouse_ctl"},
    {"why", "JID PERMISSION [OTHER]", 2, 3, explain, "posthouse_ctl"},
    {"transfer add",
     "allow|refuse|log [--direction any|local|out|in|proxy] [--department DEPARTMENT] "
     "[--larger-than BYTES] [--name PATTERN] [--type PATTERN] "
     "[--reason TEXT] [--rank N] [--domain DOMAIN] [--dry-run]",
     1, 1, transfer_add, "posthouse_ctl"},
    {"transfer del", "RULE [--dry-run]", 1, 1, transfer_del, "posthouse_ctl"},
    {"transfer list", "[--domain DOMAIN]", 0, 0, transfer_list,
     "posthouse_ctl"},
    {"archive trim", "[--days N] [--dry-run]", 0, 0, archive_trim, "posthouse_ctl"},
    {"archive keep",
     "DAYS [--account JID] [--department DEPARTMENT] [--domain DOMAIN] [--dry-run]", 1, 1,
     archive_keep, "posthouse_ctl"},
    {"archive search",
     "JID [--reason TEXT] [--with JID] [--from TIME] [--until TIME] "
     "[--word TEXT] [--request N] [--limit N]",
     1, 1, archive_search, "posthouse_owner"},
    {"archive export", "JID FILE.xml [--reason TEXT] [--request N]", 2, 2,
     archive_export, "posthouse_owner"},
    {"archive import", "FILE.xml [--reason TEXT] [--account JID] [--dry-run]", 1, 1,
     archive_import, "posthouse_owner"},
    {"audit query",
     "[--reason TEXT] " AUDIT_FILTER_WORDS "[--request N] [--csv] [--limit N]",
     0, 0, audit_query, "posthouse_ctl"},
    {"audit export",
     "FOLDER [--reason TEXT] " AUDIT_FILTER_WORDS "[--request N]", 1, 1,
     audit_export, "posthouse_ctl"},
    {"audit request", "[--reason TEXT] " AUDIT_FILTER_WORDS " [--dry-run]", 0, 0,
     audit_request, "posthouse_ctl"},
    {"audit requests", "", 0, 0, audit_requests, "posthouse_ctl"},
    {"audit approve", "REQUEST [--dry-run]", 1, 1, audit_approve, "posthouse_ctl"},
    {"audit verify", "[--month YYYY-MM]", 0, 0, audit_verify, "posthouse_ctl"},
    {"audit trim", "[--dry-run]", 0, 0, audit_trim, "posthouse_ctl"},
    {"audit seal", "", 0, 0, audit_seal, "posthouse_ctl"},
    {"audit hold add",
     "[--reason TEXT] [--person JID] [--from TIME] [--until TIME] [--dry-run]", 0, 0,
     hold_add, "posthouse_ctl"},
    {"audit hold list", "", 0, 0, hold_list, "posthouse_ctl"},
    {"audit hold release", "HOLD [--reason TEXT] [--dry-run]", 1, 1, hold_release,
     "posthouse_ctl"},
    {"daily", "[--dry-run]", 0, 0, daily, "posthouse_ctl"},
    {"trace", "STANZA-ID [--from JID]", 1, 1, trace, reads_nothing},
    {"status", "", 0, 0, show_status, NULL},
    {"metrics", "", 0, 0, show_metrics, NULL},
    {"restart", "DAEMON|DAEMON.N|all", 1, 1, restart_daemon, reads_nothing},
    {"db migrate", "[--dry-run]", 0, 0, db_migrate, NULL},
    {"db restrict", "ROLE [DOMAIN...] [--all] [--like ROLE] [--dry-run]", 1, 1000,
     db_restrict, "posthouse_owner"},
    {"db access", "[--tables]", 0, 0, db_access, "posthouse_owner"},
};

/* Those that have nothing to tell but that it is done. */
static ctl_command *const silent[] = {
    user_add,        user_del,       user_disable, user_enable,  user_passwd,
    user_export,     invite_del,     admin_add,    admin_del,    department_add,
    department_del,  department_change, member_add, member_move, member_del,
    property_set,    property_unset, announce,     notice_set,   notice_edit,
    notice_del,      transfer_del,   archive_keep, audit_approve, audit_seal,
    hold_release,    db_restrict,    api_del,        user_change,
};

/* With --json standard output is always one value. */
static int tell_done(const struct ctl *ctl, ctl_command *run, int status)
{
    for (size_t i = 0; ctl->json && status == EXIT_SUCCESS; i++) {
        if (i == COUNT_OF(silent))
            break;
        if (silent[i] == run)
            puts("{\"done\": true}");
    }
    return status;
}

static int usage_as_json(void)
{
    for (size_t i = 0; i < COUNT_OF(commands); i++) {
        printf("%s{\"command\": ", i ? ",\n " : "[");
        ctl_write_json_text(stdout, commands[i].name);
        fputs(", \"words\": ", stdout);
        ctl_write_json_text(stdout, commands[i].words);
        putchar('}');
    }
    puts("]");
    return EXIT_SUCCESS;
}

static int usage(void)
{
    fputs(ctl_words("usage: posthousectl [--state DIR] [--json] COMMAND\n\n"),
          stdout);
    for (size_t i = 0; i < COUNT_OF(commands); i++)
        printf("  %s%s%s\n", commands[i].name, commands[i].words[0] ? " " : "",
               commands[i].words);
    return EXIT_SUCCESS;
}

static int version(void)
{
    puts("posthousectl (Posthouse) " POSTHOUSE_VERSION);
    return EXIT_SUCCESS;
}

/* What there is under the first word, where that is right. */
static int unknown_command(const struct ctl *ctl)
{
    const char *first = ctl->argc > 0 ? ctl->argv[0] : "";
    size_t length = strlen(first);

    if (ctl->argc == 0)
        ctl_refuse("expected a command; --help lists them");
    else
        ctl_refuse("there is no command \"%s%s%s\"; --help lists all", first,
                   ctl->argc > 1 ? " " : "", ctl->argc > 1 ? ctl->argv[1] : "");
    for (size_t i = 0; length && i < COUNT_OF(commands); i++)
        if (strncmp(commands[i].name, first, length) == 0 &&
            commands[i].name[length] == ' ')
            fprintf(stderr, "  %s %s\n", commands[i].name, commands[i].words);
    return EXIT_USAGE;
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

static int command_usage(const struct command *command)
{
    fprintf(stderr,
            ctl_words("usage: posthousectl [--state DIR] [--json] %s%s%s\n"),
            command->name, command->words[0] ? " " : "", command->words);
    return EXIT_USAGE;
}

enum option { OPTION_UNKNOWN, OPTION_FLAG, OPTION_WITH_VALUE };

static enum option option_of(const struct command *command, const char *word)
{
    size_t length = strlen(word);
    const char *at = command->words;

    while ((at = strchr(at, '[')) != NULL) {
        at++;
        if (strncmp(at, word, length) != 0)
            continue;
        if (at[length] == ']')
            return OPTION_FLAG;
        if (at[length] == ' ')
            return OPTION_WITH_VALUE;
    }
    return OPTION_UNKNOWN;
}

static bool is_plain(const char *word)
{
    return strncmp(word, "--", 2) != 0;
}

/* How many words the one at `index` and its value are; 0 after a message. */
static int width_of(const struct ctl *ctl, const struct command *command,
                    int index)
{
    const char *word = ctl->argv[index];
    enum option option =
        is_plain(word) ? OPTION_FLAG : option_of(command, word);

    if (option == OPTION_FLAG)
        return 1;
    if (option == OPTION_WITH_VALUE && index + 1 < ctl->argc)
        return 2;
    ctl_refuse(option == OPTION_UNKNOWN ? "there is no option %s here"
                                        : "%s: expected a value",
               word);
    return 0;
}

/* Puts the plain words in front of the options. False when they are not what
 * the command takes. */
static bool sort_words(struct ctl *ctl, const struct command *command)
{
    int plain = 0;
    int width;

    for (int i = 0; i < ctl->argc; i += width) {
        char *word = ctl->argv[i];

        width = width_of(ctl, command, i);
        if (width == 0)
            return false;
        if (!is_plain(word))
            continue;
        memmove(&ctl->argv[plain + 1], &ctl->argv[plain],
                sizeof(char *) * (size_t)(i - plain));
        ctl->argv[plain++] = word;
    }
    return plain >= command->least && plain <= command->most;
}

static bool prepare(struct ctl *ctl, const char *role)
{
    return role == reads_nothing ||
           (ctl_load_config(ctl) && (!role || ctl_connect(ctl, role)));
}

static int run(struct ctl *ctl)
{
    for (size_t i = 0; i < COUNT_OF(commands); i++) {
        int words = match(ctl, commands[i].name);

        if (words == 0)
            continue;
        ctl->argc -= words;
        ctl->argv += words;
        if (!sort_words(ctl, &commands[i]))
            return command_usage(&commands[i]);
        if (!prepare(ctl, commands[i].role))
            return EXIT_REFUSED;
        return ctl_flag(ctl, "--dry-run") ? ctl_dry_run(ctl, commands[i].run)
                                          : tell_done(ctl, commands[i].run,
                                                      commands[i].run(ctl));
    }
    return unknown_command(ctl);
}

int main(int argc, char **argv)
{
    struct ctl ctl = {.argc = argc - 1, .argv = argv + 1};
    int status;

    ctl.json = ctl_flag(&ctl, "--json");
    if (!ctl.json)
        text_set_default(text_language_of_environment());
    ctl.state = ctl_option(&ctl, "--state");
    if (ctl_flag(&ctl, "--help"))
        status = ctl.json ? usage_as_json() : usage();
    else if (ctl_flag(&ctl, "--version"))
        status = version();
    else
        status = run(&ctl);
    ctl_clear(&ctl);
    return status;
}

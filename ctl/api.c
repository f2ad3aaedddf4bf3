/* Tokens of the REST door (common/token). */
#include <stdlib.h>

#include "common/token/token.h"
#include "common/xml/xml.h"
#include "ctl.h"
#include "ctl_statements.h"

#define MOST_DAYS    36500
#define MAX_COMMANDS 64
#define MAX_NAME     64u

/* All --command options, joined by commas; absent: there are none, and it may
 * use every command. */
static bool read_commands(struct ctl *ctl, struct str *commands)
{
    const char *word;
    unsigned count = 0;

    for (*commands = STR_NONE; (word = ctl_option(ctl, "--command"));) {
        if (!token_has_command(str_of(word)) || ++count > MAX_COMMANDS) {
            ctl_refuse("--command %s is none: expected the name of a command",
                       word);
            return false;
        }
        *commands = commands->p ? arena_printf(&ctl->arena, "%.*s,%s",
                                               STR_ARG(*commands), word)
                                : str_of(word);
    }
    return true;
}

static bool read_days(struct ctl *ctl, struct str *days)
{
    const char *text = ctl_option(ctl, "--expires");
    uint64_t number;

    *days = str_of(text);
    if (!text ||
        (str_to_u64(*days, &number) && number >= 1 && number <= MOST_DAYS))
        return true;
    ctl_refuse("--expires: expected a number of days from 1 to %d", MOST_DAYS);
    return false;
}

static bool read_administrator(struct ctl *ctl, struct jid *jid)
{
    const char *text = ctl_option(ctl, "--as");

    if (text)
        return ctl_account(ctl, text, jid);
    ctl_refuse("--as: expected the address of an administrator");
    return false;
}

static void print_token(const struct ctl *ctl, struct str token)
{
    printf(ctl->json ? "{\"token\": \"%.*s\"}\n" : "%.*s\n", STR_ARG(token));
}

/* Why nothing was added. */
static int refuse_add(struct ctl *ctl, const struct jid *jid)
{
    PGresult *result =
        ctl_run(ctl, CTL_API_EXISTS, (struct str[]){str_of(ctl->argv[0])});
    bool is_there = result && PQntuples(result) > 0;

    if (!result)
        return EXIT_REFUSED;
    PQclear(result);
    return is_there ? ctl_refuse("there is a token %s already", ctl->argv[0])
                    : ctl_refuse("%.*s is no account that administers anything",
                                 STR_ARG(jid->bare));
}

int api_add(struct ctl *ctl)
{
    struct str commands, days, token;
    struct jid jid;
    long count;

    if (!read_administrator(ctl, &jid) || !read_commands(ctl, &commands) ||
        !read_days(ctl, &days))
        return EXIT_REFUSED;
    if (!ctl->argv[0][0] || strlen(ctl->argv[0]) > MAX_NAME ||
        !xml_utf8_valid(str_of(ctl->argv[0])))
        return ctl_refuse("expected a name of at most %u bytes", MAX_NAME);
    token = token_new(&ctl->arena, jid_shard(jid.bare));
    count = ctl_change(
        ctl, CTL_API_ADD,
        (struct str[]){
            str_of(ctl->argv[0]), token_hash(&ctl->arena, token), jid.domain,
            jid.local, commands, days,
            db_boolean(config_list_has(ctl->config, "admins", jid.bare))});
    if (count == 0)
        return refuse_add(ctl, &jid);
    if (count < 0)
        return EXIT_REFUSED;
    if (!ctl->dry) /* nobody will know this one */
        print_token(ctl, token);
    return EXIT_SUCCESS;
}

int api_list(struct ctl *ctl)
{
    PGresult *result = ctl_run(ctl, CTL_API_LIST, NULL);

    if (!result)
        return EXIT_REFUSED;
    ctl_print(ctl, result);
    PQclear(result);
    return EXIT_SUCCESS;
}

int api_del(struct ctl *ctl)
{
    long count =
        ctl_change(ctl, CTL_API_DEL, (struct str[]){str_of(ctl->argv[0])});

    if (count == 0)
        return ctl_refuse("there is no token %s", ctl->argv[0]);
    return count > 0 ? EXIT_SUCCESS : EXIT_REFUSED;
}

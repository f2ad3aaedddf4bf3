/* The command line's words, and what an administrator is told. */
#include <stdarg.h>
#include <string.h>

#include "common/text/text.h"
#include "ctl.h"

static void take_out(struct ctl *ctl, int index, int count)
{
    for (int i = index; i + count < ctl->argc; i++)
        ctl->argv[i] = ctl->argv[i + count];
    ctl->argc -= count;
}

const char *ctl_option(struct ctl *ctl, const char *name)
{
    for (int i = 0; i + 1 < ctl->argc; i++)
        if (strcmp(ctl->argv[i], name) == 0) {
            const char *value = ctl->argv[i + 1];

            take_out(ctl, i, 2);
            return value;
        }
    return NULL;
}

bool ctl_flag(struct ctl *ctl, const char *name)
{
    for (int i = 0; i < ctl->argc; i++)
        if (strcmp(ctl->argv[i], name) == 0) {
            take_out(ctl, i, 1);
            return true;
        }
    return false;
}

const char *ctl_words(const char *english)
{
    return text_in(text_default(), english);
}

int ctl_refuse(const char *format, ...)
{
    va_list args;

    fputs("posthousectl: ", stderr);
    va_start(args, format);
    vfprintf(stderr, ctl_words(format), args);
    va_end(args);
    fputc('\n', stderr);
    return EXIT_REFUSED;
}

static bool is_served(struct ctl *ctl, struct str domain)
{
    if (config_list_has(ctl->config, "domains", domain))
        return true;
    ctl_refuse("the domain %.*s is not served here", STR_ARG(domain));
    return false;
}

bool ctl_domain(struct ctl *ctl, struct str *domain)
{
    const char *given = ctl_option(ctl, "--domain");

    *domain =
        given ? str_of(given) : config_list_item(ctl->config, "domains", 0);
    return is_served(ctl, *domain);
}

bool ctl_account(struct ctl *ctl, const char *text, struct jid *jid)
{
    if (!jid_parse(jid, &ctl->arena, str_of(text)) || !jid_is_bare(jid) ||
        !jid->local.len) {
        ctl_refuse("\"%s\" is no address of the form user@domain", text);
        return false;
    }
    return is_served(ctl, jid->domain);
}

bool ctl_stored_account(struct ctl *ctl, const char *text, struct jid *jid)
{
    struct str rest = str_of(text);
    struct str local = str_cut(&rest, '@');

    if (jid_parse(jid, &ctl->arena, str_of(text)) || !local.len || !rest.len)
        return ctl_account(ctl, text, jid);
    *jid = jid_make(&ctl->arena, local, rest, STR_NONE);
    return is_served(ctl, jid->domain);
}

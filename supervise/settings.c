#include "settings.h"

#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "accounts.h"

#define C2S_PORT       22
#define C2S_TLS_PORT   23
#define WEB_PORT       81
#define HTTPS_PORT     82
#define S2S_PORT       69
#define S2S_TLS_PORT   70
#define PROXY_PORT     77
#define COMPONENT_PORT 147

static bool is_loopback(const char *address)
{
    return strncmp(address, "127.", 4) == 0 || strcmp(address, "::1") == 0;
}

static bool is_component_setting(const char *setting)
{
    return str_starts(str_of(setting), STR("component."));
}

bool settings_use_own_database(const struct options *options)
{
    for (size_t i = 0; i < options->settings.count; i++)
        if (str_starts(str_of(options->settings.items[i]), STR("database=")))
            return false;
    return true;
}

static void add_suite(struct buf *out, const struct layout *layout,
                      const struct options *options)
{
    buf_add_text(out, "# Written by posthouse up; the next one writes it "
                      "again. What shall stay goes into --set.\n"
                      "domains = {");
    for (size_t i = 0; i < options->domains.count; i++)
        buf_printf(out, "%s\"%s\"", i ? ", " : "", options->domains.items[i]);
    buf_printf(out,
               "}\ndatabase = \"host=%s dbname=posthouse\"\n"
               "grant-key = \"%s\"\n",
               layout->pg_socket, layout->grant_key);
}

/* Not users.router: a router of another user takes all for one caller's, and
 * lets that caller's posthousectl ask for the status. */
static void add_users(struct buf *out, const char *caller)
{
    static const char *const keys[] = {"c2s",  "auth", "sm",   "muc",
                                       "comp", "s2s",  "proxy", "web"};

    if (!caller)
        return; /* the defaults */
    buf_add_text(out, "users {\n");
    for (size_t i = 0; i < COUNT_OF(keys); i++)
        buf_printf(out, "    %s = \"%s\"\n", keys[i], caller);
    buf_add_text(out, "}\n");
}

/* Components talk without TLS, so their port stays on loopback unless --set
 * says otherwise. */
static void add_ports(struct buf *out, const struct layout *layout,
                      const struct options *options)
{
    unsigned base = options->base_port;

    buf_printf(out,
               "c2sd {\n    listen = {\"%s\"}\n    port = %u\n"
               "    tls-port = %u\n    web-port = %u\n"
               "    certificate = \"%s\"\n    key = \"%s\"\n}\n",
               options->listen, base + C2S_PORT, base + C2S_TLS_PORT,
               base + WEB_PORT, layout->certificate, layout->tls_key);
    buf_printf(out, "compd {\n    listen = {\"%s\"}\n    port = %u\n}\n",
               is_loopback(options->listen) ? options->listen : "127.0.0.1",
               base + COMPONENT_PORT);
    buf_printf(out,
               "s2sd {\n    listen = {\"%s\"}\n    port = %u\n"
               "    tls-port = %u\n    dialback-key = \"%s\"\n}\n",
               options->listen, base + S2S_PORT, base + S2S_TLS_PORT,
               layout->dialback_key);
    buf_printf(out, "proxy65d {\n    listen = {\"%s\"}\n    port = %u\n}\n",
               options->listen, base + PROXY_PORT);
    buf_printf(out, "webd {\n    listen = {\"%s\"}\n    port = %u\n}\n",
               options->listen, base + HTTPS_PORT);
}

static bool add_component(struct buf *out, const char *component,
                          bool with_secrets, struct error *error)
{
    struct str secret = str_of(component);
    struct str name = str_cut(&secret, '=');
    struct buf line = {0};
    bool is_added;

    buf_printf(&line, "component.%.*s.secret=%.*s%c", STR_ARG(name),
               with_secrets ? (int)secret.len : 0, secret.p, '\0');
    is_added = config_override_line(out, buf_view(&line).p, error);
    buf_clear(&line);
    return is_added;
}

bool settings_text(struct buf *out, const struct layout *layout,
                   const struct options *options, const char *caller,
                   bool with_secrets, struct error *error)
{
    add_suite(out, layout, options);
    add_users(out, caller);
    add_ports(out, layout, options);
    for (size_t i = 0; i < options->components.count; i++)
        if (!add_component(out, options->components.items[i], with_secrets,
                           error))
            return false;
    for (size_t i = 0; i < options->settings.count; i++) {
        const char *setting = options->settings.items[i];

        if ((with_secrets || !is_component_setting(setting)) &&
            !config_override_line(out, setting, error))
            return false;
    }
    return true;
}

static struct config *write_file(const struct layout *layout,
                                 const struct options *options,
                                 bool with_secrets, struct error *error)
{
    const struct passwd *self = layout->is_root ? NULL : getpwuid(geteuid());
    const char *path = with_secrets ? layout->conf_secret : layout->conf;
    struct buf text = {0};
    struct owner owner;
    bool is_written;

    if (!layout->is_root && !self) {
        (void)error_set(error, "the user %u has no name", geteuid());
        return NULL;
    }
    is_written =
        settings_text(&text, layout, options, self ? self->pw_name : NULL,
                      with_secrets, error) &&
        accounts_owner(&owner, NULL, with_secrets ? "posthouse-comp" : NULL,
                       error) &&
        files_write(path, buf_view(&text), with_secrets ? 0640 : 0644, &owner,
                    error);
    buf_clear(&text);
    return is_written ? config_load(path, NULL, 0, error) : NULL;
}

/* By themselves first: who reads of a mistake knows the words that he typed,
 * not the lines of a file that was written from them. */
static bool judge_settings(const struct options *options, struct error *error)
{
    struct config *config =
        config_load(NULL, (const char *const *)options->settings.items,
                    options->settings.count, error);

    config_free(config);
    return config != NULL;
}

struct config *settings_write(const struct layout *layout,
                              const struct options *options,
                              struct error *error)
{
    struct config *secret = judge_settings(options, error)
                                ? write_file(layout, options, true, error)
                                : NULL;

    if (!secret)
        return NULL;
    config_free(secret); /* it was read to judge it */
    return write_file(layout, options, false, error);
}

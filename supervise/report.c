#include "report.h"

#include <stdio.h>

/* 'text', with quotes of its own written as '\'' */
static void add_quoted(struct buf *out, struct str text)
{
    buf_add_char(out, '\'');
    for (size_t i = 0; i < text.len; i++)
        if (text.p[i] == '\'')
            buf_add_text(out, "'\\''");
        else
            buf_add_char(out, text.p[i]);
    buf_add_char(out, '\'');
}

static void add_text(struct buf *out, const char *name, struct str value)
{
    buf_printf(out, "%s=", name);
    add_quoted(out, value);
    buf_add_char(out, '\n');
}

static void add_port(struct buf *out, const char *name,
                     const struct config *config, const char *option)
{
    int64_t port = config_int(config, option);

    if (port)
        buf_printf(out, "%s=%lld\n", name, (long long)port);
}

/* Where a client on this host finds the suite. */
static struct str host_of(const struct config *config)
{
    struct str listen = config_list_count(config, "c2sd.listen")
                            ? config_list_item(config, "c2sd.listen", 0)
                            : STR("127.0.0.1");

    if (str_is(listen, "0.0.0.0"))
        return STR("127.0.0.1");
    return str_is(listen, "::") ? STR("::1") : listen;
}

static void add_pids(struct buf *out, enum kind kind,
                     const struct child *children, size_t count)
{
    const char *separator = "";
    bool is_there = false;

    for (size_t i = 0; i < count; i++) {
        if (children[i].kind != kind)
            continue;
        if (!is_there)
            buf_printf(out, "%s='", kind_rows[kind].pids);
        is_there = true;
        if (children[i].pid == 0)
            continue;
        buf_printf(out, "%s%d", separator, (int)children[i].pid);
        separator = " ";
    }
    if (is_there)
        buf_add_text(out, "'\n");
}

void report_env(struct buf *out, const struct config *config,
                const char *pg_socket, const struct child *children,
                size_t count)
{
    add_text(out, "PH_DOMAIN", config_list_item(config, "domains", 0));
    add_text(out, "PH_HOST", host_of(config));
    add_port(out, "PH_C2S_PORT", config, "c2sd.port");
    add_port(out, "PH_C2S_TLS_PORT", config, "c2sd.tls-port");
    add_port(out, "PH_WEB_PORT", config, "c2sd.web-port");
    add_port(out, "PH_S2S_PORT", config, "s2sd.port");
    add_port(out, "PH_S2S_TLS_PORT", config, "s2sd.tls-port");
    add_port(out, "PH_COMPONENT_PORT", config, "compd.port");
    add_port(out, "PH_PROXY_PORT", config, "proxy65d.port");
    add_port(out, "PH_HTTP_PORT", config, "webd.http-port");
    add_port(out, "PH_HTTPS_PORT", config, "webd.port");
    add_port(out, "PH_METRICS_PORT", config, "webd.metrics-port");
    add_port(out, "PH_API_PORT", config, "webd.api-port");
    if (pg_socket)
        add_text(out, "PH_PG_SOCKET", str_of(pg_socket));
    add_text(out, "PH_CA_FILE", config_str(config, "c2sd.certificate"));
    for (int kind = 0; kind < KIND_COUNT; kind++)
        add_pids(out, (enum kind)kind, children, count);
}

void report_status(struct buf *out, const struct child *children, size_t count)
{
    for (size_t i = 0; i < count; i++)
        buf_printf(out, "%s %u %d %lld %u\n",
                   kind_rows[children[i].kind].program, children[i].instance,
                   (int)children[i].pid, (long long)children[i].since,
                   children[i].restarts);
}

bool report_parse_line(struct report_line *line, const char *text)
{
    return sscanf(text, "%15s %u %d %lld %u", line->program, &line->instance,
                  &line->pid, &line->since, &line->restarts) == 5;
}

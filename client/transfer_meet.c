/* Where the receiver of a file may meet us: at our own port, or at the proxy of
 * our domain (XEP-0065 §4-§6). */
#include <stdlib.h>
#include <string.h>

#include "common/xml/xml.h"
#include "transfer.h"

static void begin(struct transfer *transfer)
{
    transfer->state = TRANSFER_SENDING;
    transfer->moved_ms = clock_ms();
}

static void on_activated(struct app *app, xmpp_stanza_t *answer, void *data)
{
    struct transfer *transfer = data;

    if (transfer->state == TRANSFER_DONE)
        return; /* too late */
    if (is_refused(app, answer))
        transfer_end(app, transfer, "The proxy does not relay it");
    else
        begin(transfer);
}

static void activate(struct app *app, struct transfer *transfer)
{
    transfer->state = TRANSFER_AGREEING;
    transfer->began_ms = clock_ms();
    ask(app, "set", app->proxy, on_activated, transfer,
        "<query xmlns='" NS_STREAMS_65 "' sid='%s'><activate>%s</activate>"
        "</query>",
        transfer->sid, transfer->peer);
}

static void go_to_proxy(struct app *app, struct transfer *transfer)
{
    char key[SOCKS_KEY + 1];

    transfer_key(app, transfer, key);
    transfer->dial = dial_new(transfer->host, transfer->port, key);
    transfer->state = TRANSFER_DIALING;
}

static void dial(struct app *app, struct transfer *transfer)
{
    switch (dial_step(transfer->dial)) {
    case DIAL_GOES_ON:
        break;
    case DIAL_DONE:
        transfer->socket = dial_take(transfer->dial);
        activate(app, transfer);
        break;
    case DIAL_FAILED:
        transfer_end(app, transfer, "The proxy cannot be reached");
        break;
    }
}

static const char *host_used(xmpp_stanza_t *answer)
{
    xmpp_stanza_t *query = xmpp_stanza_get_child_by_name(answer, "query");
    xmpp_stanza_t *used =
        query ? xmpp_stanza_get_child_by_name(query, "streamhost-used") : NULL;
    const char *jid = used ? xmpp_stanza_get_attribute(used, "jid") : NULL;

    return jid ? jid : "";
}

/* The other is at our own port, or at the proxy: then we go there as well. */
static void on_streamhost_used(struct app *app, xmpp_stanza_t *answer,
                               void *data)
{
    struct transfer *transfer = data;
    const char *used;

    if (transfer->state == TRANSFER_DONE)
        return; /* too late */
    if (is_refused(app, answer)) {
        transfer_end(app, transfer, "The other side reaches no streamhost");
        return;
    }
    used = host_used(answer);
    if (transfer->host && strcmp(used, app->proxy) == 0) {
        go_to_proxy(app, transfer);
        return;
    }
    if (transfer->streamhost &&
        strcmp(used, xmpp_conn_get_bound_jid(app->conn)) == 0) {
        streamhost_step(transfer->streamhost);
        transfer->socket = streamhost_take(transfer->streamhost);
    }
    if (transfer->socket >= 0)
        begin(transfer);
    else
        transfer_end(app, transfer, "The other side is at none of our hosts");
}

static void take_streamhost(struct transfer *transfer, xmpp_stanza_t *answer)
{
    xmpp_stanza_t *query = xmpp_stanza_get_child_by_name(answer, "query");
    xmpp_stanza_t *host =
        query ? xmpp_stanza_get_child_by_name(query, "streamhost") : NULL;
    const char *name = host ? xmpp_stanza_get_attribute(host, "host") : NULL;
    const char *port = host ? xmpp_stanza_get_attribute(host, "port") : NULL;
    uint64_t number;

    if (!name || !str_to_u64(str_of(port), &number) || number == 0 ||
        number > 65535)
        return;
    transfer->host = str_dup_heap(str_of(name));
    transfer->port = (unsigned short)number;
}

static void write_host(struct buf *out, const char *jid, const char *host,
                       unsigned port)
{
    buf_add_text(out, "<streamhost jid='");
    xml_escape(out, str_of(jid));
    buf_add_text(out, "' host='");
    xml_escape(out, str_of(host));
    buf_printf(out, "' port='%u'/>", port);
}

/* Our own addresses first: what needs no proxy burdens none. */
static void write_own_hosts(struct app *app, struct transfer *transfer,
                            struct buf *out)
{
    const char *address;
    char key[SOCKS_KEY + 1];

    if (app->options.proxy_only)
        return;
    transfer_key(app, transfer, key);
    transfer->streamhost = streamhost_open(key, app->socket);
    if (!transfer->streamhost)
        return;
    for (size_t i = 0;
         (address = streamhost_address(transfer->streamhost, i)) != NULL; i++)
        write_host(out, xmpp_conn_get_bound_jid(app->conn), address,
                   streamhost_port(transfer->streamhost));
}

static void offer_hosts(struct app *app, struct transfer *transfer)
{
    struct buf hosts = {0};

    write_own_hosts(app, transfer, &hosts);
    if (transfer->host)
        write_host(&hosts, app->proxy, transfer->host, transfer->port);
    if (buf_len(&hosts) == 0) {
        transfer_end(app, transfer, "There is no proxy for files");
    } else {
        struct buf query = {0};

        buf_add_text(&query,
                     "<query xmlns='" NS_STREAMS_65 "' mode='tcp' sid='");
        xml_escape(&query, str_of(transfer->sid));
        buf_add_text(&query, "'>");
        buf_add(&query, buf_view(&hosts));
        buf_add_text(&query, "</query>");
        ask_xml(app, "set", transfer->peer, on_streamhost_used, transfer,
                buf_view(&query));
        buf_clear(&query);
    }
    buf_clear(&hosts);
}

/* Without a proxy there is still the direct way. */
static void on_proxy(struct app *app, xmpp_stanza_t *answer, void *data)
{
    struct transfer *transfer = data;
    const char *type = answer ? xmpp_stanza_get_type(answer) : NULL;

    if (transfer->state == TRANSFER_DONE)
        return; /* too late */
    if (type && strcmp(type, "result") == 0)
        take_streamhost(transfer, answer);
    transfer->began_ms = clock_ms();
    offer_hosts(app, transfer);
}

static void on_proxy_found(struct app *app, struct transfer *transfer)
{
    if (transfer->state == TRANSFER_DONE)
        return; /* too late */
    if (app->proxy[0])
        ask(app, "get", app->proxy, on_proxy, transfer,
            "<query xmlns='" NS_STREAMS_65 "'/>");
    else
        offer_hosts(app, transfer);
}

void transfer_meet(struct app *app, struct transfer *transfer)
{
    proxy_find(app, transfer, on_proxy_found);
}

void transfer_meet_step(struct app *app, struct transfer *transfer)
{
    if (transfer->streamhost)
        streamhost_step(transfer->streamhost);
    if (transfer->state == TRANSFER_DIALING)
        dial(app, transfer);
}

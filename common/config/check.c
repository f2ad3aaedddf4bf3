#include "check.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/un.h>

#include "../network/network.h"

#define MAX_DOMAIN    1023u
#define MAX_LABEL     63u
#define MAX_URL_BYTES 1024u

static bool is_letter(unsigned char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c >= 0x80;
}

static bool is_label(struct str label)
{
    if (label.len == 0 || label.len > MAX_LABEL || label.p[0] == '-' ||
        label.p[label.len - 1] == '-')
        return false;
    for (size_t i = 0; i < label.len; i++)
        if (!is_letter((unsigned char)label.p[i]) && label.p[i] != '-')
            return false;
    return true;
}

bool check_domain(struct str value)
{
    if (value.len == 0 || value.len > MAX_DOMAIN)
        return false;
    while (value.p)
        if (!is_label(str_cut(&value, '.')))
            return false;
    return true;
}

bool check_account(struct str value)
{
    struct str domain = value;
    struct str user = str_cut(&domain, '@');

    return user.len > 0 && domain.p && check_domain(domain);
}

bool check_contact(struct str value)
{
    static const char *const kinds[] = {
        "abuse", "admin", "feedback", "sales", "security", "status", "support"};
    struct str uri = value;
    struct str kind = str_cut(&uri, '=');
    struct str rest = uri;
    struct str scheme = str_cut(&rest, ':');

    if (!uri.p || scheme.len == 0 || rest.len == 0)
        return false;
    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        if (str_is(kind, kinds[i]))
            return true;
    return false;
}

static bool is_port(struct str text)
{
    uint64_t port;

    return str_to_u64(text, &port) && port > 0 && port <= UINT16_MAX;
}

bool check_connect(struct str value)
{
    struct str place = value;
    struct str domain = str_cut(&place, '=');
    const char *colon;

    if (str_starts(place, STR("tls:")))
        (void)str_cut(&place, ':');
    colon = place.len ? memrchr(place.p, ':', place.len) : NULL;
    if (!check_domain(domain) || !colon || colon == place.p)
        return false;
    place.len -= (size_t)(colon + 1 - place.p);
    place.p = colon + 1;
    return is_port(place);
}

bool check_network(struct str value)
{
    struct network network;

    return network_parse(value, &network);
}

static bool is_v6_in_brackets(struct str host)
{
    char text[INET6_ADDRSTRLEN];
    unsigned char address[sizeof(struct in6_addr)];

    if (host.len < 3 || host.p[host.len - 1] != ']' ||
        host.len - 2 >= sizeof(text))
        return false;
    memcpy(text, host.p + 1, host.len - 2);
    text[host.len - 2] = '\0';
    return inet_pton(AF_INET6, text, address) == 1;
}

/* Of a URL: printable, and nothing that ends it in XML, JSON or a header. */
static bool is_url_text(struct str value)
{
    for (size_t i = 0; i < value.len; i++)
        if (value.p[i] <= ' ' || value.p[i] > '~' ||
            strchr("\"'\\<>?#", value.p[i]))
            return false;
    return value.len <= MAX_URL_BYTES;
}

bool check_path(struct str value)
{
    return value.len > 0 && value.p[0] == '/' && is_url_text(value);
}

bool check_web_url(struct str value)
{
    const struct str scheme = STR("wss://");

    return value.len == 0 || (str_starts(value, scheme) &&
                              value.len > scheme.len && is_url_text(value));
}

bool check_https_url(struct str value)
{
    const struct str scheme = STR("https://");

    return value.len == 0 ||
           (str_starts(value, scheme) && value.len > scheme.len &&
            value.p[value.len - 1] != '/' && is_url_text(value));
}

bool check_socket_path(struct str value)
{
    return value.len == 0 ||
           (value.p[0] == '/' &&
            value.len < sizeof(((struct sockaddr_un *)0)->sun_path));
}

bool check_location(struct str value)
{
    bool is_v6 = value.len > 0 && value.p[0] == '[';
    const char *colon = value.len > 0 ? memrchr(value.p, ':', value.len) : NULL;
    struct str host = value, port = STR_NONE;

    if (value.len == 0)
        return true;
    if (colon && (!is_v6 || (colon > value.p && colon[-1] == ']'))) {
        host.len = (size_t)(colon - value.p);
        port = (struct str){colon + 1, value.len - host.len - 1};
    }
    return (is_v6 ? is_v6_in_brackets(host) : check_domain(host)) &&
           (!port.p || is_port(port));
}

bool check_relay(struct str value)
{
    struct str transport = value;
    struct str place = str_cut(&transport, '?');
    struct str scheme = str_cut(&place, ':');

    return (str_is(scheme, "stun") || str_is(scheme, "stuns") ||
            str_is(scheme, "turn") || str_is(scheme, "turns")) &&
           place.len > 0 && check_location(place) &&
           (!transport.p || str_is(transport, "transport=udp") ||
            str_is(transport, "transport=tcp"));
}

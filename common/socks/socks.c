#include "socks.h"

#include <string.h>

#define VERSION        5
#define NO_AUTH        0
#define NO_METHOD      0xff
#define ADDRESS_V4     1
#define ADDRESS_DOMAIN 3
#define HEAD           5 /* of a request, with the length of its domain */

static void say(struct buf *answer, const unsigned char *bytes, size_t count)
{
    buf_add(answer, (struct str){(const char *)bytes, count});
}

/* No address but the zero one can be named: the request had none. */
static void refuse(struct socks *socks, enum socks_reply reply,
                   struct buf *answer)
{
    const unsigned char bytes[10] = {VERSION, (unsigned char)reply, 0,
                                     ADDRESS_V4};

    say(answer, bytes, sizeof(bytes));
    socks->state = SOCKS_REFUSED;
}

void socks_reply(const struct socks *socks, enum socks_reply reply,
                 struct buf *answer)
{
    const unsigned char head[HEAD] = {VERSION, (unsigned char)reply, 0,
                                      ADDRESS_DOMAIN, SOCKS_KEY};
    const unsigned char port[2] = {0, 0};

    say(answer, head, sizeof(head));
    buf_add(answer, (struct str){socks->given, SOCKS_KEY});
    say(answer, port, sizeof(port));
}

bool socks_read_key(char key[SOCKS_KEY + 1], struct str text)
{
    if (text.len != SOCKS_KEY)
        return false;
    for (size_t i = 0; i < SOCKS_KEY; i++) {
        char c = text.p[i];

        if (c >= 'A' && c <= 'F')
            c = (char)(c - 'A' + 'a');
        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')))
            return false;
        key[i] = c;
    }
    key[SOCKS_KEY] = '\0';
    return true;
}

size_t socks_wants(const struct socks *socks)
{
    size_t whole = 0;

    if (socks->state == SOCKS_GREETING)
        whole = socks->length < 2 ? 2 : 2u + socks->in[1];
    else if (socks->state == SOCKS_REQUEST)
        whole = socks->length < HEAD ? HEAD : HEAD + 2u + socks->in[4];
    return whole - (whole ? socks->length : 0);
}

static void take_greeting(struct socks *socks, struct buf *answer)
{
    const unsigned char *methods = socks->in + 2;
    size_t count = socks->in[1];
    bool is_free = memchr(methods, NO_AUTH, count) != NULL;
    const unsigned char choice[2] = {VERSION, is_free ? NO_AUTH : NO_METHOD};

    say(answer, choice, sizeof(choice));
    socks->state = is_free ? SOCKS_REQUEST : SOCKS_REFUSED;
    socks->length = 0;
}

/* What the first bytes of a request tell already. */
static bool judge_head(struct socks *socks, bool allow_udp, struct buf *answer)
{
    const unsigned char *in = socks->in;

    if (in[0] != VERSION || in[2] != 0)
        refuse(socks, SOCKS_FAILURE, answer);
    else if (in[1] != SOCKS_CONNECT &&
             !(allow_udp && in[1] == SOCKS_UDP_ASSOCIATE))
        refuse(socks, SOCKS_COMMAND_UNKNOWN, answer);
    else if (in[3] != ADDRESS_DOMAIN)
        refuse(socks, SOCKS_ADDRESS_UNKNOWN, answer);
    else if (in[4] != SOCKS_KEY)
        refuse(socks, SOCKS_NOT_ALLOWED, answer);
    return socks->state == SOCKS_REQUEST;
}

static void take_request(struct socks *socks, struct buf *answer)
{
    struct str address = {(const char *)socks->in + HEAD, SOCKS_KEY};
    const unsigned char *port = socks->in + HEAD + SOCKS_KEY;

    if (port[0] != 0 || port[1] != 0 || !socks_read_key(socks->key, address)) {
        refuse(socks, SOCKS_NOT_ALLOWED, answer);
        return;
    }
    memcpy(socks->given, address.p, SOCKS_KEY);
    socks->command = (enum socks_command)socks->in[1];
    socks->state = SOCKS_ASKED;
}

void socks_take(struct socks *socks, struct str bytes, bool allow_udp,
                struct buf *answer)
{
    size_t wanted = socks_wants(socks);
    size_t count = bytes.len < wanted ? bytes.len : wanted;

    memcpy(socks->in + socks->length, bytes.p, count);
    socks->length += count;
    /* Another protocol, or SOCKS4: there is no common word for no. */
    if (socks->state == SOCKS_GREETING && socks->length > 0 &&
        socks->in[0] != VERSION)
        socks->state = SOCKS_REFUSED;
    else if (socks->state == SOCKS_GREETING && socks->length >= 2 &&
             socks_wants(socks) == 0)
        take_greeting(socks, answer);
    else if (socks->state == SOCKS_REQUEST && socks->length >= HEAD &&
             judge_head(socks, allow_udp, answer) && socks_wants(socks) == 0)
        take_request(socks, answer);
}

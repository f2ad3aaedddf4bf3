#include "digest.h"

#include <string.h>

#include "common/codec/codec.h"
#include "work.h"

#define MAX_DIRECTIVES 24
#define BLANKS         " \t\r\n"

/* --- parsing (§7.2) ------------------------------------------------------- */

static void skip_blanks(struct str *text)
{
    while (text->len > 0 && memchr(BLANKS, *text->p, strlen(BLANKS))) {
        text->p++;
        text->len--;
    }
}

/* A quoted string's content, unescaped. */
static bool take_quoted(struct arena *arena, struct str *text,
                        struct str *value)
{
    char *copy = arena_alloc(arena, text->len + 1);
    size_t i = 1, length = 0;

    while (i < text->len && text->p[i] != '"') {
        if (text->p[i] == '\\')
            i++;
        if (i < text->len)
            copy[length++] = text->p[i++];
    }
    if (i >= text->len)
        return false; /* it does not end */
    *value = (struct str){copy, length};
    text->p += i + 1;
    text->len -= i + 1;
    return true;
}

static bool take_value(struct arena *arena, struct str *text, struct str *value)
{
    size_t length = 0;

    if (text->len > 0 && *text->p == '"')
        return take_quoted(arena, text, value);
    while (length < text->len && text->p[length] != ',' &&
           !memchr(BLANKS, text->p[length], strlen(BLANKS)))
        length++;
    *value = (struct str){text->p, length};
    text->p += length;
    text->len -= length;
    return length > 0;
}

static struct str *directive(struct digest_response *response, struct str name)
{
    const struct {
        const char *name;
        struct str *value;
    } known[] = {
        {"username", &response->username},
        {"realm", &response->realm},
        {"nonce", &response->nonce},
        {"cnonce", &response->cnonce},
        {"nc", &response->nc},
        {"qop", &response->qop},
        {"digest-uri", &response->uri},
        {"response", &response->response},
        {"charset", &response->charset},
        {"authzid", &response->authzid},
    };

    for (size_t i = 0; i < COUNT_OF(known); i++)
        if (str_is(name, known[i].name))
            return known[i].value;
    return NULL;
}

static bool take_directive(struct digest_response *response,
                           struct arena *arena, struct str *text)
{
    const char *equals = text->len > 0 ? memchr(text->p, '=', text->len) : NULL;
    struct str name, value;
    struct str *place;

    if (!equals)
        return false;
    name = (struct str){text->p, (size_t)(equals - text->p)};
    text->p += name.len + 1;
    text->len -= name.len + 1;
    skip_blanks(text);
    if (!take_value(arena, text, &value))
        return false;
    place = directive(response, name);
    if (!place)
        return true; /* maxbuf, cipher and what is unknown */
    if (place->p)
        return false;
    *place = value;
    return true;
}

bool digest_parse(struct digest_response *response, struct arena *arena,
                  struct str text)
{
    *response = (struct digest_response){0};
    for (int count = 0; count < MAX_DIRECTIVES; count++) {
        skip_blanks(&text);
        if (!take_directive(response, arena, &text))
            return false;
        skip_blanks(&text);
        if (text.len == 0)
            return true;
        if (*text.p != ',')
            return false;
        text.p++;
        text.len--;
    }
    return false;
}

/* --- hashing (§2.1.2.1) --------------------------------------------------- */

static void add_part(struct buf *into, struct str part)
{
    buf_add_char(into, ':');
    buf_add(into, part);
}

void digest_value(const char ha1[ACCOUNT_HA1_CHARS],
                  const struct digest_response *response, bool is_servers,
                  char hex[ACCOUNT_HA1_CHARS])
{
    struct arena arena = {0};
    struct buf a1 = {0}, a2 = {0}, all = {0};
    char h1[ACCOUNT_HA1_CHARS], h2[ACCOUNT_HA1_CHARS];

    buf_add(&a1, hex_decode(&arena, (struct str){ha1, ACCOUNT_HA1_CHARS}));
    add_part(&a1, response->nonce);
    add_part(&a1, response->cnonce);
    if (response->authzid.p)
        add_part(&a1, response->authzid);
    work_md5_hex(buf_view(&a1), h1);
    if (!is_servers)
        buf_add_text(&a2, "AUTHENTICATE");
    add_part(&a2, response->uri);
    work_md5_hex(buf_view(&a2), h2);
    buf_add(&all, (struct str){h1, sizeof(h1)});
    add_part(&all, response->nonce);
    add_part(&all, response->nc);
    add_part(&all, response->cnonce);
    add_part(&all, STR("auth"));
    add_part(&all, (struct str){h2, sizeof(h2)});
    work_md5_hex(buf_view(&all), hex);
    buf_clear(&a1);
    buf_clear(&a2);
    buf_clear(&all);
    arena_clear(&arena);
}

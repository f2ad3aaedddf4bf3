#include "nick.h"

#include <string.h>

/* Letters of other scripts that are drawn as a Latin one, small or capital;
 * all are two bytes in UTF-8. The key is in small letters. */
static const struct {
    const char *letter;
    char latin;
} look_alikes[] = {
    /* Cyrillic */
    {"а", 'a'},
    {"в", 'b'},
    {"с", 'c'},
    {"ԁ", 'd'},
    {"е", 'e'},
    {"һ", 'h'},
    {"н", 'h'},
    {"і", 'i'},
    {"ј", 'j'},
    {"к", 'k'},
    {"м", 'm'},
    {"о", 'o'},
    {"р", 'p'},
    {"ԛ", 'q'},
    {"ѕ", 's'},
    {"т", 't'},
    {"ѵ", 'v'},
    {"ԝ", 'w'},
    {"х", 'x'},
    {"у", 'y'},
    /* Greek */
    {"α", 'a'},
    {"β", 'b'},
    {"ε", 'e'},
    {"η", 'h'},
    {"ι", 'i'},
    {"κ", 'k'},
    {"μ", 'm'},
    {"ν", 'v'},
    {"ο", 'o'},
    {"ρ", 'p'},
    {"τ", 't'},
    {"υ", 'u'},
    {"χ", 'x'},
    {"ζ", 'z'},
    /* Latin */
    {"ı", 'i'},
    {"ɑ", 'a'},
    {"ɡ", 'g'},
};

static char latin_of(const char *letter)
{
    for (size_t i = 0; i < COUNT_OF(look_alikes); i++)
        if (memcmp(letter, look_alikes[i].letter, 2) == 0)
            return look_alikes[i].latin;
    return 0;
}

/* In its place: what is put in is never longer. */
static struct str as_drawn(char *text, size_t len)
{
    size_t in = 0, out = 0;

    while (in < len) {
        bool is_pair = ((unsigned char)text[in] & 0xe0) == 0xc0;
        char latin = is_pair && in + 1 < len ? latin_of(text + in) : 0;

        text[out++] = latin ? latin : text[in];
        in += latin ? 2 : 1;
    }
    return (struct str){text, out};
}

static struct str without_spaces(struct arena *arena, struct str text)
{
    char *tight = arena_bytes(arena, text.len + 1);
    size_t len = 0;

    for (size_t i = 0; i < text.len; i++)
        if (text.p[i] != ' ')
            tight[len++] = text.p[i];
    return (struct str){tight, len};
}

struct str nick_key(struct arena *arena, struct str nick)
{
    struct str tight = without_spaces(arena, nick);
    struct str folded = jid_fold(arena, tight);
    struct str copy = arena_dup(arena, folded.p ? folded : tight);

    return as_drawn((char *)copy.p, copy.len);
}

/* --- who may have it ------------------------------------------------------ */

static bool is_reserved(const struct room *room, struct str key,
                        struct str bare)
{
    for (const struct member *m = room->members; m; m = m->hh.next)
        if (m->key.p && !str_eq(m->jid, bare) && str_eq(m->key, key))
            return true;
    return false;
}

bool nick_is_free(const struct room *room, struct str nick,
                  const struct jid *user, const struct occupant *self,
                  enum stanza_error *error)
{
    struct mucd *mucd = room->mucd;
    struct str key = nick_key(&mucd->arena, nick);
    const struct occupant *other = room_occupant(room, nick);

    *error = ERR_NOT_ACCEPTABLE;
    if (key.len == 0 ||
        nick.len > (size_t)config_int(mucd->config, "mucd.max-nick-size"))
        return false;
    *error = ERR_CONFLICT;
    if (is_reserved(room, key, user->bare))
        return false;
    if (!other || other == self)
        return true;
    /* A second resource may share the nickname, a rename may not join two. */
    return !self && str_eq(other->bare, user->bare);
}

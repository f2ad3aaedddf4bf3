#include "letter.h"

#include <ctype.h>
#include <string.h>
#include <time.h>

#include "common/codec/codec.h"
#include "common/jid/jid.h"
#include "common/link/control.h"
#include "common/mail/mail.h"
#include "common/stanza/stanza.h"

#define MAX_CODE 64u
#define PLACE    "{to}"
#define SUBJECT  "A new password"

static bool is_code(struct str code)
{
    for (size_t i = 0; i < code.len; i++)
        if (!isalnum((unsigned char)code.p[i]) && code.p[i] != '-')
            return false;
    return code.len > 0 && code.len <= MAX_CODE;
}

bool letter_read(struct letter *letter, struct arena *arena,
                 const struct xml *element)
{
    struct jid jid;

    if (!xml_is(element, NS_LINK_CONTROL, CTL_LETTER) ||
        !jid_parse(&jid, arena, xml_get(element, CTL_A_JID)) || !jid.local.p)
        return false;
    letter->to = xml_get(element, "to");
    letter->jid = jid.bare;
    letter->domain = jid.domain;
    letter->code = xml_get(element, CTL_A_CODE);
    letter->language = text_language(xml_lang(element));
    return mail_is_address(letter->to) && is_code(letter->code) &&
           str_to_i64(xml_get(element, CTL_A_EXPIRES), &letter->expires_ms);
}

static struct tm local_of(int64_t unix_ms)
{
    time_t seconds = (time_t)(unix_ms / 1000);
    struct tm local = {.tm_mday = 1};

    (void)localtime_r(&seconds, &local); /* fails in the year 2147485547 */
    return local;
}

/* RFC 2047: a header has no characters but those of ASCII. */
static void add_subject(struct buf *out, enum language language)
{
    struct arena arena = {0};
    struct str subject = str_of(text_in(language, SUBJECT));

    if (language == LANGUAGE_EN)
        buf_printf(out, "Subject: %.*s\n", STR_ARG(subject));
    else
        buf_printf(out, "Subject: =?utf-8?B?%.*s?=\n",
                   STR_ARG(base64_encode(&arena, subject)));
    arena_clear(&arena);
}

void letter_write(struct buf *out, const struct letter *letter, struct str from,
                  int64_t now_ms)
{
    struct tm now = local_of(now_ms), expires = local_of(letter->expires_ms);
    char date[64] = "", until[64] = "";

    (void)strftime(date, sizeof(date), "%a, %d %b %Y %H:%M:%S %z", &now);
    (void)strftime(until, sizeof(until), "%Y-%m-%d %H:%M %Z", &expires);
    if (from.len)
        buf_printf(out, "From: %.*s\n", STR_ARG(from));
    else
        buf_printf(out, "From: postmaster@%.*s\n", STR_ARG(letter->domain));
    add_subject(out, letter->language);
    buf_printf(out,
               "To: %.*s\nDate: %s\n"
               "Auto-Submitted: auto-generated\n"
               "MIME-Version: 1.0\n"
               "Content-Type: text/plain; charset=utf-8\n"
               "Content-Transfer-Encoding: 8bit\n\n",
               STR_ARG(letter->to), date);
    buf_printf(
        out,
        text_in(letter->language,
                "Somebody, you most likely, asked for a new password of\n"
                "%.*s. This code lets its owner choose one:\n\n    %.*s\n\n"),
        STR_ARG(letter->jid), STR_ARG(letter->code));
    buf_printf(
        out,
        text_in(letter->language,
                "It holds until %s. Tell it to nobody. If you did not\n"
                "ask for it, do nothing: the password stays what it is.\n"),
        until);
}

char *letter_argument(struct arena *arena, struct str argument,
                      const struct letter *letter)
{
    const char *at = memmem(argument.p, argument.len, PLACE, strlen(PLACE));
    size_t before;
    struct str text;

    if (!at)
        return (char *)(uintptr_t)arena_dup(arena, argument).p;
    before = (size_t)(at - argument.p);
    text = arena_printf(
        arena, "%.*s%.*s%.*s", (int)before, argument.p, STR_ARG(letter->to),
        (int)(argument.len - before - strlen(PLACE)), at + strlen(PLACE));
    return (char *)(uintptr_t)text.p;
}

#include "recovery_code.h"

#include "common/codec/codec.h"
#include "common/link/control.h"
#include "common/log/log.h"
#include "common/mail/mail.h"

#include <openssl/crypto.h>

/* 40 bits: with five attempts for each code nobody gets far. */
#define CODE_CHARS 8u

/* Without I, O, 0 and 1, which people mistake for each other. */
static const char symbols[32] = {'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H',
                                 'J', 'K', 'L', 'M', 'N', 'P', 'Q', 'R',
                                 'S', 'T', 'U', 'V', 'W', 'X', 'Y', 'Z',
                                 '2', '3', '4', '5', '6', '7', '8', '9'};

static void make_code(char code[CODE_CHARS])
{
    unsigned char bytes[CODE_CHARS];

    random_bytes(bytes, sizeof(bytes));
    for (size_t i = 0; i < CODE_CHARS; i++)
        code[i] = symbols[bytes[i] % sizeof(symbols)];
}

struct str recovery_read_code(struct arena *arena, struct str typed)
{
    char *code = arena_bytes(arena, CODE_CHARS + 1);
    size_t length = 0;

    for (size_t i = 0; i < typed.len; i++) {
        char c = typed.p[i];

        if (c == ' ' || c == '-')
            continue;
        if (length == CODE_CHARS)
            return STR_NONE;
        code[length++] = (char)(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
    }
    return length == CODE_CHARS ? (struct str){code, length} : STR_NONE;
}

struct str recovery_hash_code(struct request *request, struct str code)
{
    struct arena *arena = &request->arena;
    struct str key = {(const char *)request->authd->recovery_secret,
                      sizeof(request->authd->recovery_secret)};
    struct str text = arena_printf(arena, "%.*s %.*s", STR_ARG(code),
                                   STR_ARG(request_jid(request)));
    unsigned char mac[32];

    hmac_sha256(key, text, mac);
    OPENSSL_cleanse((char *)(uintptr_t)text.p, text.len);
    return hex_encode(arena, (struct str){(const char *)mac, sizeof(mac)});
}

bool recovery_make_code(struct request *request, bool any, recovery_made *made)
{
    const struct config *config = request->authd->config;
    char *code = arena_bytes(&request->arena, CODE_CHARS);
    struct store_user user = {request->domain, request->local};
    struct store_code kept = {
        .seconds = config_int(config, "authd.recovery-expiry"),
        .attempts = config_int(config, "authd.recovery-attempts"),
        .any = any};

    make_code(code);
    request->password = (struct str){code, CODE_CHARS};
    kept.hash = recovery_hash_code(request, request->password);
    request_wait(request, NULL);
    if (store_make_code(request->authd->store, user, &kept, made, request))
        return true;
    request->waiting = false;
    return false;
}

struct str recovery_shown_code(struct request *request)
{
    return arena_printf(&request->arena, "%.4s-%.4s", request->password.p,
                        request->password.p + CODE_CHARS / 2);
}

void recovery_send_letter(struct request *request, struct str email)
{
    struct authd *authd = request->authd;
    struct xml *letter =
        xml_new(&request->arena, NS_LINK_CONTROL, STR(CTL_LETTER));
    int64_t expires = authd->unix_ms +
                      config_int(authd->config, "authd.recovery-expiry") * 1000;
    bool taken = false;

    xml_set(letter, STR("to"), email);
    xml_set(letter, STR(CTL_A_JID), request_jid(request));
    xml_set(letter, STR(CTL_A_CODE), recovery_shown_code(request));
    if (request->iq) /* else an administrator asked */
        xml_set_lang(letter, text_tag(stanza_language(request->iq)));
    xml_set(letter, STR(CTL_A_EXPIRES),
            arena_printf(&request->arena, "%lld", (long long)expires));
    if (mail_is_address(email)) {
        buf_reset(&authd->out);
        xml_write(&authd->out, letter, NS_CLIENT);
        taken = authd->effects->post(authd->ctx, buf_view(&authd->out));
    }
    authd->codes += taken;
    log_event(taken ? LOG_LEVEL_INFO : LOG_LEVEL_ERROR,
              taken ? "recovery-code-made" : "recovery-code-not-sent",
              LOG_STR("jid", request_jid(request)),
              LOG_STR("peer", request->peer));
}

bool recovery_sends_letters(const struct authd *authd)
{
    return config_list_count(authd->config, "maild.command") > 0;
}

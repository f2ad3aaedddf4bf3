#include "slot.h"

#include "common/codec/codec.h"
#include "common/xml/xml.h"

#define MAC_LENGTH 32u
#define MAX_TOKEN  8192u

/* --- names ---------------------------------------------------------------- */

/* U+202A…202E, U+2066…2069: "exe.gpj" shall not be read as "jpg.exe". */
static size_t turning_mark(struct str at)
{
    const unsigned char *p = (const unsigned char *)at.p;

    if (at.len < 3 || p[0] != 0xe2)
        return 0;
    if ((p[1] == 0x80 && p[2] >= 0xaa && p[2] <= 0xae) ||
        (p[1] == 0x81 && p[2] >= 0xa6 && p[2] <= 0xa9))
        return 3;
    return 0;
}

static size_t unwanted(struct str at)
{
    unsigned char c = (unsigned char)at.p[0];

    if (c < ' ' || c == 0x7f)
        return 1;
    if (c == 0xc2 && at.len > 1 && (unsigned char)at.p[1] < 0xa0)
        return 2; /* C1 controls */
    return turning_mark(at);
}

static struct str base_name(struct str name)
{
    for (size_t i = name.len; i > 0; i--)
        if (name.p[i - 1] == '/' || name.p[i - 1] == '\\')
            return (struct str){name.p + i, name.len - i};
    return name;
}

/* No byte in the middle of a character begins what is kept. */
static struct str shortened(struct arena *arena, struct str name)
{
    const char *dot = memrchr(name.p, '.', name.len);
    size_t ending = dot ? name.len - (size_t)(dot - name.p) : 0;
    size_t kept;

    if (name.len <= SLOT_MAX_NAME)
        return name;
    if (ending > 16)
        ending = 0;
    kept = SLOT_MAX_NAME - ending;
    while (kept > 0 && ((unsigned char)name.p[kept] & 0xc0) == 0x80)
        kept--;
    return arena_printf(arena, "%.*s%.*s", (int)kept, name.p, (int)ending,
                        name.p + name.len - ending);
}

struct str slot_clean_name(struct arena *arena, struct str name)
{
    struct str base = base_name(name);
    char *clean = arena_bytes(arena, base.len + 1);
    size_t length = 0;

    for (size_t i = 0; i < base.len;) {
        size_t skip = unwanted((struct str){base.p + i, base.len - i});

        clean[length++] = skip ? '_' : base.p[i];
        i += skip ? skip : 1;
    }
    base = (struct str){clean, length};
    if (length == 0 || str_is(base, ".") || str_is(base, ".."))
        return STR("file");
    return shortened(arena, base);
}

bool slot_is_type(struct str type)
{
    const char *slash = type.len ? memchr(type.p, '/', type.len) : NULL;

    if (!slash || slash == type.p || type.len > SLOT_MAX_TYPE ||
        slash == type.p + type.len - 1)
        return false;
    for (size_t i = 0; i < type.len; i++)
        if (type.p[i] < ' ' || type.p[i] > '~')
            return false;
    return true;
}

/* --- fields --------------------------------------------------------------- */

void slot_write_fields(struct buf *out, const struct slot *slot)
{
    buf_printf(out,
               "posthouse-upload 1\n%.*s\n%llu\n%lld\n%lld\n%.*s\n%.*s\n%.*s\n",
               STR_ARG(slot->id), (unsigned long long)slot->size,
               (long long)slot->valid_until_s, (long long)slot->expires_s,
               STR_ARG(slot->type), STR_ARG(slot->owner), STR_ARG(slot->name));
}

static bool is_id(struct str id)
{
    for (size_t i = 0; i < id.len; i++)
        if (!((id.p[i] >= '0' && id.p[i] <= '9') ||
              (id.p[i] >= 'a' && id.p[i] <= 'f')))
            return false;
    return id.len == SLOT_ID_LENGTH;
}

bool slot_read_fields(struct slot *slot, struct str text)
{
    if (!str_is(str_cut(&text, '\n'), "posthouse-upload 1") || !text.p)
        return false;
    slot->id = str_cut(&text, '\n');
    if (!is_id(slot->id) || !str_to_u64(str_cut(&text, '\n'), &slot->size) ||
        !str_to_i64(str_cut(&text, '\n'), &slot->valid_until_s) ||
        !str_to_i64(str_cut(&text, '\n'), &slot->expires_s))
        return false;
    slot->type = str_cut(&text, '\n');
    slot->owner = str_cut(&text, '\n');
    slot->name = str_cut(&text, '\n');
    return text.p && slot->owner.len > 0 && slot->owner.len <= SLOT_MAX_OWNER &&
           xml_utf8_valid(slot->owner) && slot->name.len > 0 &&
           slot->name.len <= SLOT_MAX_NAME && xml_utf8_valid(slot->name) &&
           (slot->type.len == 0 || slot_is_type(slot->type));
}

/* --- tokens --------------------------------------------------------------- */

struct str slot_write_token(struct arena *arena, struct str key,
                            const struct slot *slot)
{
    struct buf bytes = {0};
    unsigned char mac[MAC_LENGTH];
    struct str token;

    slot_write_fields(&bytes, slot);
    hmac_sha256(key, buf_view(&bytes), mac);
    buf_add(&bytes, (struct str){(const char *)mac, sizeof(mac)});
    token = base64_encode(arena, buf_view(&bytes));
    buf_clear(&bytes);
    return token;
}

bool slot_read_token(struct slot *slot, struct arena *arena, struct str key,
                     struct str token)
{
    unsigned char mac[MAC_LENGTH];
    struct str bytes, told;

    if (token.len > MAX_TOKEN)
        return false;
    bytes = base64_decode(arena, token);
    if (bytes.len <= MAC_LENGTH)
        return false;
    bytes.len -= MAC_LENGTH;
    told = (struct str){bytes.p + bytes.len, MAC_LENGTH};
    hmac_sha256(key, bytes, mac);
    return str_eq_constant_time(told,
                                (struct str){(const char *)mac, sizeof(mac)}) &&
           slot_read_fields(slot, bytes);
}

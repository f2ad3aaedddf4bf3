#include "hats.h"

#include <stdlib.h>
#include <utlist.h>

#include "common/codec/codec.h"
#include "send.h"

#define MAX_URI   1024u
#define MAX_TITLE 256u
#define MAX_HUE   16u

static void set_text(struct str *field, struct str text)
{
    free((char *)field->p);
    *field = text.len ? str_dup(text) : STR_NONE;
}

static bool is_below(const struct room *room, const char *option,
                     unsigned count)
{
    return count < (unsigned)config_int(room->mucd->config, option);
}

/* --- hats ----------------------------------------------------------------- */

struct hat *hat_find(const struct room *room, struct str uri)
{
    struct hat *hat = room->hats;

    while (hat && !str_eq(hat->uri, uri))
        hat = hat->next;
    return hat;
}

/* An angle in degrees, or nothing. */
static bool is_hue(struct str hue)
{
    struct str rest = hue;
    struct str whole = str_cut(&rest, '.');
    uint64_t degrees = 0, parts;

    if (!hue.len)
        return true;
    return hue.len <= MAX_HUE && str_to_u64(whole, &degrees) &&
           degrees <= 360 && (!rest.p || str_to_u64(rest, &parts));
}

enum hat_result hat_put(struct room *room, struct str uri, struct str title,
                        struct str hue)
{
    struct hat *hat = hat_find(room, uri);
    unsigned count;

    if (!uri.len || uri.len > MAX_URI || !title.len || title.len > MAX_TITLE ||
        !is_hue(hue))
        return HAT_BAD;
    LL_COUNT(room->hats, hat, count);
    hat = hat_find(room, uri);
    if (!hat && !is_below(room, "mucd.max-hats", count))
        return HAT_TOO_MANY;
    if (!hat) {
        hat = NEW(struct hat);
        hat->uri = str_dup(uri);
        LL_APPEND(room->hats, hat);
    }
    set_text(&hat->title, title);
    set_text(&hat->hue, hue);
    return HAT_OK;
}

static void wearer_free(struct hat *hat, struct wearer *wearer)
{
    HASH_DEL(hat->wearers, wearer);
    free((char *)wearer->jid.p);
    free(wearer);
}

static void hat_free(struct hat *hat)
{
    struct wearer *wearer, *next;

    HASH_ITER(hh, hat->wearers, wearer, next)
    wearer_free(hat, wearer);
    free((char *)hat->uri.p);
    free((char *)hat->title.p);
    free((char *)hat->hue.p);
    free(hat);
}

enum hat_result hat_remove(struct room *room, struct str uri)
{
    struct hat *hat = hat_find(room, uri);

    if (!hat)
        return HAT_UNKNOWN;
    LL_DELETE(room->hats, hat);
    hat_free(hat);
    return HAT_OK;
}

void hats_clear(struct room *room)
{
    struct hat *hat, *next;

    LL_FOREACH_SAFE(room->hats, hat, next)
    hat_free(hat);
    room->hats = NULL;
}

/* --- who wears them ------------------------------------------------------- */

static struct wearer *wearer_find(const struct hat *hat, struct str bare)
{
    struct wearer *wearer;

    HASH_FIND(hh, hat->wearers, bare.p, bare.len, wearer);
    return wearer;
}

bool hat_is_worn(const struct hat *hat, struct str bare)
{
    return wearer_find(hat, bare) != NULL;
}

enum hat_result hat_assign(struct room *room, struct str uri, struct str bare)
{
    struct hat *hat = hat_find(room, uri);
    struct wearer *wearer;

    if (!hat)
        return HAT_UNKNOWN;
    if (wearer_find(hat, bare))
        return HAT_OK;
    if (!is_below(room, "mucd.max-hat-wearers", HASH_COUNT(hat->wearers)))
        return HAT_TOO_MANY;
    wearer = NEW(struct wearer);
    wearer->jid = str_dup(bare);
    HASH_ADD_KEYPTR(hh, hat->wearers, wearer->jid.p, wearer->jid.len, wearer);
    return HAT_OK;
}

enum hat_result hat_unassign(struct room *room, struct str uri, struct str bare)
{
    struct hat *hat = hat_find(room, uri);
    struct wearer *wearer = hat ? wearer_find(hat, bare) : NULL;

    if (!wearer)
        return HAT_UNKNOWN;
    wearer_free(hat, wearer);
    return HAT_OK;
}

/* --- as XML --------------------------------------------------------------- */

static struct xml *add_hat(struct xml *parent, const struct hat *hat)
{
    struct xml *element = xml_add(parent, NS_HATS, STR("hat"));

    xml_set(element, STR("title"), hat->title);
    xml_set(element, STR("uri"), hat->uri);
    if (hat->hue.len)
        xml_set(element, STR("hue"), hat->hue);
    return element;
}

void hats_show(const struct room *room, struct str bare, struct xml *presence)
{
    struct xml *hats = NULL;

    for (const struct hat *hat = room->hats; hat; hat = hat->next) {
        if (!wearer_find(hat, bare))
            continue;
        if (!hats)
            hats = xml_add(presence, NS_HATS, STR("hats"));
        add_hat(hats, hat);
    }
}

struct str hats_write(const struct room *room)
{
    struct arena *arena = &room->mucd->arena;
    struct xml *hats = xml_new(arena, NS_HATS, STR("hats"));

    if (!room->hats)
        return STR("");
    for (const struct hat *hat = room->hats; hat; hat = hat->next) {
        struct xml *element = add_hat(hats, hat);

        for (const struct wearer *w = hat->wearers; w; w = w->hh.next)
            xml_add_leaf(element, NS_HATS, STR("wearer"), w->jid);
    }
    return arena_dup(arena, send_bytes(room->mucd, hats));
}

void hats_read(struct room *room, struct str bytes)
{
    struct mucd *mucd = room->mucd;
    const struct xml *hats =
        bytes.len ? xml_parse(mucd->parser, &mucd->arena, bytes) : NULL;

    for (const struct xml *hat = hats ? xml_child(hats, NS_HATS, "hat") : NULL;
         hat; hat = xml_next(hat, NS_HATS, "hat")) {
        struct str uri = xml_get(hat, "uri");

        if (hat_put(room, uri, xml_get(hat, "title"), xml_get(hat, "hue")) !=
            HAT_OK)
            continue;
        for (const struct xml *w = xml_child(hat, NS_HATS, "wearer"); w;
             w = xml_next(w, NS_HATS, "wearer"))
            (void)!hat_assign(room, uri, xml_text(w)); /* at a lower limit */
    }
}

struct str hats_hash(const struct room *room)
{
    struct arena *arena = &room->mucd->arena;
    struct xml *hats = xml_new(arena, NS_HATS, STR("hats"));
    unsigned char mac[32];

    if (!room->hats)
        return STR_NONE;
    for (const struct hat *hat = room->hats; hat; hat = hat->next)
        add_hat(hats, hat);
    hmac_sha256(STR("hats"), send_bytes(room->mucd, hats), mac);
    return hex_encode(arena, (struct str){(const char *)mac, 20});
}

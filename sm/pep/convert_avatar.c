#include "sm/pep/convert.h"

#include <openssl/evp.h>
#include <stdlib.h>

#include "common/codec/codec.h"
#include "sm/pep/request.h"
#include "sm/query/vcard.h"

/* The work of one request. */
struct conversion {
    void (*done)(struct iq_request *request);
    struct xml *card;  /* to be stored */
    struct str hash;   /* of the avatar; absent: there is none any more */
    struct str type;   /* of its bytes: "image/png" */
    struct str base64; /* its bytes */
    bool is_published;
};

/* --- pictures ------------------------------------------------------------- */

/* Base64 in lines. */
static struct str without_space(struct arena *arena, struct str text)
{
    struct str clean = {arena_bytes(arena, text.len + 1), 0};
    char *out = (char *)clean.p;

    for (size_t i = 0; i < text.len; i++)
        if (!memchr(" \t\r\n", text.p[i], 4))
            out[clean.len++] = text.p[i];
    return clean;
}

/* Hexadecimal SHA-1 of what Base64 stands for; absent: it is none, or empty. */
static struct str hash_of(struct arena *arena, struct str base64)
{
    struct str bytes = base64_decode(arena, base64);
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned length = 0;

    if (!bytes.len)
        return STR_NONE;
    if (EVP_Digest(bytes.p, bytes.len, digest, &length, EVP_sha1(), NULL) != 1)
        abort(); /* a libcrypto without SHA-1 */
    return hex_encode(arena, (struct str){(const char *)digest, length});
}

static void take_photo(struct iq_request *request, const struct xml *card)
{
    struct conversion *conversion = request->data;
    const struct xml *photo = xml_child(card, NS_VCARD, "PHOTO");

    if (!photo)
        return;
    conversion->type = xml_child_text(photo, NS_VCARD, "TYPE");
    conversion->base64 = without_space(
        request->arena, xml_child_text(photo, NS_VCARD, "BINVAL"));
    conversion->hash = hash_of(request->arena, conversion->base64);
}

static void keep_hash(struct iq_request *request)
{
    const struct conversion *conversion = request->data;
    struct account *account = pep_account(request);

    if (!account)
        return;
    free((char *)account->photo.p);
    account->photo = str_dup(conversion->hash);
}

static struct conversion *conversion_new(struct iq_request *request,
                                         void (*done)(struct iq_request *))
{
    struct conversion *conversion =
        arena_alloc(request->arena, sizeof(*conversion));

    conversion->done = done;
    request->data = conversion;
    return conversion;
}

/* --- presence ------------------------------------------------------------- */

void convert_stamp(const struct account *account, struct xml *presence)
{
    struct xml *update = xml_child(presence, NS_VCARD_UPDATE, "x");

    if (!account->photo.len ||
        (update && xml_child(update, NS_VCARD_UPDATE, "photo")))
        return;
    if (!update)
        update = xml_add(presence, NS_VCARD_UPDATE, STR("x"));
    xml_add_leaf(update, NS_VCARD_UPDATE, STR("photo"), account->photo);
}

/* --- from the avatar to the card ------------------------------------------ */

static void put_photo(struct iq_request *request)
{
    const struct conversion *conversion = request->data;
    struct xml *card = conversion->card;
    struct xml *photo;

    while ((photo = xml_child(card, NS_VCARD, "PHOTO")))
        xml_remove(photo);
    if (!conversion->hash.len)
        return;
    photo = xml_add(card, NS_VCARD, STR("PHOTO"));
    xml_add_leaf(photo, NS_VCARD, STR("TYPE"), conversion->type);
    xml_add_leaf(photo, NS_VCARD, STR("BINVAL"), conversion->base64);
}

static void on_photo_stored(void *ctx, bool ok)
{
    struct iq_request *request = ctx;
    const struct conversion *conversion = request->data;

    /* The avatar is published, which is what was asked for. */
    if (ok)
        keep_hash(request);
    conversion->done(request);
}

static void on_old_card(void *ctx, const struct store_row *row, bool ok)
{
    struct iq_request *request = ctx;
    struct conversion *conversion = request->data;

    if (row) {
        conversion->card =
            xml_parse(request->sm->parser, request->arena, row->columns[0]);
        return;
    }
    if (!conversion->card)
        conversion->card = xml_new(request->arena, NS_VCARD, STR("vCard"));
    put_photo(request);
    if (ok && vcard_is_small(request->sm, conversion->card))
        vcard_store(request->sm, store_user(&request->to), conversion->card,
                    conversion->hash, on_photo_stored, request);
    else
        conversion->done(request);
}

static void change_card(struct iq_request *request)
{
    store_vcard_get(request->sm->store, store_user(&request->to), on_old_card,
                    request);
}

static void on_picture(void *ctx, const struct store_row *row, bool ok)
{
    struct iq_request *request = ctx;
    struct conversion *conversion = request->data;
    const struct xml *data;

    if (row) {
        data = xml_parse(request->sm->parser, request->arena, row->columns[2]);
        if (data)
            conversion->base64 = without_space(request->arena, xml_text(data));
        return;
    }
    /* §3.1: what is called by another picture's hash is not shown. */
    if (ok &&
        str_eq(hash_of(request->arena, conversion->base64), conversion->hash))
        change_card(request);
    else
        conversion->done(request);
}

/* The one whose bytes are here. */
static const struct xml *find_info(const struct xml *metadata)
{
    const struct xml *info;

    for (info = xml_child(metadata, NS_AVATAR_METADATA, "info"); info;
         info = xml_next(info, NS_AVATAR_METADATA, "info"))
        if (!xml_get(info, "url").p && xml_get(info, "id").len)
            break;
    return info;
}

/* The node of pictures, when everybody may see them (§8). */
static const struct pep_node *open_pictures(const struct account *account)
{
    const struct pep_node *node = pep_find(account, NS_AVATAR_DATA);

    return node && node->settings.access == PEP_OPEN ? node : NULL;
}

bool convert_avatar(struct iq_request *request, const struct pep_node *node,
                    const struct xml *payload,
                    void (*done)(struct iq_request *request))
{
    struct account *account = pep_account(request);
    const struct pep_node *pictures;
    struct conversion *conversion;
    const struct xml *info;

    if (!account || !str_eq(node->name, NS_AVATAR_METADATA))
        return false;
    info = find_info(payload);
    pictures = info ? open_pictures(account) : NULL;
    if (pictures ? str_eq(xml_get(info, "id"), account->photo)
                 : !account->photo.len)
        return false;
    conversion = conversion_new(request, done);
    if (!pictures) {
        change_card(request);
        return true;
    }
    conversion->hash = xml_get(info, "id");
    conversion->type =
        xml_get(info, "type").p ? xml_get(info, "type") : STR("image/png");
    store_pep_items(request->sm->store, store_user(&request->to),
                    pictures->name, conversion->hash, 1, on_picture, request);
    return true;
}

/* --- from the card to the avatar ------------------------------------------ */

static const struct pep_node *get_node(struct account *account, struct str name)
{
    const struct pep_node *node = pep_find(account, name);
    struct pep_settings settings;

    if (node)
        return node;
    /* A vCard is for everybody. */
    pep_settings_default(&settings);
    settings.access = PEP_OPEN;
    return pep_set(account, name, &settings, STR_NONE, NULL, NULL);
}

static struct xml *metadata_of(struct iq_request *request)
{
    const struct conversion *conversion = request->data;
    struct xml *metadata =
        xml_new(request->arena, NS_AVATAR_METADATA, STR("metadata"));
    struct xml *info;

    if (!conversion->hash.len)
        return metadata; /* XEP-0084 §4.2.1: no avatar any more */
    info = xml_add(metadata, NS_AVATAR_METADATA, STR("info"));
    xml_set(info, STR("id"), conversion->hash);
    xml_set(info, STR("type"),
            conversion->type.len ? conversion->type : STR("image/png"));
    xml_set_u64(info, "bytes",
                base64_decode(request->arena, conversion->base64).len);
    return metadata;
}

static struct str item_id(const struct conversion *conversion)
{
    return conversion->hash.len ? conversion->hash : STR("none");
}

static void on_avatar_stored(void *ctx, bool ok)
{
    struct iq_request *request = ctx;
    struct account *account = pep_account(request);
    const struct pep_node *node =
        account ? pep_find(account, NS_AVATAR_METADATA) : NULL;

    if (ok && node)
        pep_tell_item(account, request->duty, node, item_id(request->data),
                      metadata_of(request), "avatar");
    iq_answer_written(request, ok);
}

static void publish_avatar(struct iq_request *request, struct account *account)
{
    const struct conversion *conversion = request->data;
    struct xml *data = xml_new(request->arena, NS_AVATAR_DATA, STR("data"));

    if (conversion->hash.len) {
        xml_add_text(data, conversion->base64);
        pep_store_item(account, get_node(account, NS_AVATAR_DATA),
                       conversion->hash, data, pep_ignore_written, NULL);
    }
    pep_store_item(account, get_node(account, NS_AVATAR_METADATA),
                   item_id(conversion), metadata_of(request), on_avatar_stored,
                   request);
}

static void on_old_avatar(void *ctx, const struct store_row *row, bool ok)
{
    struct iq_request *request = ctx;
    struct conversion *conversion = request->data;
    struct account *account = pep_account(request);

    if (row) {
        conversion->is_published = str_eq(row->columns[0], item_id(conversion));
        return;
    }
    if (!ok || !account || conversion->is_published)
        iq_answer_written(request, ok);
    else
        publish_avatar(request, account);
}

static void compare_avatar(struct account *account, void *ctx, bool ok)
{
    struct iq_request *request = ctx;
    const struct conversion *conversion = request->data;

    if (ok && (conversion->hash.len || pep_find(account, NS_AVATAR_METADATA)))
        store_pep_items(request->sm->store, store_user(&request->to),
                        NS_AVATAR_METADATA, STR_NONE, 1, on_old_avatar,
                        request);
    else
        iq_answer_written(request, ok);
}

/* A card without a photo takes away only what was known to be there. */
static void on_card_stored(void *ctx, bool ok)
{
    struct iq_request *request = ctx;
    const struct conversion *conversion = request->data;
    struct account *account = pep_account(request);
    bool is_news = account && !str_eq(account->photo, conversion->hash);

    if (ok)
        keep_hash(request);
    if (ok && is_news)
        pep_with(account, compare_avatar, request);
    else
        iq_answer_written(request, ok);
}

void convert_card(struct iq_request *request)
{
    const struct conversion *conversion = conversion_new(request, NULL);

    take_photo(request, request->payload);
    vcard_store(request->sm, store_user(&request->to), request->payload,
                conversion->hash, on_card_stored, request);
}

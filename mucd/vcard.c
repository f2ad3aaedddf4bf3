/* A room's vCard (XEP-0054), set by its owners, and the picture in it, which
 * everybody finds by its hash (XEP-0486). */
#include "vcard.h"

#include <openssl/sha.h>
#include <stdlib.h>

#include "common/codec/codec.h"
#include "iq.h"
#include "message.h"
#include "send.h"
#include "store.h"

/* Base64 as vCards have it: broken into lines. */
static struct str without_space(struct arena *arena, struct str text)
{
    char *tight = arena_bytes(arena, text.len + 1);
    size_t len = 0;

    for (size_t i = 0; i < text.len; i++)
        if (text.p[i] != ' ' && text.p[i] != '\n' && text.p[i] != '\r' &&
            text.p[i] != '\t')
            tight[len++] = text.p[i];
    return (struct str){tight, len};
}

/* The hash of XEP-0153: of the picture's bytes. STR_NONE: there is none. */
static struct str hash_of_photo(struct arena *arena, const struct xml *card)
{
    const struct xml *photo = xml_child(card, NS_VCARD, "PHOTO");
    struct str value =
        photo ? xml_child_text(photo, NS_VCARD, "BINVAL") : STR_NONE;
    struct str bytes = base64_decode(arena, without_space(arena, value));
    unsigned char digest[SHA_DIGEST_LENGTH];

    if (!bytes.len)
        return STR_NONE;
    SHA1((const unsigned char *)bytes.p, bytes.len, digest);
    return hex_encode(arena, (struct str){(char *)digest, sizeof(digest)});
}

void room_take_vcard(struct room *room, struct str bytes)
{
    struct mucd *mucd = room->mucd;
    const struct xml *card =
        bytes.len ? xml_parse(mucd->parser, &mucd->arena, bytes) : NULL;

    free((char *)room->vcard.p);
    free((char *)room->avatar.p);
    room->vcard = str_dup(bytes);
    room->avatar = str_dup(card ? hash_of_photo(&mucd->arena, card) : STR_NONE);
}

void handle_vcard_get(struct iq_request *request)
{
    struct room *room = request->room;
    struct xml *result = iq_make_result(request);
    struct xml *card = room->vcard.len ? xml_parse(room->mucd->parser,
                                                   request->arena, room->vcard)
                                       : NULL;

    if (card)
        xml_append(result, card);
    else
        xml_add(result, NS_VCARD, STR("vCard"));
    iq_answer(request, result);
}

void handle_vcard_set(struct iq_request *request)
{
    struct room *room = request->room;
    struct str bytes;

    if (!affiliation_may(iq_standing(request), MAY_CONFIGURE)) {
        iq_refuse(request, ERR_FORBIDDEN, "Only owners set a room's vCard");
        return;
    }
    bytes = arena_dup(request->arena, send_bytes(room->mucd, request->payload));
    if (bytes.len >
        (size_t)config_int(room->mucd->config, "mucd.max-vcard-size")) {
        iq_refuse(request, ERR_POLICY_VIOLATION, "The vCard is too large");
        return;
    }
    room_take_vcard(room, bytes);
    store_room_put(room->mucd->store, room, request->duty);
    message_tell_codes(room, (const unsigned[]){104, 0});
    iq_done(request);
}

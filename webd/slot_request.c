/* Slots (XEP-0363 §4, §5). That the user may upload such a file at all sm has
 * found; here are the quotas. */
#include <stdio.h>
#include <stdlib.h>

#include "common/codec/codec.h"
#include "common/log/log.h"
#include "common/tls/tls.h"
#include "path.h"
#include "request.h"
#include "upload.h"

#define ID_BYTES   (SLOT_ID_LENGTH / 2)
#define HTTPS_PORT 443

/* --- what is asked for ---------------------------------------------------- */

static void refuse_too_large(const struct request *request, uint64_t most)
{
    struct arena *arena = &request->service->arena;
    struct str text = arena_printf(
        arena,
        text_in(stanza_language(request->iq),
                "File too large. The maximum file size is %llu bytes"),
        (unsigned long long)most);
    struct xml *error, *detail,
        *reply = request_error(request, ERR_NOT_ACCEPTABLE, "modify", text.p,
                               &error);

    if (!reply)
        return;
    detail = xml_add(error, NS_UPLOAD, STR("file-too-large"));
    xml_add_leaf(detail, NS_UPLOAD, STR("max-file-size"),
                 arena_printf(arena, "%llu", (unsigned long long)most));
    request_answer(request, reply);
}

static void refuse_for_now(const struct request *request, const char *text,
                           int64_t retry_s)
{
    struct xml *error, *reply = request_error(request, ERR_RESOURCE_CONSTRAINT,
                                              "wait", text, &error);

    if (!reply)
        return;
    if (retry_s > 0)
        xml_set(xml_add(error, NS_UPLOAD, STR("retry")), STR("stamp"),
                stanza_timestamp(&request->service->arena, retry_s * 1000));
    request_answer(request, reply);
}

static bool read_file(struct request *request, struct slot *slot)
{
    const struct xml *payload = request->payload;
    struct str name = xml_get(payload, "filename");

    slot->type = xml_get(payload, "content-type");
    if (name.len == 0 || !str_to_u64(xml_get(payload, "size"), &slot->size) ||
        slot->size == 0) {
        request_refuse(request, ERR_BAD_REQUEST,
                       "Expected a filename and a size");
        return false;
    }
    if (slot->type.len > 0 && !slot_is_type(slot->type)) {
        request_refuse(request, ERR_BAD_REQUEST,
                       "Expected a content-type of the form type/subtype");
        return false;
    }
    slot->name = slot_clean_name(&request->service->arena, name);
    return true;
}

/* --- what for ------------------------------------------------------------- */

static int64_t after(const struct request *request, const char *option)
{
    int64_t lifetime_s = config_int(request->service->config, option);

    return lifetime_s ? request->service->now_s + lifetime_s : 0;
}

static bool is_message(struct request *request, const struct xml *purpose,
                       struct slot *slot)
{
    (void)purpose;
    slot->expires_s = after(request, "webd.file-lifetime");
    return true;
}

static bool is_profile(struct request *request, const struct xml *purpose,
                       struct slot *slot)
{
    uint64_t most =
        (uint64_t)config_int(request->service->config, "webd.profile-max-size");

    (void)purpose;
    slot->expires_s = after(request, "webd.profile-lifetime");
    if (most == 0 || slot->size <= most)
        return true;
    refuse_too_large(request, most);
    return false;
}

/* The file is gone at that time at the latest. */
static bool is_ephemeral(struct request *request, const struct xml *purpose,
                         struct slot *slot)
{
    int64_t before_ms, own = after(request, "webd.file-lifetime");

    if (!stanza_parse_timestamp(xml_get(purpose, "expire-before"),
                                &before_ms)) {
        request_refuse(request, ERR_BAD_REQUEST,
                       "Expected expire-before with a time");
        return false;
    }
    if (before_ms / 1000 <= request->service->now_s) {
        request_refuse(request, ERR_NOT_ACCEPTABLE,
                       "Expected expire-before in the future");
        return false;
    }
    slot->expires_s = own && own < before_ms / 1000 ? own : before_ms / 1000;
    return true;
}

static bool is_permanent(struct request *request, const struct xml *purpose,
                         struct slot *slot)
{
    (void)request, (void)purpose;
    slot->expires_s = 0;
    return true;
}

static const struct {
    const char *name;
    bool (*take)(struct request *request, const struct xml *purpose,
                 struct slot *slot);
} purposes[] = {
    {"message", is_message},
    {"profile", is_profile},
    {"ephemeral", is_ephemeral},
    {"permanent", is_permanent},
};

/* Sets when the file is deleted. False after an answer. */
static bool read_purpose(struct request *request, struct slot *slot)
{
    const struct config *config = request->service->config;
    const struct xml *found = NULL;

    for (size_t i = 0; i < COUNT_OF(purposes); i++) {
        found =
            xml_child(request->payload, NS_UPLOAD_PURPOSE, purposes[i].name);
        if (!found)
            continue;
        if (config_list_has(config, "webd.purposes", str_of(purposes[i].name)))
            return purposes[i].take(request, found, slot);
        request_refuse(request, ERR_NOT_ACCEPTABLE,
                       "Files are not kept for this purpose");
        return false;
    }
    return is_message(request, NULL, slot); /* the default */
}

/* --- is there room? ------------------------------------------------------- */

static uint64_t largest(const struct ledger_limits *limits)
{
    const uint64_t all[] = {limits->user_bytes, limits->daily_bytes,
                            limits->total_bytes};
    uint64_t least = UINT64_MAX;

    for (size_t i = 0; i < COUNT_OF(all); i++)
        if (all[i] > 0 && all[i] < least)
            least = all[i];
    return least;
}

static bool has_room(struct request *request, const struct slot *slot)
{
    struct service *service = request->service;
    int64_t retry_s = 0;
    enum ledger_result result = ledger_ask(
        service->ledger, slot->owner, slot->size, service->now_s, &retry_s);
    static const char *const texts[] = {
        [LEDGER_USER_FULL] = "Quota reached. Your files take up too much",
        [LEDGER_DAY_FULL] = "Quota reached. You have uploaded too much today",
        [LEDGER_TOO_OFTEN] = "Quota reached. You ask for too many uploads",
        [LEDGER_TOTAL_FULL] = "There is no room for it on the server",
    };

    if (result == LEDGER_OK)
        return true;
    service->refused++;
    log_event(LOG_LEVEL_WARN, "slot-refused", LOG_STR("jid", slot->owner),
              LOG_INT("size", slot->size),
              LOG_TEXT("reason", result == LEDGER_TOO_LARGE ? "too-large"
                                                            : texts[result]));
    if (result == LEDGER_TOO_LARGE)
        refuse_too_large(request, largest(&service->ledger->limits));
    else
        refuse_for_now(request, texts[result], retry_s);
    return false;
}

/* --- the answer ----------------------------------------------------------- */

/* https://HOST[:PORT]; STR_NONE: nothing listens, and nobody says who does. */
static struct str base_url(const struct request *request)
{
    const struct config *config = request->service->config;
    struct str url = config_str(config, "webd.url");
    int64_t port = config_int(config, "webd.port");
    char *host;

    if (url.len > 0)
        return url;
    host = port ? tls_ascii_name(request->from.domain) : NULL;
    if (!host)
        return STR_NONE;
    url = port == HTTPS_PORT
              ? arena_printf(&request->service->arena, "https://%s", host)
              : arena_printf(&request->service->arena, "https://%s:%lld", host,
                             (long long)port);
    free(host);
    return url;
}

static void answer(struct request *request, const struct slot *slot,
                   struct str base)
{
    struct service *service = request->service;
    struct arena *arena = &service->arena;
    struct str token = slot_write_token(arena, service->key, slot);
    struct str url = arena_printf(arena, "%.*s" UPLOAD_PREFIX "%.*s/%.*s",
                                  STR_ARG(base), STR_ARG(slot->id),
                                  STR_ARG(path_encode(arena, slot->name)));
    struct xml *result = request_result(request);
    struct xml *element = xml_add(result, NS_UPLOAD, STR("slot"));
    struct xml *put = xml_add(element, NS_UPLOAD, STR("put"));
    struct xml *header =
        xml_add_leaf(put, NS_UPLOAD, STR("header"),
                     arena_printf(arena, "Bearer %.*s", STR_ARG(token)));

    xml_set(put, STR("url"), url);
    xml_set(header, STR("name"), STR("Authorization"));
    xml_set(xml_add(element, NS_UPLOAD, STR("get")), STR("url"), url);
    service->slots++;
    request_answer(request, result);
}

void handle_slot(struct request *request)
{
    struct service *service = request->service;
    struct slot slot = {.owner = request->from.bare};
    struct str base = base_url(request);
    unsigned char id[ID_BYTES];

    if (!base.p) {
        request_refuse(request, ERR_SERVICE_UNAVAILABLE, NULL);
        return;
    }
    if (!read_file(request, &slot) || !read_purpose(request, &slot) ||
        !has_room(request, &slot))
        return;
    random_bytes(id, sizeof(id));
    slot.id =
        hex_encode(&service->arena, (struct str){(const char *)id, sizeof(id)});
    slot.valid_until_s =
        service->now_s + config_int(service->config, "webd.slot-timeout");
    if (slot.expires_s > 0 && slot.expires_s < slot.valid_until_s)
        slot.valid_until_s = slot.expires_s;
    answer(request, &slot, base);
}

/* vCards (XEP-0054). */
#include "sm/pep/convert.h"
#include "sm/query/iq.h"
#include "sm/query/vcard.h"

static void on_card(void *ctx, const struct store_row *row, bool ok)
{
    struct iq_request *request = ctx;
    struct xml *card;

    if (row) {
        card = xml_parse(request->sm->parser, request->arena, row->columns[0]);
        if (card && !request->result) {
            request->result = iq_make_result(request);
            xml_append(request->result, card);
        }
        return;
    }
    if (!ok) {
        iq_refuse(request, ERR_INTERNAL_SERVER_ERROR, NULL);
        return;
    }
    if (!request->result && request->place == IQ_AT_ACCOUNT) {
        iq_refuse(request, ERR_ITEM_NOT_FOUND, NULL);
        return;
    }
    if (!request->result) {
        request->result = iq_make_result(request);
        xml_add(request->result, NS_VCARD, STR("vCard"));
    }
    iq_answer(request, request->result);
}

void handle_vcard_get(struct iq_request *request)
{
    struct iq_request *kept;

    if (request->place == IQ_AT_SERVER) {
        struct xml *result = iq_make_result(request);
        struct xml *card = xml_add(result, NS_VCARD, STR("vCard"));

        xml_add_leaf(card, NS_VCARD, STR("FN"), STR("Posthouse"));
        iq_answer(request, result);
        return;
    }
    kept = iq_keep(request);
    store_vcard_get(request->sm->store, store_user(&kept->to), on_card, kept);
}

/* Some clients put the address straight into EMAIL. */
static struct str email_of(const struct xml *card)
{
    const struct xml *email = xml_child(card, NS_VCARD, "EMAIL");
    struct str user;

    if (!email)
        return STR_NONE;
    user = xml_child_text(email, NS_VCARD, "USERID");
    return user.p ? user : xml_text(email);
}

bool vcard_is_small(const struct sm *sm, const struct xml *card)
{
    struct buf content = {0};
    bool is_small;

    xml_write(&content, card, NS_CLIENT);
    is_small = buf_len(&content) <=
               (size_t)config_int(sm->config, "sm.vcard-max-size");
    buf_clear(&content);
    return is_small;
}

void vcard_store(struct sm *sm, struct store_user user, const struct xml *card,
                 struct str photo, store_done *done, void *ctx)
{
    struct buf content = {0};

    xml_write(&content, card, NS_CLIENT);
    store_vcard_set(sm->store, user, buf_view(&content),
                    xml_child_text(card, NS_VCARD, "FN"), email_of(card), photo,
                    done, ctx);
    buf_clear(&content);
}

void handle_vcard_set(struct iq_request *request)
{
    if (vcard_is_small(request->sm, request->payload))
        convert_card(iq_keep(request));
    else
        iq_refuse(request, ERR_NOT_ACCEPTABLE, "The vCard is too large");
}

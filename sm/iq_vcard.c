/* vCards (XEP-0054). */
#include "iq.h"
#include "store.h"

static struct store_user user_of(const struct jid *jid)
{
    return (struct store_user){jid->domain, jid->local};
}

static void on_card(void *ctx, const struct store_row *row, bool ok)
{
    struct iq_request *request = ctx;
    struct xml *result, *card;

    if (row) {
        card = xml_parse(request->sm->parser, request->arena, row->columns[0]);
        if (card)
            request->payload = xml_dup(request->arena, card);
        request->number = card != NULL;
        return;
    }
    if (!ok) {
        iq_refuse(request, ERR_INTERNAL_SERVER_ERROR, NULL);
        return;
    }
    if (!request->number && request->place == IQ_AT_ACCOUNT) {
        iq_refuse(request, ERR_ITEM_NOT_FOUND, NULL);
        return;
    }
    result = iq_make_result(request);
    if (request->number)
        xml_append(result, request->payload);
    else
        xml_add(result, NS_VCARD, STR("vCard"));
    iq_answer(request, result);
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
    store_vcard_get(request->sm->store, user_of(&kept->to), on_card, kept);
}

void handle_vcard_set(struct iq_request *request)
{
    struct sm *sm = request->sm;
    size_t most = (size_t)config_int(sm->config, "sm.vcard-max-size");
    const struct xml *email = xml_child(request->payload, NS_VCARD, "EMAIL");
    struct buf content = {0};

    xml_write(&content, request->payload, NS_CLIENT);
    if (buf_len(&content) > most)
        iq_refuse(request, ERR_NOT_ACCEPTABLE, "The vCard is too large");
    else
        store_vcard_set(
            sm->store, user_of(&request->account->jid), buf_view(&content),
            xml_child_text(request->payload, NS_VCARD, "FN"),
            email ? xml_child_text(email, NS_VCARD, "USERID") : STR_NONE,
            iq_answer_written, iq_keep(request));
    buf_clear(&content);
}

/* vCards (XEP-0054). */
#include "sm/query/iq.h"
#include "sm/store/store.h"

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

void handle_vcard_set(struct iq_request *request)
{
    struct sm *sm = request->sm;
    size_t most = (size_t)config_int(sm->config, "sm.vcard-max-size");
    struct buf content = {0};

    xml_write(&content, request->payload, NS_CLIENT);
    if (buf_len(&content) > most)
        iq_refuse(request, ERR_NOT_ACCEPTABLE, "The vCard is too large");
    else
        store_vcard_set(
            sm->store, store_user(&request->account->jid), buf_view(&content),
            xml_child_text(request->payload, NS_VCARD, "FN"),
            email_of(request->payload), iq_answer_written, iq_keep(request));
    buf_clear(&content);
}

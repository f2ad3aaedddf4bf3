/* XEP-0198 towards the client. */
#include <stdio.h>
#include <stdlib.h>

#include "client.h"
#include "common/link/control.h"
#include "sasl2.h"

#define NS_ATTR "xmlns='urn:xmpp:sm:3'"

static uint64_t number(const struct xml *element, const char *name)
{
    uint64_t value = 0;

    (void)!str_to_u64(xml_get(element, name), &value);
    return value;
}

/* --- enabling ------------------------------------------------------------- */

static void enable(struct client *client, const struct xml *element)
{
    struct xml *ask = client_control_new(client, CTL_SESSION_ENABLE);
    struct str resume = xml_get(element, "resume");
    struct str max = xml_get(element, "max");

    if (client->is_managed) {
        client_end(client, "policy-violation",
                   "Stream management is enabled already");
        return;
    }
    client->is_enabling = true;
    client->in_base = client->in;
    xml_set_u64(ask, CTL_A_IN, client->in);
    if (str_is(resume, "true") || str_is(resume, "1"))
        xml_set(ask, STR(CTL_A_RESUME), STR("1"));
    if (max.p)
        xml_set(ask, STR(CTL_A_MAX), max);
    client_tell(client, client->sm, ask);
}

/* Alone, or as a part of the login's success (XEP-0198 §9). */
static void answer(struct client *client, struct xml *element)
{
    if (client->wish)
        sasl2_succeed(client, element);
    else
        client_say_xml(client, element);
}

/* For one that can be resumed: how long, and where best (XEP-0198 §3, §5). */
static void say_enabled(struct client *client)
{
    struct str location = config_str(client->c2sd->config, "c2sd.location");
    struct xml *enabled = xml_new(&client->c2sd->arena, NS_SM, STR("enabled"));

    if (!client->is_resumable) {
        answer(client, enabled);
        return;
    }
    xml_set(enabled, STR("id"), str_of(client->resume_id));
    xml_set(enabled, STR("resume"), STR("true"));
    xml_set_u64(enabled, "max", client->resume_max);
    if (location.len)
        xml_set(enabled, STR("location"), location);
    answer(client, enabled);
}

void client_enabled(struct client *client, const struct xml *element)
{
    struct str id = xml_get(element, CTL_A_ID);

    if (!client->is_enabling)
        return;
    client->is_enabling = false;
    client->is_managed = true;
    client->out_base = client->out_acked = client->out_last;
    client->is_resumable = id.len > 0;
    client->resume_max = number(element, CTL_A_MAX);
    snprintf(client->resume_id, sizeof(client->resume_id), "%.*s", STR_ARG(id));
    say_enabled(client);
}

void client_resumed(struct client *client, const struct xml *element)
{
    uint64_t h = number(element, CTL_A_H), in = number(element, CTL_A_IN);
    uint64_t out = number(element, CTL_A_OUT);
    struct xml *resumed = xml_new(&client->c2sd->arena, NS_SM, STR("resumed"));

    client->is_managed = client->is_resumable = true;
    client->resume_max = number(element, CTL_A_MAX);
    client->moves = number(element, CTL_A_MOVES);
    client->in = client->in_done = in;
    client->in_base = in - h;
    client->out_base = out - client->resume_h;
    client->out_acked = client->out_last = out;
    xml_set_u64(resumed, "h", h);
    xml_set(resumed, STR("previd"), str_of(client->resume_id));
    answer(client, resumed);
}

/* --- acknowledgements ----------------------------------------------------- */

void client_acknowledge(struct client *client)
{
    char text[64];

    if (client->state != CLIENT_BOUND || !client->is_managed)
        return;
    snprintf(text, sizeof(text), "<a " NS_ATTR " h='%lu'/>",
             (unsigned long)(uint32_t)(client->in_done - client->in_base));
    client_say(client, text);
}

/* <r/>: what is discharged now, and once more when the rest is. */
static void on_request(struct client *client)
{
    client_acknowledge(client);
    if (client->in_done < client->in)
        client->in_asked = client->in;
}

void client_acks_discharged(struct client *client)
{
    if (!client->in_asked || client->in_done < client->in_asked)
        return;
    client->in_asked = 0;
    client_acknowledge(client);
}

void client_refuse_count(struct client *client, uint32_t h, uint32_t sent)
{
    char text[256];

    snprintf(text, sizeof(text),
             "<handled-count-too-high " NS_ATTR " h='%lu' send-count='%lu'/>",
             (unsigned long)h, (unsigned long)sent);
    client_end_for(client, "undefined-condition", text);
}

static void on_answer(struct client *client, const struct xml *element)
{
    uint64_t h = number(element, "h");
    uint32_t known = (uint32_t)(client->out_acked - client->out_base);
    uint64_t acked = client->out_acked + (uint32_t)((uint32_t)h - known);
    struct xml *told;

    client->is_ack_asked = false;
    if (h > UINT32_MAX || acked > client->out_last) {
        client_refuse_count(client, (uint32_t)h,
                            (uint32_t)(client->out_last - client->out_base));
        return;
    }
    if (acked == client->out_acked)
        return;
    client->out_acked = acked;
    client_trim_held(client);
    told = client_control_new(client, CTL_SESSION_ACKED);
    xml_set_u64(told, CTL_A_N, acked);
    client_tell(client, client->sm, told);
}

bool client_acks(struct client *client, struct xml *element)
{
    if (!str_eq(element->ns, NS_SM))
        return false;
    if (str_is(element->name, "enable"))
        enable(client, element);
    else if (str_is(element->name, "resume"))
        client_say(client, "<failed " NS_ATTR "><unexpected-request xmlns="
                           "'urn:ietf:params:xml:ns:xmpp-stanzas'/></failed>");
    else if (client->is_managed && str_is(element->name, "r"))
        on_request(client);
    else if (client->is_managed && str_is(element->name, "a"))
        on_answer(client, element);
    else if (!str_is(element->name, "r") && !str_is(element->name, "a"))
        return false;
    return true;
}

void client_before_write(struct client *client)
{
    if (client->state != CLIENT_BOUND || !client->is_managed ||
        client->is_ack_asked || client->out_acked == client->out_last)
        return;
    client->is_ack_asked = true;
    client_say(client, "<r " NS_ATTR "/>");
}

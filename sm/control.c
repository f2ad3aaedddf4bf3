#include "control.h"

struct xml *control_new(struct sm *sm, const char *name)
{
    return xml_new(&sm->arena, NS_LINK_CONTROL, str_of(name));
}

bool control_number(const struct xml *element, const char *name,
                    uint64_t *value)
{
    return str_to_u64(xml_get(element, name), value);
}

void control_send(struct sm *sm, struct channel *channel, uint64_t sid,
                  const struct xml *element)
{
    struct frame frame = {.sid = sid};

    buf_reset(&sm->out);
    xml_write(&sm->out, element, NS_CLIENT);
    frame.body = buf_view(&sm->out);
    channel_send(channel, &frame, NULL);
}

void control_end(struct sm *sm, struct channel *channel, uint64_t sid,
                 const char *condition, const char *text)
{
    struct xml *element = control_new(sm, CTL_SESSION_END);

    xml_set(element, STR(CTL_A_CONDITION), str_of(condition));
    if (text)
        xml_set(element, STR(CTL_A_TEXT), str_of(text));
    control_send(sm, channel, sid, element);
}

void control_refuse(struct sm *sm, struct channel *channel, uint64_t sid,
                    const char *condition, const char *type, const char *text)
{
    struct xml *answer = control_new(sm, CTL_SESSION_REFUSED);

    xml_set(answer, STR(CTL_A_CONDITION), str_of(condition));
    xml_set(answer, STR(CTL_A_TYPE), str_of(type));
    if (text)
        xml_set(answer, STR(CTL_A_TEXT), str_of(text));
    control_send(sm, channel, sid, answer);
}

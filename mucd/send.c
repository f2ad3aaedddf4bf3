#include "send.h"

#include <string.h>

#include "common/link/control.h"
#include "common/service/service.h"
#include "held.h"

/* What one frame to sm may carry; far below LINK_MAX_FRAME. */
#define MAX_BATCH     (128u << 10)
#define MAX_RECEIVERS 1000u

#define FAN_START                                                              \
    STR("<" CTL_FANOUT " xmlns='urn:posthouse:link:1'><" CTL_TO ">")
#define FAN_ITEMS STR("</" CTL_TO "><" CTL_STANZAS " xmlns='jabber:client'>")
#define FAN_END   STR("</" CTL_STANZAS "></" CTL_FANOUT ">")

static struct str local_address(struct mucd *mucd, char into[32],
                                struct str bare)
{
    unsigned shard = jid_shard(bare);

    if (shard % mucd->of != mucd->instance)
        shard = mucd->instance; /* the service itself */
    return address_write(into, ADDRESS_MUC, shard);
}

/* duty NULL: that of the event at hand, which the letter is not owed to. */
static struct letter letter_of(const struct mucd *mucd, struct duty *duty,
                               struct str origin, struct str remote,
                               struct str body)
{
    return (struct letter){.duty = duty ? duty : mucd->duty,
                           .is_owed = duty != NULL,
                           .remote = remote,
                           .origin = origin,
                           .body = body};
}

static void post(struct room *room, struct letter letter)
{
    char address[32];

    letter.local = local_address(room->mucd, address, room->jid.bare);
    held_post(room, &letter);
}

static struct str sm_address(const struct mucd *mucd, char into[32],
                             unsigned shard)
{
    return address_write(into, ADDRESS_SM, mucd->lead[shard]);
}

/* Where a domain that is not ours is reached; absent: nowhere. */
static struct str elsewhere(const struct mucd *mucd, char into[32],
                            struct str domain)
{
    struct str server = federation_address(into, domain);

    if (channels_is_up(mucd->channels, domain))
        return domain;
    return channels_is_up(mucd->channels, server) ? server : STR_NONE;
}

struct str send_bytes(struct mucd *mucd, const struct xml *stanza)
{
    buf_reset(&mucd->out);
    xml_write(&mucd->out, stanza, NS_CLIENT);
    return buf_view(&mucd->out);
}

static void send_in_order(struct mucd *mucd, struct duty *duty,
                          struct xml *stanza, bool is_in_order)
{
    char local[32], address[32];
    struct jid from, to;
    struct letter letter;
    struct room *room;
    struct str remote;

    if (!jid_parse(&from, &mucd->arena, xml_get(stanza, "from")) ||
        !jid_parse(&to, &mucd->arena, xml_get(stanza, "to")))
        return;
    remote = mucd_serves_users(mucd, to.domain)
                 ? sm_address(mucd, address, jid_shard(to.bare))
                 : elsewhere(mucd, address, to.domain);
    if (!remote.p)
        return;
    letter = letter_of(mucd, duty, duty_origin(duty), remote,
                       send_bytes(mucd, stanza));
    room = is_in_order ? room_find(mucd, from.bare) : NULL;
    if (room) {
        post(room, letter);
        return;
    }
    letter.local = local_address(mucd, local, from.bare);
    letter_send(mucd, &letter);
}

void send_stanza(struct mucd *mucd, struct duty *duty, struct xml *stanza)
{
    send_in_order(mucd, duty, stanza, true);
}

void send_at_once(struct mucd *mucd, struct duty *duty, struct xml *stanza)
{
    send_in_order(mucd, duty, stanza, false);
}

void send_error(struct mucd *mucd, struct duty *duty, const struct xml *stanza,
                enum stanza_error condition, const char *text)
{
    struct xml *reply =
        stanza_error_reply(&mucd->arena, stanza, condition, text);

    if (reply)
        send_at_once(mucd, duty, reply);
}

void send_answer(struct mucd *mucd, struct duty *duty, struct xml *answer)
{
    if (!duty || duty->writes == 0) {
        send_at_once(mucd, duty, answer);
        return;
    }
    duty->answer = str_dup(send_bytes(mucd, answer));
}

static void turn_into_error(struct xml *answer)
{
    struct xml *error;

    while (answer->first)
        xml_remove(answer->first);
    xml_set(answer, STR("type"), STR("error"));
    error = xml_add(answer, NS_CLIENT, STR("error"));
    xml_set(error, STR("type"), STR("wait"));
    xml_add(error, NS_STANZA_ERROR, STR("internal-server-error"));
}

void send_answer_held(struct duty *duty)
{
    struct mucd *mucd = duty->mucd;
    struct xml *answer = xml_parse(mucd->parser, &mucd->arena, duty->answer);

    if (!answer)
        return; /* it is what we wrote ourselves */
    if (duty->is_refused)
        turn_into_error(answer);
    send_at_once(mucd, duty, answer);
}

/* The bytes with `to` put behind the element's name. */
static struct str addressed(struct mucd *mucd, struct str bytes,
                            const struct seat *seat)
{
    const char *gap = memchr(bytes.p, ' ', bytes.len);
    size_t head = (size_t)(gap - bytes.p);

    buf_reset(&mucd->frame);
    buf_add(&mucd->frame, (struct str){bytes.p, head});
    buf_add_text(&mucd->frame, " to='");
    buf_add(&mucd->frame, seat->wire);
    buf_add_char(&mucd->frame, '\'');
    buf_add(&mucd->frame, (struct str){bytes.p + head, bytes.len - head});
    return buf_view(&mucd->frame);
}

static void send_foreign(const struct seat *seat, struct duty *duty,
                         struct str origin, struct str bytes,
                         bool is_behind_commit)
{
    struct room *room = seat->occupant->room;
    char address[32];
    struct str remote = elsewhere(room->mucd, address, seat->jid.domain);

    struct letter letter;

    if (!remote.p)
        return;
    letter = letter_of(room->mucd, duty, origin, remote,
                       addressed(room->mucd, bytes, seat));
    letter.is_behind_commit = is_behind_commit;
    post(room, letter);
}

/* --- one stanza to many --------------------------------------------------- */

static void add_receiver(struct buf *list, const struct seat *seat)
{
    buf_add(list, seat->wire);
    buf_add_char(list, '\n');
}

void fan_add(struct mucd *mucd, struct seat *seat)
{
    unsigned lead = mucd->lead[seat->shard];

    if (!seat->is_local) {
        seat->next_foreign = mucd->foreign;
        mucd->foreign = seat;
        return;
    }
    add_receiver(&mucd->receivers[lead], seat);
    mucd->receiver_counts[lead]++;
}

static void send_fan(struct room *room, struct duty *duty, unsigned lead,
                     struct str list, struct str bytes, struct str origin,
                     bool is_behind_commit)
{
    struct mucd *mucd = room->mucd;
    char address[32];
    struct letter letter;

    buf_reset(&mucd->frame);
    buf_add(&mucd->frame, FAN_START);
    buf_add(&mucd->frame, list);
    buf_add(&mucd->frame, FAN_ITEMS);
    buf_add(&mucd->frame, bytes);
    buf_add(&mucd->frame, FAN_END);
    letter =
        letter_of(mucd, duty, origin, address_write(address, ADDRESS_SM, lead),
                  buf_view(&mucd->frame));
    letter.is_behind_commit = is_behind_commit;
    post(room, letter);
}

/* As many receivers as a frame may name: whole lines. */
static struct str next_part(struct str *list)
{
    struct str part = *list;
    size_t len = 0;
    unsigned count = 0;

    while (len < list->len && count++ < MAX_RECEIVERS && len < MAX_BATCH) {
        const char *end = memchr(list->p + len, '\n', list->len - len);

        len = (size_t)(end - list->p) + 1;
    }
    part.len = len;
    list->p += len;
    list->len -= len;
    return part;
}

static void fan(struct room *room, struct str bytes, struct str origin,
                bool is_behind_commit)
{
    struct mucd *mucd = room->mucd;

    for (unsigned lead = 0; lead < JID_SHARDS; lead++) {
        struct str list = buf_view(&mucd->receivers[lead]);

        if (mucd->receiver_counts[lead] == 0)
            continue;
        while (list.len > 0)
            send_fan(room, NULL, lead, next_part(&list), bytes, origin,
                     is_behind_commit);
        buf_reset(&mucd->receivers[lead]);
        mucd->receiver_counts[lead] = 0;
    }
    for (struct seat *seat = mucd->foreign; seat; seat = seat->next_foreign)
        send_foreign(seat, NULL, origin, bytes, is_behind_commit);
    mucd->foreign = NULL;
}

void fan_out(struct room *room, struct str bytes, struct str origin)
{
    fan(room, bytes, origin, false);
}

void fan_out_committed(struct room *room, struct str bytes, struct str origin)
{
    fan(room, bytes, origin, true);
}

/* --- many stanzas to one -------------------------------------------------- */

static void batch_flush(struct batch *batch)
{
    const struct seat *seat = batch->seat;
    struct mucd *mucd = seat->occupant->room->mucd;
    struct buf list = {0};

    if (buf_len(&batch->bytes) == 0)
        return;
    add_receiver(&list, seat);
    send_fan(seat->occupant->room, batch->duty, mucd->lead[seat->shard],
             buf_view(&list), buf_view(&batch->bytes), STR_NONE, false);
    buf_clear(&list);
    buf_reset(&batch->bytes);
}

void batch_add(struct batch *batch, struct str bytes)
{
    if (!batch->seat->is_local) {
        send_foreign(batch->seat, batch->duty, STR_NONE, bytes, false);
        return;
    }
    if (buf_len(&batch->bytes) + bytes.len > MAX_BATCH)
        batch_flush(batch);
    buf_add(&batch->bytes, bytes);
}

void batch_end(struct batch *batch)
{
    batch_flush(batch);
    buf_clear(&batch->bytes);
}

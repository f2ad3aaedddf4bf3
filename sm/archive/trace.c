#include "sm/archive/trace.h"

#include <string.h>

#include "common/archive/archive.h"
#include "common/link/control.h"
#include "common/link/link.h"
#include "sm/sm.h"

#define MOST_STEPS   256u
#define LONGEST_WITH 512u /* bytes of a step's text that are kept */

/* A step in the ring; the text stands behind it. */
struct record {
    int64_t at_ms;
    struct trace_key key;
    uint16_t step;
    uint16_t len;
};

static const char *const names[] = {
    [TRACE_ACCEPTED] = "accepted",
    [TRACE_PASSED_ON] = "passed-on",
    [TRACE_ARCHIVED] = "archived",
    [TRACE_OFFERED] = "offered",
    [TRACE_ACKNOWLEDGED] = "acknowledged",
    [TRACE_WRITTEN] = "written",
    [TRACE_STORED] = "stored",
    [TRACE_RETURNED] = "returned",
};

void trace_clear(struct trace *trace)
{
    for (size_t i = 0; i < COUNT_OF(trace->halves); i++)
        buf_clear(&trace->halves[i]);
}

static struct str bare_of(struct str jid)
{
    const char *slash = jid.p ? memchr(jid.p, '/', jid.len) : NULL;

    return slash ? (struct str){jid.p, (size_t)(slash - jid.p)} : jid;
}

struct trace_key trace_key_of(struct sm *sm, const struct xml *stanza)
{
    struct str id = xml_get(stanza, "id");

    if (!id.len || stanza_kind(stanza) != STANZA_MESSAGE ||
        !config_int(sm->config, "sm.trace-bytes"))
        return (struct trace_key){0};
    return (struct trace_key){
        .id = archive_peer(id),
        .sender = archive_peer(bare_of(xml_get(stanza, "from"))),
    };
}

/* --- writing -------------------------------------------------------------- */

static struct buf *room_for(struct sm *sm, size_t bytes)
{
    struct trace *trace = &sm->trace;
    size_t most = (size_t)config_int(sm->config, "sm.trace-bytes") / 2;

    if (buf_len(&trace->halves[trace->at]) + bytes > most) {
        trace->at = 1 - trace->at;
        buf_reset(&trace->halves[trace->at]);
    }
    return &trace->halves[trace->at];
}

void trace_note(struct sm *sm, struct trace_key key, enum trace_step step,
                struct str with)
{
    struct record record = {sm->now_ms, key, (uint16_t)step, 0};
    struct buf *half;

    if (!key.id)
        return;
    record.len = (uint16_t)(with.len < LONGEST_WITH ? with.len : LONGEST_WITH);
    half = room_for(sm, sizeof(record) + record.len);
    buf_add(half, (struct str){(const char *)&record, sizeof(record)});
    buf_add(half, (struct str){with.p, record.len});
}

/* --- being asked ---------------------------------------------------------- */

static void add_step(struct xml *answer, const struct record *record,
                     struct str with)
{
    struct xml *step = xml_add(answer, NS_LINK_CONTROL, STR(CTL_STEP));

    xml_set_u64(step, CTL_A_AT, (uint64_t)record->at_ms);
    xml_set_u64(step, CTL_A_OF, (uint64_t)record->key.sender);
    xml_set(step, STR(CTL_A_NAME), str_of(names[record->step]));
    xml_set(step, STR(CTL_A_TEXT), with);
}

/* Returns how many there are. */
static unsigned add_steps(struct xml *answer, const struct buf *half,
                          struct trace_key wanted, unsigned most)
{
    struct str rest = buf_view(half);
    struct record record;
    unsigned count = 0;

    while (rest.len >= sizeof(record) && count < most) {
        struct str with;

        memcpy(&record, rest.p, sizeof(record));
        with = (struct str){rest.p + sizeof(record), record.len};
        if (record.key.id == wanted.id &&
            (!wanted.sender || record.key.sender == wanted.sender)) {
            add_step(answer, &record, with);
            count++;
        }
        rest.p += sizeof(record) + record.len;
        rest.len -= sizeof(record) + record.len;
    }
    return count;
}

void trace_answer(struct sm *sm, const struct frame *frame)
{
    const struct xml *question = xml_parse(sm->parser, &sm->arena, frame->body);
    struct frame reply = {0};
    struct trace_key wanted;
    struct xml *answer;
    struct str from;
    unsigned count;

    if (!question || !xml_is(question, NS_LINK_CONTROL, CTL_TRACE))
        return;
    from = xml_get(question, "from");
    wanted.id = archive_peer(xml_get(question, "id"));
    wanted.sender = from.len ? archive_peer(from) : 0;
    answer = xml_new(&sm->arena, NS_LINK_CONTROL, STR(CTL_TRACE_ANSWER));
    xml_set(answer, STR(CTL_A_NODE),
            arena_printf(&sm->arena, "sm.%u", sm->instance));
    count = add_steps(answer, &sm->trace.halves[1 - sm->trace.at], wanted,
                      MOST_STEPS);
    (void)add_steps(answer, &sm->trace.halves[sm->trace.at], wanted,
                    MOST_STEPS - count);
    buf_reset(&sm->out);
    xml_write(&sm->out, answer, STR_NONE);
    reply.body = buf_view(&sm->out);
    channels_send_datagram(sm->channels, frame->to, frame->from, &reply);
}

/* What became of a message: every sm tells the steps that it remembers. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/link/control.h"
#include "common/stanza/stanza.h"
#include "common/xml/xml.h"
#include "link.h"

#define WAIT_MS    2000
#define MAX_NODES  64
#define MOST_STEPS 4096

struct step {
    int64_t at_ms;
    struct str of; /* whose message: a number for each sender */
    struct str node, name, text;
    size_t place; /* as it came: the order within a millisecond */
};

struct tracing {
    struct ctl *ctl;
    struct link link;
    struct str question;
    char nodes[MAX_NODES][64];
    bool has_answered[MAX_NODES];
    size_t count, answered;
    struct step steps[MOST_STEPS];
    size_t step_count;
};

static void take_steps(struct tracing *tracing, const struct xml *answer)
{
    struct arena *arena = &tracing->ctl->arena;
    struct str node = arena_dup(arena, xml_get(answer, CTL_A_NODE));
    const struct xml *c = xml_child(answer, NS_LINK_CONTROL, CTL_STEP);

    for (; c && tracing->step_count < MOST_STEPS;
         c = xml_next(c, NS_LINK_CONTROL, CTL_STEP)) {
        struct step *step = &tracing->steps[tracing->step_count];

        if (!str_to_i64(xml_get(c, CTL_A_AT), &step->at_ms))
            continue;
        step->of = arena_dup(arena, xml_get(c, CTL_A_OF));
        step->name = arena_dup(arena, xml_get(c, CTL_A_NAME));
        step->text = arena_dup(arena, xml_get(c, CTL_A_TEXT));
        step->node = node;
        step->place = tracing->step_count++;
    }
}

static void on_datagram(void *ctx, const struct frame *frame)
{
    struct tracing *tracing = ctx;
    struct arena arena = {0};
    const struct xml *answer =
        xml_parse(tracing->link.parser, &arena, frame->body);
    struct str node =
        answer && xml_is(answer, NS_LINK_CONTROL, CTL_TRACE_ANSWER)
            ? xml_get(answer, CTL_A_NODE)
            : STR_NONE;

    for (size_t i = 0; i < tracing->count; i++)
        if (!tracing->has_answered[i] && str_is(node, tracing->nodes[i])) {
            tracing->has_answered[i] = true;
            tracing->answered++;
            take_steps(tracing, answer);
        }
    arena_clear(&arena);
    if (tracing->answered == tracing->count)
        link_stop(&tracing->link);
}

static void on_up(void *ctx, struct str address, struct str node)
{
    struct tracing *tracing = ctx;

    if (address_parse(address, NULL) != ADDRESS_SM ||
        tracing->count == MAX_NODES)
        return;
    for (size_t i = 0; i < tracing->count; i++)
        if (str_is(node, tracing->nodes[i]))
            return;
    snprintf(tracing->nodes[tracing->count++], sizeof(tracing->nodes[0]),
             "%.*s", STR_ARG(node));
    link_send(&tracing->link, address, tracing->question);
}

static int compare(const void *a, const void *b)
{
    const struct step *one = a, *other = b;
    int of = strcmp(one->of.p, other->of.p);

    if (of != 0)
        return of;
    if (one->at_ms != other->at_ms)
        return one->at_ms < other->at_ms ? -1 : 1;
    return one->place < other->place ? -1 : 1;
}

static void print_step(const struct ctl *ctl, const struct step *step,
                       bool is_first)
{
    time_t seconds = (time_t)(step->at_ms / 1000);
    struct tm at;
    char time_text[32] = "", zone[8] = "";

    if (!ctl->json) { /* people have clocks on their walls */
        if (localtime_r(&seconds, &at)) {
            (void)strftime(time_text, sizeof(time_text), "%F %T", &at);
            (void)strftime(zone, sizeof(zone), "%z", &at);
        }
        printf("%s.%03d%s\t%s\t%s\t%s\n", time_text, (int)(step->at_ms % 1000),
               zone, step->node.p, step->name.p, step->text.p);
        return;
    }
    if (gmtime_r(&seconds, &at))
        (void)strftime(time_text, sizeof(time_text), "%Y-%m-%dT%H:%M:%S", &at);
    printf("%s{\"time\": \"%s.%03dZ\", \"node\": \"%s\", \"step\": \"%s\", "
           "\"with\": ",
           is_first ? "" : ",\n ", time_text, (int)(step->at_ms % 1000),
           step->node.p, step->name.p);
    ctl_write_json_text(stdout, step->text.p);
    putchar('}');
}

static void print_steps(struct tracing *tracing)
{
    qsort(tracing->steps, tracing->step_count, sizeof(tracing->steps[0]),
          compare);
    if (tracing->ctl->json)
        putchar('[');
    for (size_t i = 0; i < tracing->step_count; i++)
        print_step(tracing->ctl, &tracing->steps[i], i == 0);
    if (tracing->ctl->json)
        puts("]");
}

static struct str make_question(struct ctl *ctl, const char *from)
{
    struct xml *question =
        xml_new(&ctl->arena, NS_LINK_CONTROL, STR(CTL_TRACE));
    struct buf text = {0};
    struct str body;

    xml_set(question, STR("id"), str_of(ctl->argv[0]));
    if (from)
        xml_set(question, STR("from"), str_of(from));
    xml_write(&text, question, STR_NONE);
    body = arena_dup(&ctl->arena, buf_view(&text));
    buf_clear(&text);
    return body;
}

int trace(struct ctl *ctl)
{
    static const struct channel_events events = {.on_datagram = on_datagram,
                                                 .on_up = on_up};
    const char *from = ctl_option(ctl, "--from");
    struct tracing *tracing = NEW(struct tracing);
    int status = EXIT_REFUSED;

    tracing->ctl = ctl;
    tracing->question = make_question(ctl, from);
    if (link_run(&tracing->link, ctl, &events, tracing, WAIT_MS)) {
        print_steps(tracing);
        status = tracing->step_count
                     ? EXIT_SUCCESS
                     : ctl_refuse("nobody remembers a message with this id");
    }
    free(tracing);
    return status;
}

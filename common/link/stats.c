#include "stats.h"

#include <unistd.h>

#include "control.h"

bool stats_is_question(const struct link_item *item)
{
    const struct frame *frame = &item->frame;

    return item->verb == LINK_ROUTE && frame->seq == 0 && !frame->hello.p &&
           (str_starts(frame->body, STR("<" CTL_STATS "/>")) ||
            str_starts(frame->body, STR("<" CTL_STATS " ")));
}

void stats_answer(struct buf *out, const char *node,
                  const struct counter *counters, size_t count,
                  const struct frame *question)
{
    struct buf text = {0};
    struct frame answer = {
        .to = question->from, .from = question->to, .sid = question->sid};

    buf_printf(&text,
               "<" CTL_STATS_ANSWER " xmlns='" NS_LINK "' " CTL_A_NODE
               "='%s' " CTL_A_PID "='%d'>",
               node, (int)getpid());
    for (size_t i = 0; i < count; i++)
        buf_printf(&text,
                   "<" CTL_COUNTER " " CTL_A_NAME "='%s' " CTL_A_VALUE
                   "='%llu'/>",
                   counters[i].name, (unsigned long long)*counters[i].value);
    buf_add_text(&text, "</" CTL_STATS_ANSWER ">");
    answer.body = buf_view(&text);
    link_write_frame(out, &answer);
    buf_clear(&text);
}

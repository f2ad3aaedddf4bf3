#include "stats.h"

#include <unistd.h>

#include "../link/control.h"

bool stats_is_question(const struct link_item *item)
{
    const struct frame *frame = &item->frame;

    return item->verb == LINK_ROUTE && frame->seq == 0 && !frame->hello.p &&
           (str_starts(frame->body, STR("<" CTL_STATS "/>")) ||
            str_starts(frame->body, STR("<" CTL_STATS " ")));
}

void stats_answer(struct channels *channels, const struct node_options *options,
                  const struct frame *question)
{
    struct buf text = {0};
    struct frame answer = {.sid = question->sid};

    buf_printf(&text,
               "<" CTL_STATS_ANSWER " xmlns='" NS_LINK "' " CTL_A_NODE
               "='%s' " CTL_A_PID "='%d'>",
               options->name, (int)getpid());
    for (size_t i = 0; i < options->counter_count; i++)
        buf_printf(&text,
                   "<" CTL_COUNTER " " CTL_A_NAME "='%s' " CTL_A_VALUE
                   "='%llu'/>",
                   options->counters[i].name,
                   (unsigned long long)*options->counters[i].value);
    buf_add_text(&text, "</" CTL_STATS_ANSWER ">");
    answer.body = buf_view(&text);
    channels_send_datagram(channels, question->to, question->from, &answer);
    buf_clear(&text);
}

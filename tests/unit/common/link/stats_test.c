#include "tests/unit/test.h"

#include <stdio.h>
#include <unistd.h>

#include "common/link/stats.h"

static struct link_item datagram(const char *body)
{
    return (struct link_item){.verb = LINK_ROUTE,
                              .frame = {.to = STR("sm/0"),
                                        .from = STR("ctl/7"),
                                        .sid = 5,
                                        .body = str_of(body)}};
}

static void only_a_datagram_with_stats_is_a_question(void **state)
{
    struct link_item item = datagram("<stats/>");

    (void)state;
    assert_true(stats_is_question(&item));
    item.frame.seq = 1;
    assert_false(stats_is_question(&item));
    item = datagram("<stats xmlns='urn:posthouse:link:1'/>");
    assert_true(stats_is_question(&item));
    item = datagram("<statsy/>");
    assert_false(stats_is_question(&item));
    item = datagram("");
    assert_false(stats_is_question(&item));
}

static void the_answer_tells_every_counter_to_whoever_asked(void **state)
{
    const uint64_t routed = 42;
    const struct counter counters[] = {{"messages-routed", &routed}};
    struct link_item question = datagram("<stats/>");
    struct link_item answer;
    struct buf out = {0};
    char expected[256];
    size_t used;

    (void)state;

    stats_answer(&out, "sm.0", counters, COUNT_OF(counters), &question.frame);

    snprintf(expected, sizeof(expected),
             "<stats-answer xmlns='urn:posthouse:link:1' node='sm.0' pid='%d'>"
             "<counter name='messages-routed' value='42'/></stats-answer>",
             (int)getpid());
    assert_int_equal(link_scan(buf_view(&out), &answer, &used), LINK_ITEM);
    assert_str(answer.frame.to, "ctl/7");
    assert_str(answer.frame.from, "sm/0");
    assert_int_equal(answer.frame.sid, 5);
    assert_str(answer.frame.body, expected);
    buf_clear(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_a_datagram_with_stats_is_a_question),
        cmocka_unit_test(the_answer_tells_every_counter_to_whoever_asked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

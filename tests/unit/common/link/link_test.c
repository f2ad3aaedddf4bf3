#include "tests/unit/test.h"

#include "common/link/link.h"

static struct frame full_frame(void)
{
    return (struct frame){
        .to = STR("sm/17"),
        .from = STR("c2s/1"),
        .sid = 0xdeadbeef01,
        .epoch = 1700000000000000,
        .hello = STR("5:900"),
        .seq = 901,
        .ack = 877,
        .done = STR("880-885,890"),
        .low = 878,
        .n = 12,
        .origin = STR("c2s/1:1700000000000000:901"),
        .body = STR("<message to='a@b'><body>x > y</body></message>"),
    };
}

static void assert_same(const struct frame *a, const struct frame *b)
{
    assert_true(str_eq(a->to, b->to) && str_eq(a->from, b->from));
    assert_true(a->sid == b->sid && a->epoch == b->epoch);
    assert_true(a->seq == b->seq && a->ack == b->ack && a->low == b->low);
    assert_true(a->n == b->n);
    assert_true(str_eq(a->hello, b->hello) && str_eq(a->done, b->done));
    assert_true(str_eq(a->origin, b->origin) && str_eq(a->body, b->body));
}

static void a_frame_is_read_as_it_was_written(void **state)
{
    struct frame frames[] = {full_frame(),
                             {.to = STR("a.example"), .from = STR("sm/0")}};
    struct buf out = {0};
    struct link_item item;
    size_t used;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(frames); i++) {
        buf_reset(&out);
        link_write_frame(&out, &frames[i]);
        assert_int_equal(link_scan(buf_view(&out), &item, &used), LINK_ITEM);
        assert_int_equal(item.verb, LINK_ROUTE);
        assert_int_equal(used, buf_len(&out));
        assert_true(str_eq(item.raw, buf_view(&out)));
        assert_same(&item.frame, &frames[i]);
    }
    buf_clear(&out);
}

static void a_cut_element_waits_for_more(void **state)
{
    struct frame frame = full_frame();
    struct buf out = {0};
    struct link_item item;
    size_t used;

    (void)state;
    link_write_frame(&out, &frame);
    for (size_t cut = 0; cut < buf_len(&out); cut++)
        assert_int_equal(
            link_scan((struct str){buf_view(&out).p, cut}, &item, &used),
            LINK_MORE);
    buf_clear(&out);
}

static void every_verb_is_read_as_it_was_written(void **state)
{
    struct buf out = {0};
    struct link_item item;
    size_t used;

    (void)state;
    for (int verb = LINK_STREAM; verb < LINK_ROUTE; verb++) {
        buf_reset(&out);
        link_write(&out, (enum link_verb)verb, STR("sm/3"), STR("sm.1"),
                   STR("taken"));
        for (size_t cut = 0; cut < buf_len(&out); cut++)
            assert_int_equal(
                link_scan((struct str){buf_view(&out).p, cut}, &item, &used),
                LINK_MORE);
        assert_int_equal(link_scan(buf_view(&out), &item, &used), LINK_ITEM);
        assert_int_equal(item.verb, verb);
        assert_str(item.address, "sm/3");
        assert_str(item.node, "sm.1");
        assert_str(item.reason, "taken");
    }
    buf_clear(&out);
}

static void what_is_not_the_link_is_refused(void **state)
{
    static const char *const wrong[] = {
        "x",
        "<routes to='a' from='b' len='0'></route>",
        "<route from='b' to='a' len='0'></route>",
        "<route to='' from='b' len='0'></route>",
        "<route to='a b' from='b' len='0'></route>",
        "<route to='a' from='b' seq='x' len='0'></route>",
        "<route to='a' from='b' seq='99999999999999999999' len='0'></route>",
        "<route to='a' from='b' sid='G' len='0'></route>",
        "<route to='a' from='b' len='1'></route>",
        "<route to='a' from='b' len='99999999'>",
        "<route to='a' from='b' len='-1'></route>",
        "<route to=\"a\" from='b' len='0'></route>",
        "<route  to='a' from='b' len='0'></route>",
        "<bind/>",
        "<bind node='a'/>",
        "<bind address='a' extra='b'/>",
    };
    struct link_item item;
    size_t used;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(wrong); i++)
        assert_int_equal(link_scan(str_of(wrong[i]), &item, &used), LINK_BAD);
}

static void an_address_tells_its_kind_and_instance(void **state)
{
    unsigned instance = 99;
    char text[32];

    (void)state;
    assert_int_equal(address_parse(STR("sm/17"), &instance), ADDRESS_SM);
    assert_int_equal(instance, 17);
    assert_int_equal(address_parse(STR("sms.example.org"), NULL),
                     ADDRESS_DOMAIN);
    assert_int_equal(address_parse(STR("sm/"), NULL), ADDRESS_INVALID);
    assert_int_equal(address_parse(STR("sm/01"), NULL), ADDRESS_INVALID);
    assert_int_equal(address_parse(STR("sm/-1"), NULL), ADDRESS_INVALID);
    assert_int_equal(address_parse(STR("who/1"), NULL), ADDRESS_INVALID);
    assert_int_equal(address_parse(STR("a'b"), NULL), ADDRESS_INVALID);
    assert_int_equal(address_parse(STR(""), NULL), ADDRESS_INVALID);
    assert_str(address_write(text, ADDRESS_C2S, 4294967295u), "c2s/4294967295");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_frame_is_read_as_it_was_written),
        cmocka_unit_test(a_cut_element_waits_for_more),
        cmocka_unit_test(every_verb_is_read_as_it_was_written),
        cmocka_unit_test(what_is_not_the_link_is_refused),
        cmocka_unit_test(an_address_tells_its_kind_and_instance),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* RFC 6121 appendix A, row by row, as text: what is not in the code's form. */
#include "tests/unit/test.h"

#include "common/stanza/stanza.h"
#include "sm/presence/presence.h"

static const char *const names[] = {"None",        "None+Out", "None+In",
                                    "None+Out+In", "To",       "To+In",
                                    "From",        "From+Out", "Both"};

struct row {
    const char *state;
    bool passes;
    const char *next;
};
struct table {
    enum presence_type type;
    bool is_inbound;
    struct row rows[9];
};

static const struct table tables[] = {
    {PRESENCE_SUBSCRIBE,
     false, /* A.2.1 */
     {{"None", true, "None+Out"},
      {"None+Out", true, "None+Out"},
      {"None+In", true, "None+Out+In"},
      {"None+Out+In", true, "None+Out+In"},
      {"To", true, "To"},
      {"To+In", true, "To+In"},
      {"From", true, "From+Out"},
      {"From+Out", true, "From+Out"},
      {"Both", true, "Both"}}},
    {PRESENCE_UNSUBSCRIBE,
     false, /* A.2.2 */
     {{"None", true, "None"},
      {"None+Out", true, "None"},
      {"None+In", true, "None+In"},
      {"None+Out+In", true, "None+In"},
      {"To", true, "None"},
      {"To+In", true, "None+In"},
      {"From", true, "From"},
      {"From+Out", true, "From"},
      {"Both", true, "From"}}},
    {PRESENCE_SUBSCRIBED,
     false, /* A.2.3 */
     {{"None", false, "None"},
      {"None+Out", false, "None+Out"},
      {"None+In", true, "From"},
      {"None+Out+In", true, "From+Out"},
      {"To", false, "To"},
      {"To+In", true, "Both"},
      {"From", false, "From"},
      {"From+Out", false, "From+Out"},
      {"Both", false, "Both"}}},
    {PRESENCE_UNSUBSCRIBED,
     false, /* A.2.4 */
     {{"None", false, "None"},
      {"None+Out", false, "None+Out"},
      {"None+In", true, "None"},
      {"None+Out+In", true, "None+Out"},
      {"To", false, "To"},
      {"To+In", true, "To"},
      {"From", true, "None"},
      {"From+Out", true, "None+Out"},
      {"Both", true, "To"}}},
    {PRESENCE_SUBSCRIBE,
     true, /* A.3.1 */
     {{"None", true, "None+In"},
      {"None+Out", true, "None+Out+In"},
      {"None+In", false, "None+In"},
      {"None+Out+In", false, "None+Out+In"},
      {"To", true, "To+In"},
      {"To+In", false, "To+In"},
      {"From", false, "From"},
      {"From+Out", false, "From+Out"},
      {"Both", false, "Both"}}},
    {PRESENCE_UNSUBSCRIBE,
     true, /* A.3.2 */
     {{"None", false, "None"},
      {"None+Out", false, "None+Out"},
      {"None+In", true, "None"},
      {"None+Out+In", true, "None+Out"},
      {"To", false, "To"},
      {"To+In", true, "To"},
      {"From", true, "None"},
      {"From+Out", true, "None+Out"},
      {"Both", true, "To"}}},
    {PRESENCE_SUBSCRIBED,
     true, /* A.3.3 */
     {{"None", false, "None"},
      {"None+Out", true, "To"},
      {"None+In", false, "None+In"},
      {"None+Out+In", true, "To+In"},
      {"To", false, "To"},
      {"To+In", false, "To+In"},
      {"From", false, "From"},
      {"From+Out", true, "Both"},
      {"Both", false, "Both"}}},
    {PRESENCE_UNSUBSCRIBED,
     true, /* A.3.4 */
     {{"None", false, "None"},
      {"None+Out", true, "None"},
      {"None+In", false, "None+In"},
      {"None+Out+In", true, "None+In"},
      {"To", true, "None"},
      {"To+In", true, "None+In"},
      {"From", false, "From"},
      {"From+Out", true, "From"},
      {"Both", true, "From"}}},
};

static enum subscription_state state_named(const char *name)
{
    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (strcmp(names[i], name) == 0)
            return (enum subscription_state)i;
    fail_msg("no state %s", name);
    return SUB_NONE;
}

static void each_state_changes_as_appendix_a_says(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(tables); i++) {
        const struct table *table = &tables[i];

        for (size_t k = 0; k < COUNT_OF(table->rows); k++) {
            const struct row *row = &table->rows[k];
            enum subscription_state from = state_named(row->state);
            struct transition step =
                table->is_inbound ? subscription_inbound(from, table->type)
                                  : subscription_outbound(from, table->type);

            assert_int_equal(step.passes, row->passes);
            assert_string_equal(names[step.next], row->next);
        }
    }
}

static void a_state_is_read_back_from_its_parts(void **state)
{
    (void)state;
    for (int i = 0; i < (int)COUNT_OF(names); i++) {
        struct roster_item item = {.state = (enum subscription_state)i};

        assert_int_equal(roster_state(str_of(roster_item_subscription(&item)),
                                      roster_item_asks(&item),
                                      roster_item_is_asked(&item)),
                         i);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_state_changes_as_appendix_a_says),
        cmocka_unit_test(a_state_is_read_back_from_its_parts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

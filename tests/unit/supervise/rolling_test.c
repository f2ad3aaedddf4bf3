#include "supervise/rolling.h"

#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/test.h"

/* Two sm and a c2sd, played by processes that end at SIGTERM or, when they are
 * stubborn, do not. */
struct fixture {
    struct child children[3];
    struct rolling rolling;
    char told[256];
    uint64_t now_ms;
};

static pid_t play(bool is_stubborn)
{
    pid_t pid;

    signal(SIGTERM, is_stubborn ? SIG_IGN : SIG_DFL); /* inherited */
    pid = fork();
    if (pid == 0)
        for (;;)
            pause();
    signal(SIGTERM, SIG_DFL);
    assert_true(pid > 0);
    return pid;
}

static void tell(void *ctx, const char *text, unsigned number)
{
    struct fixture *t = ctx;
    size_t used = strlen(t->told);

    snprintf(t->told + used, sizeof(t->told) - used, "%s%u ", text, number);
}
static void on_restarted(void *ctx, const struct child *child)
{
    tell(ctx, kind_rows[child->kind].program, child->instance);
}
static void on_done(void *ctx, const struct child *failed)
{
    tell(ctx, failed ? "failed" : "done", failed ? failed->instance : 0);
}
static bool does_not_answer(void *ctx, const struct child *child)
{
    (void)ctx, (void)child;
    return false;
}

static int setup(void **state)
{
    static const struct rolling_events events = {on_restarted, on_done,
                                                 does_not_answer};
    static const enum kind kinds[] = {KIND_SM, KIND_SM, KIND_C2SD};
    struct fixture *t = NEW(struct fixture);

    for (unsigned i = 0; i < COUNT_OF(t->children); i++)
        t->children[i] = (struct child){.kind = kinds[i],
                                        .instance = i % 2,
                                        .is_ready = true,
                                        .pid = play(false)};
    t->rolling = (struct rolling){.children = t->children,
                                  .count = COUNT_OF(t->children),
                                  .events = &events,
                                  .ctx = t};
    t->now_ms = 1000;
    *state = t;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *t = *state;

    for (unsigned i = 0; i < COUNT_OF(t->children); i++)
        if (t->children[i].pid) {
            kill(t->children[i].pid, SIGKILL);
            waitpid(t->children[i].pid, NULL, 0);
        }
    free(t);
    return 0;
}

static void goes_on(struct fixture *t, uint64_t ms)
{
    t->now_ms += ms;
    rolling_step(&t->rolling, t->now_ms);
}

static void ends(struct child *child)
{
    while (!child_reap(child))
        usleep(1000);
}

static void serves_again(struct child *child)
{
    child->pid = play(false);
    child->is_ready = true;
}

/* One orderly restart, from the signal on. */
static void comes_back(struct fixture *t, struct child *child)
{
    goes_on(t, 20);
    ends(child);
    serves_again(child);
    goes_on(t, 20);
    goes_on(t, 20);
    goes_on(t, 1000);
}

static void begins(struct fixture *t, const char *word)
{
    struct error error;

    assert_true(rolling_begin(&t->rolling, word, &error));
}

static void one_is_stopped_when_the_one_before_serves(void **state)
{
    struct fixture *t = *state;

    begins(t, "sm");
    goes_on(t, 20);
    ends(&t->children[0]);
    assert_true(t->children[0].restart_ms > 0);
    for (int i = 0; i < 10; i++)
        goes_on(t, 1000);
    assert_int_equal(t->children[1].turn, TURN_WAITS);

    serves_again(&t->children[0]);
    goes_on(t, 20);
    goes_on(t, 20);
    assert_int_equal(t->children[1].turn, TURN_WAITS); /* it settles */
    goes_on(t, 1000);
    comes_back(t, &t->children[1]);
    goes_on(t, 20);

    assert_string_equal(t->told, "sm0 sm1 done0 ");
    assert_int_equal(t->children[2].turn, TURN_NONE);
}

static void a_restart_that_was_asked_for_waits_for_no_back_off(void **state)
{
    struct fixture *t = *state;

    t->children[0].backoff.next_ms = 30000;
    begins(t, "sm.0");
    goes_on(t, 20);
    ends(&t->children[0]);

    assert_int_equal(t->children[0].turn, TURN_STARTING);
    assert_int_equal(t->children[0].backoff.next_ms, 30000);
    assert_int_equal(t->children[0].failed_starts, 0);
}

static void one_that_does_not_end_is_killed(void **state)
{
    struct fixture *t = *state;

    kill(t->children[2].pid, SIGKILL);
    waitpid(t->children[2].pid, NULL, 0);
    t->children[2].pid = play(true);
    begins(t, "c2sd");
    goes_on(t, 20);
    goes_on(t, 20);
    assert_int_equal(t->children[2].turn, TURN_STOPPING);
    goes_on(t, 80000);
    ends(&t->children[2]);

    assert_int_equal(t->children[2].turn, TURN_STARTING);
}

static void one_that_does_not_come_back_ends_the_row(void **state)
{
    struct fixture *t = *state;

    begins(t, "all");
    goes_on(t, 20);
    ends(&t->children[0]);
    t->children[0].failed_starts = 3;
    goes_on(t, 20);

    assert_string_equal(t->told, "failed0 ");
    assert_int_equal(t->children[1].turn, TURN_NONE);
    begins(t, "sm.1"); /* another may be asked for */
}

static void names_that_nobody_has_are_refused(void **state)
{
    static const char *const words[] = {"",     "s",    "smith", "sm.2",
                                        "sm.x", "mucd", "sm.0x"};
    struct fixture *t = *state;
    struct error error;

    for (size_t i = 0; i < COUNT_OF(words); i++)
        assert_false(rolling_begin(&t->rolling, words[i], &error));
    begins(t, "sm");
    assert_false(rolling_begin(&t->rolling, "c2sd", &error));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(one_is_stopped_when_the_one_before_serves),
        TEST(a_restart_that_was_asked_for_waits_for_no_back_off),
        TEST(one_that_does_not_end_is_killed),
        TEST(one_that_does_not_come_back_ends_the_row),
        TEST(names_that_nobody_has_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

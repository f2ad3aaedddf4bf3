#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "supervise/lock.h"
#include "tests/unit/test.h"

static char path[64];

static int make_path(void **state)
{
    (void)state;
    (void)snprintf(path, sizeof(path), "/tmp/posthouse-lock-%d", getpid());
    return 0;
}

static int remove_path(void **state)
{
    (void)state;
    return unlink(path);
}

/* A process that holds the lock until it is killed. */
static pid_t start_holder(void)
{
    struct error error;
    int ends[2];
    pid_t pid;
    char byte;

    assert_int_equal(pipe(ends), 0);
    pid = fork();
    if (pid == 0) {
        int fd = lock_take(path, false, &error);

        if (fd >= 0 && write(ends[1], "", 1) == 1)
            for (;;)
                (void)pause();
        _exit(1);
    }
    assert_int_equal(read(ends[0], &byte, 1), 1);
    (void)close(ends[0]);
    (void)close(ends[1]);
    return pid;
}

static void a_lock_is_had_by_one_process(void **state)
{
    struct error error = {""};
    pid_t holder = start_holder();

    (void)state;
    assert_true(lock_is_held(path));
    assert_int_equal(lock_take(path, false, &error), -1);
    assert_non_null(strstr(error.text, path));
    assert_int_equal(kill(holder, SIGKILL), 0);
    (void)waitpid(holder, NULL, 0);
}

static void its_holder_can_be_ended(void **state)
{
    pid_t holder = start_holder();
    int status = 0;

    (void)state;
    assert_true(lock_signal_holder(path, SIGTERM, NULL));

    assert_int_equal(waitpid(holder, &status, 0), holder);
    assert_int_equal(WTERMSIG(status), SIGTERM);
}

static void a_stale_pid_is_never_signalled(void **state)
{
    FILE *file = fopen(path, "w");

    (void)state;
    assert_non_null(file);
    fprintf(file, "%d\n", getpid()); /* nobody holds the lock */
    (void)fclose(file);

    assert_false(lock_is_held(path));
    assert_false(lock_signal_holder(path, SIGKILL, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_lock_is_had_by_one_process, make_path,
                                        remove_path),
        cmocka_unit_test_setup_teardown(its_holder_can_be_ended, make_path,
                                        remove_path),
        cmocka_unit_test_setup_teardown(a_stale_pid_is_never_signalled,
                                        make_path, remove_path),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

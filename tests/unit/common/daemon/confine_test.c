/* Where a confined process may write (common/daemon/daemon.h). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/daemon/daemon.h"

enum outcome { AS_IT_SHOULD, NOT_CONFINED, WROTE_ELSEWHERE, KEPT_FROM_ITS_OWN };

static bool makes(const char *folder, const char *name)
{
    char path[256];
    int fd;

    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
    if (fd >= 0)
        (void)close(fd);
    return fd >= 0;
}

/* Files go from one folder below into another one, as uploads do. */
static bool moves(const char *folder)
{
    char from[128], inside[128], to[128];

    (void)snprintf(inside, sizeof(inside), "%s/in", folder);
    (void)snprintf(from, sizeof(from), "%s/in/a", folder);
    (void)snprintf(to, sizeof(to), "%s/a", folder);
    return mkdir(inside, 0700) == 0 && makes(inside, "a") &&
           rename(from, to) == 0 && unlink(to) == 0 && rmdir(inside) == 0;
}

/* An older kernel leaves it to the rights of the user. */
static bool kernel_confines(void)
{
    return syscall(SYS_landlock_create_ruleset, NULL, 0, 1u) >= 2;
}

static enum outcome try_in_child(const char *own, const char *other)
{
    struct daemon daemon = {0};
    struct error error;

    (void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    if (!daemon_confine_writes(&daemon, own, &error))
        return NOT_CONFINED;
    if (kernel_confines() && (makes(other, "b") || errno != EACCES))
        return WROTE_ELSEWHERE;
    return moves(own) ? AS_IT_SHOULD : KEPT_FROM_ITS_OWN;
}

static void only_the_own_folder_is_written_to(void **state)
{
    char own[] = "/tmp/posthouse-confine-XXXXXX";
    char other[] = "/tmp/posthouse-confine-XXXXXX";
    pid_t child;
    int status = 0;

    (void)state;
    assert_non_null(mkdtemp(own));
    assert_non_null(mkdtemp(other));
    child = fork();
    if (child == 0)
        _exit((int)try_in_child(own, other));
    assert_true(child > 0 && waitpid(child, &status, 0) == child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), AS_IT_SHOULD);
    assert_int_equal(rmdir(own), 0);
    assert_int_equal(rmdir(other), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_the_own_folder_is_written_to),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

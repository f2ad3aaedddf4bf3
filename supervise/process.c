#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "listeners.h"
#include "lock.h"

#define EXIT_NOT_STARTED 127
#define FIRST_SOCKET     3 /* SD_LISTEN_FDS_START */

static bool become(const char *name)
{
    const struct passwd *user = getpwnam(name);

    return user && initgroups(name, user->pw_gid) == 0 &&
           setgid(user->pw_gid) == 0 && setuid(user->pw_uid) == 0;
}

static void reset_signals(void)
{
    sigset_t none;

    for (int number = 1; number < NSIG; number++)
        (void)signal(number, SIG_DFL); /* some cannot be set: no matter */
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
}

static bool redirect(const char *log_path)
{
    int nothing = open("/dev/null", O_RDONLY);
    int out = log_path ? open(log_path, O_WRONLY | O_APPEND | O_NOFOLLOW)
                       : STDERR_FILENO;

    return nothing >= 0 && out >= 0 && dup2(nothing, STDIN_FILENO) >= 0 &&
           dup2(out, STDOUT_FILENO) >= 0 && dup2(out, STDERR_FILENO) >= 0;
}

/* Thousands of clients are thousands of file descriptors. */
static void allow_many_files(void)
{
    struct rlimit files;

    if (getrlimit(RLIMIT_NOFILE, &files) != 0)
        return;
    files.rlim_cur = files.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &files);
}

/* The lock stays open in the program and ends with it. An older process that
 * holds it, left by a supervisor that was killed, is ended; the next try
 * succeeds. */
static bool take_lock(const struct process_options *options)
{
    struct error error;

    if (!options->lock_path)
        return true;
    if (lock_take(options->lock_path, true, &error) >= 0)
        return true;
    fprintf(stderr, "%s; ending it\n", error.text);
    if (!lock_signal_holder(options->lock_path, options->leftover_signal, NULL))
        fputs("it has just ended\n", stderr);
    return false;
}

/* The sockets get the first numbers behind standard error; what the supervisor
 * has there closes at exec in any case. */
static bool pass_sockets(const struct listeners *listeners)
{
    int moved[LISTENERS_MAX];
    char text[16];

    (void)unsetenv("LISTEN_FDS");
    if (!listeners || listeners->count == 0)
        return true;
    for (unsigned i = 0; i < listeners->count; i++) {
        moved[i] = fcntl(listeners->fds[i], F_DUPFD_CLOEXEC,
                         FIRST_SOCKET + LISTENERS_MAX);
        if (moved[i] < 0)
            return false;
    }
    for (unsigned i = 0; i < listeners->count; i++)
        if (dup2(moved[i], FIRST_SOCKET + (int)i) < 0)
            return false;
    (void)snprintf(text, sizeof(text), "%u", listeners->count);
    (void)setenv("LISTEN_FDS", text, 1);
    (void)snprintf(text, sizeof(text), "%d", (int)getpid());
    (void)setenv("LISTEN_PID", text, 1);
    return true;
}

static void run_child(const struct process_options *options)
{
    (void)setsid();
    reset_signals();
    (void)umask(027);
    if (!redirect(options->log_path) || chdir("/") != 0 ||
        !pass_sockets(options->listeners) || !take_lock(options))
        _exit(EXIT_NOT_STARTED);
    allow_many_files();
    if (options->notify_path)
        (void)setenv("NOTIFY_SOCKET", options->notify_path, 1);
    else
        (void)unsetenv("NOTIFY_SOCKET");
    if (!options->user || become(options->user))
        (void)execv(options->argv[0], options->argv);
    fprintf(stderr, "%s: %s\n", options->argv[0], strerror(errno));
    _exit(EXIT_NOT_STARTED);
}

pid_t process_start(const struct process_options *options, struct error *error)
{
    pid_t pid = fork();

    if (pid < 0)
        (void)error_set(error, "fork: %s", strerror(errno));
    if (pid == 0)
        run_child(options);
    return pid;
}

bool process_run(const struct process_options *options, struct error *error)
{
    pid_t pid = process_start(options, error);
    int status = -1;

    if (pid < 0)
        return false;
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return error_set(error, "waitpid: %s", strerror(errno));
    return (WIFEXITED(status) && WEXITSTATUS(status) == 0) ||
           error_set(error, "%s failed", options->argv[0]);
}

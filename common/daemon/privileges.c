#include "daemon.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

static bool become(const char *name, struct error *error)
{
    const struct passwd *user;

    errno = 0;
    user = getpwnam(name);
    if (!user)
        return error_set(error, "user %s: %s", name,
                         errno ? strerror(errno) : "there is no such user");
    if (initgroups(name, user->pw_gid) != 0 || setgid(user->pw_gid) != 0 ||
        setuid(user->pw_uid) != 0)
        return error_set(error, "user %s: %s", name, strerror(errno));
    if (user->pw_uid != 0 && setuid(0) == 0)
        return error_set(error, "user %s: root could be taken back", name);
    /* Libraries look for their files there: libpq fails at what it may not
     * look at. */
    return setenv("HOME", user->pw_dir, 1) == 0 ||
           error_set(error, "HOME: %s", strerror(errno));
}

/* What no daemon needs once it runs, whoever has taken it over. */
static const int forbidden[] = {
    SCMP_SYS(execve),
    SCMP_SYS(execveat),
    SCMP_SYS(ptrace),
    SCMP_SYS(process_vm_readv),
    SCMP_SYS(process_vm_writev),
    SCMP_SYS(mount),
    SCMP_SYS(umount2),
    SCMP_SYS(pivot_root),
    SCMP_SYS(chroot),
    SCMP_SYS(init_module),
    SCMP_SYS(finit_module),
    SCMP_SYS(delete_module),
    SCMP_SYS(kexec_load),
    SCMP_SYS(bpf),
    SCMP_SYS(perf_event_open),
    SCMP_SYS(userfaultfd),
    SCMP_SYS(setns),
    SCMP_SYS(unshare),
    SCMP_SYS(keyctl),
    SCMP_SYS(add_key),
    SCMP_SYS(request_key),
    SCMP_SYS(reboot),
    SCMP_SYS(swapon),
    SCMP_SYS(swapoff),
    SCMP_SYS(io_uring_setup),
    SCMP_SYS(setuid),
    SCMP_SYS(setgid),
    SCMP_SYS(setreuid),
    SCMP_SYS(setresuid),
};

static bool add_rules(scmp_filter_ctx filter, bool network)
{
    uint32_t refuse = SCMP_ACT_ERRNO(EPERM);

    for (size_t i = 0; i < COUNT_OF(forbidden); i++)
        if (seccomp_rule_add(filter, refuse, forbidden[i], 0) != 0)
            return false;
    return network || seccomp_rule_add(filter, refuse, SCMP_SYS(socket), 1,
                                       SCMP_A0(SCMP_CMP_NE, AF_UNIX, 0)) == 0;
}

static bool filter_calls(bool network, struct error *error)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    bool is_loaded =
        filter && add_rules(filter, network) && seccomp_load(filter) == 0;

    if (filter)
        seccomp_release(filter);
    return is_loaded ||
           error_set(error, "the seccomp filter could not be loaded");
}

bool daemon_become_user(struct daemon *daemon, struct error *error)
{
    const struct rlimit no_core = {0, 0};

    if (setrlimit(RLIMIT_CORE, &no_core) != 0)
        return error_set(error, "core dumps: %s", strerror(errno));
    return !daemon->options.user || become(daemon->options.user, error);
}

bool daemon_drop_privileges(struct daemon *daemon, bool network,
                            struct error *error)
{
    if (!daemon_become_user(daemon, error))
        return false;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return error_set(error, "no_new_privs: %s", strerror(errno));
    return filter_calls(network, error);
}

/* Landlock (landlock(7)): where this process may write. */
#include "daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Whatever changes a file system. Reading is what the user may read:
 * certificates are anywhere. Without REFER, of the second version, nothing can
 * be renamed from one folder into another. */
#define WRITING                                                                \
    (LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |           \
     LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_CHAR |           \
     LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |               \
     LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO |             \
     LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM |             \
     LANDLOCK_ACCESS_FS_REFER)
#define NEEDED_VERSION 2

static bool allow(int rules, const char *folder)
{
    struct landlock_path_beneath_attr row = {
        .allowed_access = WRITING,
        .parent_fd = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC)};
    bool is_added =
        row.parent_fd >= 0 && syscall(SYS_landlock_add_rule, rules,
                                      LANDLOCK_RULE_PATH_BENEATH, &row, 0) == 0;

    if (row.parent_fd >= 0)
        (void)close(row.parent_fd);
    return is_added;
}

/* The log is opened again after its rotation: where it lies in a folder of the
 * user's. It cannot be elsewhere. */
static bool allow_log(int rules, const char *path)
{
    char folder[256];
    char *slash;

    if (!path ||
        (size_t)snprintf(folder, sizeof(folder), "%s", path) >= sizeof(folder))
        return !path;
    slash = strrchr(folder, '/');
    if (slash)
        *slash = '\0';
    return allow(rules, slash == folder ? "/" : slash ? folder : ".") ||
           errno == EACCES;
}

bool daemon_confine_writes(struct daemon *daemon, const char *folder,
                           struct error *error)
{
    const struct landlock_ruleset_attr handled = {.handled_access_fs = WRITING};
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0,
                           LANDLOCK_CREATE_RULESET_VERSION);
    int rules;
    bool is_confined;

    if (version < NEEDED_VERSION) {
        log_plain(LOG_LEVEL_DEBUG, "no-landlock");
        return true;
    }
    rules =
        (int)syscall(SYS_landlock_create_ruleset, &handled, sizeof(handled), 0);
    is_confined = rules >= 0 && allow(rules, folder) &&
                  allow_log(rules, daemon->options.log_path) &&
                  syscall(SYS_landlock_restrict_self, rules, 0) == 0;
    if (!is_confined)
        (void)error_set(error, "Landlock: %s: %s", folder, strerror(errno));
    if (rules >= 0)
        (void)close(rules);
    return is_confined;
}

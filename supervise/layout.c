#include "layout.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "accounts.h"
#include "files.h"

#define SUN_PATH_MAX 107u /* without its NUL */

/* The folders of a suite. Without root everything is the caller's. */
struct place {
    const char *name;
    mode_t mode;
    const char *user;
    const char *group;
};

static const struct place places[] = {
    {"run", 0750, NULL, GROUP_SUITE},
    {"run/pg", 0750, "posthouse-pg", GROUP_DATABASE},
    {"pg", 0700, "posthouse-pg", "posthouse-pg"},
    {"tls", 0755, NULL, NULL},
    {"keys", 0750, NULL, GROUP_GRANT},
    {"log", 0755, NULL, NULL},
    {"uploads", 0700, "posthouse-web", "posthouse-web"},
};

static void set_paths(struct layout *layout)
{
    const struct {
        char *path;
        const char *name;
    } paths[] = {
        {layout->conf, "posthouse.conf"},
        {layout->conf_secret, "compd.conf"},
        {layout->env, "posthouse.env"},
        {layout->run, "run"},
        {layout->pid_file, "run/posthouse.pid"},
        {layout->status, "run/status"},
        {layout->notify, "run/notify.sock"},
        {layout->command, "run/command.sock"},
        {layout->pg_socket, "run/pg"},
        {layout->pg_data, "pg"},
        {layout->pg_hba, "pg_hba.conf"},
        {layout->pg_ident, "pg_ident.conf"},
        {layout->certificate, "tls/cert.pem"},
        {layout->tls_key, "tls/key.pem"},
        {layout->grant_key, "keys/grant.key"},
        {layout->dialback_key, "tls/dialback.key"},
        {layout->log, "log"},
    };

    for (size_t i = 0; i < COUNT_OF(paths); i++)
        (void)snprintf(paths[i].path, LAYOUT_PATH, "%.96s/%s", layout->state,
                       paths[i].name);
}

static bool make_parents(const char *path, struct error *error)
{
    char part[PATH_MAX];

    (void)snprintf(part, sizeof(part), "%s", path);
    for (char *slash = strchr(part + 1, '/');; slash = strchr(slash + 1, '/')) {
        if (slash)
            *slash = '\0';
        if (mkdir(part, 0755) != 0 && errno != EEXIST)
            return error_set(error, "%s: %s", part, strerror(errno));
        if (!slash)
            return true;
        *slash = '/';
    }
}

/* The path stands in connection strings and in PostgreSQL's own lists. */
static bool is_plain(const char *path, struct error *error)
{
    const char *longest = "/run/pg/.s.PGSQL.5432";

    if (path[strcspn(path, " ,'\"\\$\t\n")])
        return error_set(error,
                         "%s: expected a path without spaces, quotes, "
                         "commas, dollars and backslashes",
                         path);
    if (strlen(path) + strlen(longest) > SUN_PATH_MAX)
        return error_set(
            error,
            "%s: too long: sockets in it may have paths of %u "
            "bytes, so its own is limited to %zu; choose another --state",
            path, SUN_PATH_MAX, SUN_PATH_MAX - strlen(longest));
    return true;
}

/* Daemons under their own users have to get in. */
static bool is_reachable(const struct layout *layout, struct error *error)
{
    char part[LAYOUT_PATH];
    struct stat status;
    char *slash;

    (void)snprintf(part, sizeof(part), "%s", layout->state);
    while (layout->is_root && (slash = strrchr(part, '/')) != NULL) {
        if (stat(part, &status) != 0)
            return error_set(error, "%s: %s", part, strerror(errno));
        if (!(status.st_mode & S_IXOTH))
            return error_set(error,
                             "%s: mode %04o keeps the daemons' users out of "
                             "%s; choose another --state",
                             part, status.st_mode & 07777u, layout->state);
        *slash = '\0';
    }
    return true;
}

static bool find_programs(struct layout *layout, struct error *error)
{
    ssize_t length =
        readlink("/proc/self/exe", layout->bin, sizeof(layout->bin) - 1);
    char *slash;

    if (length < 0 || (size_t)length == sizeof(layout->bin) - 1)
        return error_set(error, "the folder of the programs: %s",
                         length < 0 ? strerror(errno) : "the path is too long");
    layout->bin[length] = '\0';
    slash = strrchr(layout->bin, '/');
    if (slash)
        *slash = '\0';
    return true;
}

bool layout_init(struct layout *layout, const char *state, bool create,
                 struct error *error)
{
    char path[PATH_MAX];

    *layout = (struct layout){.is_root = geteuid() == 0};
    if (create && !make_parents(state, error))
        return false;
    if (!realpath(state, path))
        return error_set(error, "%s: %s", state, strerror(errno));
    if (!is_plain(path, error))
        return false;
    (void)snprintf(layout->state, sizeof(layout->state), "%.96s", path);
    set_paths(layout);
    return find_programs(layout, error) &&
           (!create || is_reachable(layout, error));
}

bool layout_make(const struct layout *layout, struct error *error)
{
    for (size_t i = 0; i < COUNT_OF(places); i++) {
        char path[LAYOUT_PATH + 16];
        struct owner owner;

        (void)snprintf(path, sizeof(path), "%s/%s", layout->state,
                       places[i].name);
        if (!accounts_owner(&owner, places[i].user, places[i].group, error) ||
            !files_make_folder(path, places[i].mode, &owner, error))
            return false;
    }
    return true;
}

void layout_log_path(const struct layout *layout, const char *program,
                     unsigned instance, char path[LAYOUT_PATH])
{
    (void)snprintf(path, LAYOUT_PATH, "%.100s/%.12s.%u.log", layout->log,
                   program, instance);
}

void layout_lock_path(const struct layout *layout, const char *program,
                      unsigned instance, char path[LAYOUT_PATH])
{
    (void)snprintf(path, LAYOUT_PATH, "%.100s/%.12s.%u.pid", layout->run,
                   program, instance);
}

/* posthousectl restart: the supervisor of `posthouse up` does it, or, for an
 * installed suite, systemd, unit by unit. */
#include <errno.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ctl.h"

extern char **environ;

/* --- posthouse up --------------------------------------------------------- */

static int connect_to(const char *path)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    snprintf(name.sun_path, sizeof(name.sun_path), "%s", path);
    if (fd < 0 || connect(fd, (struct sockaddr *)&name, sizeof(name)) == 0)
        return fd;
    close(fd);
    return -1;
}

static void print_restarted(const struct ctl *ctl, const char *line,
                            bool is_first)
{
    char program[16];
    unsigned instance;
    int pid;

    if (sscanf(line, "restarted %15s %u %d", program, &instance, &pid) != 3)
        return;
    if (ctl->json)
        printf("%s{\"daemon\": \"%s\", \"instance\": %u, \"pid\": %d}",
               is_first ? "" : ",\n ", program, instance, pid);
    else
        printf("%s.%u was restarted, pid %d\n", program, instance, pid);
    fflush(stdout);
}

/* Lines come as the processes serve again, the last one tells the end. */
static int follow(const struct ctl *ctl, FILE *answers)
{
    static const char refused[] = "refused ";
    char line[256];
    bool is_first = true;

    while (fgets(line, sizeof(line), answers)) {
        line[strcspn(line, "\n")] = '\0';
        if (strcmp(line, "done") == 0)
            return EXIT_SUCCESS;
        if (strncmp(line, refused, sizeof(refused) - 1) == 0)
            return ctl_refuse("%s", line + sizeof(refused) - 1);
        print_restarted(ctl, line, is_first);
        is_first = false;
    }
    return ctl_refuse("the supervisor said no more: it stops, or somebody else "
                      "restarts something");
}

static int ask_supervisor(struct ctl *ctl, const char *word)
{
    const char *path =
        arena_printf(&ctl->arena, "%s/run/command.sock", ctl->state).p;
    struct str line = arena_printf(&ctl->arena, "restart %s\n", word);
    int fd = connect_to(path);
    FILE *answers = fd >= 0 ? fdopen(fd, "r+") : NULL;
    int status;

    if (!answers)
        return ctl_refuse("no supervisor answers at %s: %s", path,
                          strerror(errno));
    if (send(fd, line.p, line.len, MSG_NOSIGNAL) != (ssize_t)line.len) {
        fclose(answers);
        return ctl_refuse("the supervisor does not listen: %s",
                          strerror(errno));
    }
    if (ctl->json)
        putchar('[');
    status = follow(ctl, answers);
    if (ctl->json)
        puts("]");
    fclose(answers);
    return status;
}

/* --- systemd -------------------------------------------------------------- */

/* In the order of their restart. `processes` names the variable in
 * /etc/posthouse/processes that tells how many there are; NULL: one. */
static const struct {
    const char *daemon, *processes;
} units[] = {
    {"routerd", NULL},
    {"maild", NULL},
    {"authd", NULL},
    {"sm", "SM_PROCESSES"},
    {"mucd", "MUCD_PROCESSES"},
    {"c2sd", "C2SD_PROCESSES"},
    {"compd", NULL},
    {"s2sd", "S2SD_PROCESSES"},
    {"proxy65d", "PROXY65D_PROCESSES"},
    {"webd", NULL},
};

static unsigned count_processes(const char *variable)
{
    FILE *file = fopen("/etc/posthouse/processes", "re");
    size_t length = variable ? strlen(variable) : 0;
    uint64_t count = 1, told;
    char line[128];

    while (variable && file && fgets(line, sizeof(line), file)) {
        line[strcspn(line, "\n")] = '\0';
        if (strncmp(line, variable, length) == 0 && line[length] == '=' &&
            str_to_u64(str_of(line + length + 1), &told) && told <= 64)
            count = told;
    }
    if (file)
        fclose(file);
    return (unsigned)count;
}

/* What does not run is not started: not every suite has every daemon. */
static bool restart_unit(struct ctl *ctl, const char *daemon, bool is_template,
                         unsigned instance)
{
    const char *unit =
        is_template
            ? arena_printf(&ctl->arena, "posthouse-%s@%u.service", daemon,
                           instance)
                  .p
            : arena_printf(&ctl->arena, "posthouse-%s.service", daemon).p;
    char *const argv[] = {
        str_dup_heap(STR("systemctl")),
        str_dup_heap(STR("try-restart")),
        str_dup_heap(str_of(unit)),
        NULL,
    };
    pid_t pid;
    int status = -1;

    fprintf(ctl_tell(ctl), "systemctl try-restart %s\n", unit);
    fflush(stdout);
    errno = posix_spawnp(&pid, argv[0], NULL, NULL, argv, environ);
    for (size_t i = 0; argv[i]; i++)
        free(argv[i]);
    if (errno != 0) {
        ctl_refuse("systemctl: %s", strerror(errno));
        return false;
    }
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return true;
    ctl_refuse("%s does not serve again; journalctl -u %s tells why", unit,
               unit);
    return false;
}

/* Whether `word` names this process: "all", "sm" or "sm.1". */
static bool is_named(const char *word, const char *daemon, unsigned instance)
{
    size_t length = strlen(daemon);
    uint64_t number;

    if (strcmp(word, "all") == 0 || strcmp(word, daemon) == 0)
        return true;
    return strncmp(word, daemon, length) == 0 && word[length] == '.' &&
           str_to_u64(str_of(word + length + 1), &number) && number == instance;
}

static int restart_units(struct ctl *ctl, const char *word)
{
    bool is_any = false;

    for (size_t i = 0; i < COUNT_OF(units); i++) {
        unsigned count = count_processes(units[i].processes);

        for (unsigned instance = 0; instance < count; instance++) {
            if (!is_named(word, units[i].daemon, instance))
                continue;
            is_any = true;
            if (!restart_unit(ctl, units[i].daemon, units[i].processes != NULL,
                              instance))
                return EXIT_REFUSED;
        }
    }
    return is_any ? EXIT_SUCCESS
                  : ctl_refuse("no process of this suite is named %.40s", word);
}

int restart_daemon(struct ctl *ctl)
{
    const char *word = ctl->argv[0];

    if (word[strcspn(word, " \n")] || strlen(word) > 40)
        return ctl_refuse("no process of this suite has such a name");
    return ctl->state ? ask_supervisor(ctl, word) : restart_units(ctl, word);
}

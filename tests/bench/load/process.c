#include "process.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ENV_PREFIX "PH_PIDS_"

void processes_add(struct processes *processes, struct str name,
                   struct str pids)
{
    struct process_group *group;

    if (processes->count == PROCESS_GROUPS)
        return;
    group = &processes->groups[processes->count++];
    snprintf(group->name, sizeof(group->name), "%.*s", STR_ARG(name));
    for (char *c = group->name; *c; c++)
        *c = (char)tolower((unsigned char)*c);
    for (const char *p = pids.p; p < pids.p + pids.len;) {
        char *end;
        long pid = strtol(p, &end, 10);

        if (end != p && pid > 0 && group->count < PROCESS_PIDS)
            group->pids[group->count++] = (int)pid;
        p = end == p ? p + 1 : end;
    }
}

void processes_from_env(struct processes *processes, const char *path)
{
    char line[1024];
    FILE *file = fopen(path, "re");

    if (!file)
        return;
    while (fgets(line, sizeof(line), file)) {
        struct str rest = {line, strcspn(line, "\n")};
        struct str name = str_cut(&rest, '=');

        if (rest.p && str_starts(name, STR(ENV_PREFIX)))
            processes_add(processes,
                          (struct str){name.p + strlen(ENV_PREFIX),
                                       name.len - strlen(ENV_PREFIX)},
                          rest);
    }
    fclose(file);
}

/* Of a process with all its threads: the scheduler's own sum, where
 * /proc/PID/stat tells ticks of ten milliseconds. */
static uint64_t cpu_us(int pid)
{
    struct timespec used;
    clockid_t clock;

    if (clock_getcpuclockid(pid, &clock) != 0 ||
        clock_gettime(clock, &used) != 0)
        return 0;
    return (uint64_t)used.tv_sec * 1000000 + (uint64_t)used.tv_nsec / 1000;
}

static uint64_t pss_kib(int pid)
{
    char path[64], line[256];
    unsigned long long value = 0;
    FILE *file;

    snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", pid);
    file = fopen(path, "re");
    if (!file)
        return 0;
    while (fgets(line, sizeof(line), file))
        if (sscanf(line, "Pss: %llu kB", &value) == 1)
            break;
    fclose(file);
    return value;
}

/* Adds a process and all that it has started: PostgreSQL serves from children.
 */
static void add_family(struct process_sample *sample, size_t group, int pid,
                       bool with_pss)
{
    char path[64];
    FILE *file;
    int child;

    sample->cpu_us[group] += cpu_us(pid);
    if (with_pss)
        sample->pss_kib[group] += pss_kib(pid);
    snprintf(path, sizeof(path), "/proc/%d/task/%d/children", pid, pid);
    file = fopen(path, "re");
    if (!file)
        return;
    while (fscanf(file, "%d", &child) == 1)
        add_family(sample, group, child, with_pss);
    fclose(file);
}

void processes_sample(const struct processes *processes,
                      struct process_sample *sample, bool with_pss)
{
    *sample = (struct process_sample){0};
    for (size_t g = 0; g < processes->count; g++) {
        const struct process_group *group = &processes->groups[g];

        for (size_t i = 0; i < group->count; i++)
            add_family(sample, g, group->pids[i], with_pss);
    }
}

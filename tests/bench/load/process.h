/* What processes cost: CPU time and memory by /proc. */
#ifndef POSTHOUSE_PROCESS_H
#define POSTHOUSE_PROCESS_H

#include "common/mem/mem.h"

#define PROCESS_GROUPS 16
#define PROCESS_PIDS   64

struct process_group {
    char name[32];
    int pids[PROCESS_PIDS];
    size_t count;
};
struct processes {
    struct process_group groups[PROCESS_GROUPS];
    size_t count;
};
/* One measurement of every group, with all that its processes have started. */
struct process_sample {
    uint64_t cpu_us[PROCESS_GROUPS];
    uint64_t pss_kib[PROCESS_GROUPS];
};

/* Adds the groups of PH_PIDS_… in a posthouse.env. */
void processes_from_env(struct processes *processes, const char *path);
/* Adds "NAME=PID,PID". */
void processes_add(struct processes *processes, struct str name,
                   struct str pids);
/* CPU always; PSS only on demand, because the kernel walks all pages for it. */
void processes_sample(const struct processes *processes,
                      struct process_sample *sample, bool with_pss);

#endif

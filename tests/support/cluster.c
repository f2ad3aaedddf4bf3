#include "cluster.h"

#include <glob.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Runs a shell command, as nobody when the tests run as root. */
static bool run(const char *command)
{
    char line[1024];

    (void)snprintf(line, sizeof(line), "%s%s >/dev/null 2>&1",
                   geteuid() == 0 ? "runuser -u nobody -- " : "", command);
    return system(line) == 0;
}

bool cluster_start(struct cluster *cluster)
{
    char line[768];

    (void)snprintf(line, sizeof(line),
                   "%s/pg_ctl -D %s/data -w -l %s/log -o \"-k %s -h ''\" start",
                   cluster->bin, cluster->folder, cluster->folder,
                   cluster->folder);
    return run(line);
}

bool cluster_run(struct cluster *cluster, const char *sql)
{
    char line[768];

    (void)snprintf(line, sizeof(line),
                   "%s/psql -v ON_ERROR_STOP=1 -h %s -U test -d postgres "
                   "-c \"%s\"",
                   cluster->bin, cluster->folder, sql);
    return run(line);
}

bool cluster_kill(struct cluster *cluster)
{
    char path[128];
    int pid = 0;
    bool is_read;
    FILE *file;

    (void)snprintf(path, sizeof(path), "%s/data/postmaster.pid",
                   cluster->folder);
    file = fopen(path, "r");
    if (!file)
        return false;
    is_read = fscanf(file, "%d", &pid) == 1;
    (void)fclose(file);
    return is_read && pid > 1 && kill(pid, SIGKILL) == 0;
}

static bool find_programs(struct cluster *cluster)
{
    glob_t found;

    if (glob("/usr/lib/postgresql/*/bin", 0, NULL, &found) != 0)
        return false;
    (void)snprintf(cluster->bin, sizeof(cluster->bin), "%s",
                   found.gl_pathv[found.gl_pathc - 1]);
    globfree(&found);
    return true;
}

static bool make_folder(struct cluster *cluster)
{
    char line[128];

    (void)snprintf(cluster->folder, sizeof(cluster->folder),
                   "/tmp/cluster.XXXXXX");
    if (!mkdtemp(cluster->folder))
        return false;
    if (geteuid() != 0)
        return true;
    (void)snprintf(line, sizeof(line), "chown nobody %s", cluster->folder);
    return system(line) == 0;
}

bool cluster_open(struct cluster *cluster)
{
    char line[768];

    if (!find_programs(cluster) || !make_folder(cluster))
        return false;
    (void)snprintf(line, sizeof(line),
                   "%s/initdb -N -A trust -U test -D %s/data", cluster->bin,
                   cluster->folder);
    (void)snprintf(cluster->conninfo, sizeof(cluster->conninfo),
                   "host=%s dbname=postgres user=test", cluster->folder);
    return run(line) && cluster_start(cluster);
}

void cluster_close(struct cluster *cluster)
{
    char line[768];

    if (!cluster->folder[0])
        return;
    (void)snprintf(line, sizeof(line), "%s/pg_ctl -D %s/data -m immediate stop",
                   cluster->bin, cluster->folder);
    (void)run(line);
    (void)snprintf(line, sizeof(line), "rm -rf %s", cluster->folder);
    (void)run(line);
    (void)rmdir(cluster->folder);
}

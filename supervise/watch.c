/* down and status: commands that talk about a suite that runs. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "commands.h"
#include "lock.h"
#include "report.h"

#define STOP_LIMIT_MS 90000 /* more than all kinds may take */

static bool find(struct layout *layout, const struct options *options)
{
    struct error error;

    if (!layout_init(layout, options->state, false, &error)) {
        fprintf(stderr, "posthouse: %s\n", error.text);
        return false;
    }
    if (access(layout->run, R_OK | X_OK) == 0)
        return true;
    if (errno == EACCES)
        fprintf(stderr, "posthouse: %s: %s\n", layout->run, strerror(errno));
    else
        fprintf(stderr, "posthouse: %s is no suite's folder\n", layout->state);
    return false;
}

int command_down(const struct options *options)
{
    struct layout layout;
    struct pollfd end = {.events = POLLIN};
    bool has_ended;

    if (!find(&layout, options))
        return EXIT_FAILURE;
    if (!lock_is_held(layout.pid_file)) {
        fprintf(stderr, "posthouse: nothing runs in %s\n", layout.state);
        return EXIT_SUCCESS;
    }
    if (!lock_signal_holder(layout.pid_file, SIGTERM, &end.fd)) {
        fprintf(stderr, "posthouse: the suite in %s cannot be signalled\n",
                layout.state);
        return EXIT_FAILURE;
    }
    has_ended = poll(&end, 1, STOP_LIMIT_MS) == 1;
    (void)close(end.fd);
    if (has_ended)
        return EXIT_SUCCESS;
    fprintf(stderr, "posthouse: the suite in %s does not stop\n", layout.state);
    return EXIT_FAILURE;
}

static void print_json(const struct report_line *line, bool is_first)
{
    printf("%s{\"daemon\":\"%s\",\"instance\":%u,\"pid\":%d,\"since\":%lld,"
           "\"restarts\":%u}",
           is_first ? "[" : ",\n ", line->program, line->instance, line->pid,
           line->since, line->restarts);
}

static void print_row(const struct report_line *line, bool is_first)
{
    time_t since = (time_t)line->since;
    struct tm local;
    char text[32] = "";

    if (is_first)
        printf("%-10s %8s %8s  %-19s %8s\n", "DAEMON", "INSTANCE", "PID",
               "SINCE", "RESTARTS");
    if (localtime_r(&since, &local))
        (void)strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &local);
    printf("%-10s %8u %8d  %-19s %8u\n", line->program, line->instance,
           line->pid, line->pid ? text : "down", line->restarts);
}

int command_status(const struct options *options)
{
    struct layout layout;
    struct report_line line;
    char text[128];
    FILE *file;
    bool is_first = true;

    if (!find(&layout, options))
        return EXIT_FAILURE;
    file = lock_is_held(layout.pid_file) ? fopen(layout.status, "re") : NULL;
    if (!file) {
        fprintf(stderr, "posthouse: nothing runs in %s\n", layout.state);
        return EXIT_FAILURE;
    }
    while (fgets(text, sizeof(text), file)) {
        if (!report_parse_line(&line, text))
            continue;
        if (options->json)
            print_json(&line, is_first);
        else
            print_row(&line, is_first);
        is_first = false;
    }
    if (options->json)
        puts(is_first ? "[]" : "]");
    (void)fclose(file);
    return EXIT_SUCCESS;
}

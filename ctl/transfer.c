/* Rules on files that people offer each other. */
#include <stdlib.h>
#include <string.h>

#include "ctl.h"
#include "ctl_statements.h"

static bool is_one_of(const char *word, const char *const *words)
{
    for (; *words; words++)
        if (strcmp(word, *words) == 0)
            return true;
    return false;
}

static bool is_number(const char *text)
{
    int64_t number;

    return !text || str_to_i64(str_of(text), &number);
}

int transfer_add(struct ctl *ctl)
{
    static const char *const actions[] = {"allow", "refuse", "log", NULL};
    static const char *const directions[] = {"any",   "local",  "out", "in",
                                             "proxy", "upload", NULL};
    const char *direction = ctl_option(ctl, "--direction");
    const char *department = ctl_option(ctl, "--department");
    const char *size = ctl_option(ctl, "--larger-than");
    const char *name = ctl_option(ctl, "--name");
    const char *type = ctl_option(ctl, "--type");
    const char *reason = ctl_option(ctl, "--reason");
    const char *rank = ctl_option(ctl, "--rank");
    struct str domain, path = STR_NONE;
    PGresult *result;

    if (!ctl_domain(ctl, &domain))
        return EXIT_REFUSED;
    if (!is_one_of(ctl->argv[0], actions))
        return ctl_refuse("expected allow, refuse or log, got %s",
                          ctl->argv[0]);
    if (direction && !is_one_of(direction, directions))
        return ctl_refuse("--direction: expected any, local, out, in, "
                          "proxy or upload");
    if (!is_number(size) || !is_number(rank))
        return ctl_refuse("--larger-than and --rank are numbers");
    if (department && !ctl_department(ctl, domain, department, &path))
        return EXIT_REFUSED;
    result =
        ctl_run(ctl, CTL_TRANSFER_ADD,
                (struct str[]){domain, str_of(ctl->argv[0]), str_of(direction),
                               path, str_of(size), str_of(name), str_of(type),
                               str_of(reason), str_of(rank)});
    if (!result)
        return EXIT_REFUSED;
    ctl_print(ctl, result);
    PQclear(result);
    return EXIT_SUCCESS;
}

int transfer_del(struct ctl *ctl)
{
    long count;

    if (!is_number(ctl->argv[0]))
        return ctl_refuse("%s is no number of a rule", ctl->argv[0]);
    count =
        ctl_change(ctl, CTL_TRANSFER_DEL, (struct str[]){str_of(ctl->argv[0])});
    if (count == 0)
        return ctl_refuse("there is no rule %s", ctl->argv[0]);
    return count > 0 ? EXIT_SUCCESS : EXIT_REFUSED;
}

int transfer_list(struct ctl *ctl)
{
    const char *domain = ctl_option(ctl, "--domain");
    PGresult *result =
        ctl_run(ctl, CTL_TRANSFER_LIST, (struct str[]){str_of(domain)});

    if (!result)
        return EXIT_REFUSED;
    ctl_print(ctl, result);
    PQclear(result);
    return EXIT_SUCCESS;
}

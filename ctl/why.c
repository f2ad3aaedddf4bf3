/* Why somebody may do something, or not: the row that decides. */
#include <stdlib.h>
#include <utlist.h>

#include "directory.h"

#define MAX_LINES 4

struct answer {
    struct ctl *ctl;
    struct str cells[MAX_LINES * 2];
    size_t lines;
    bool is_allowed;
};

static void add_line(struct answer *answer, const char *question, struct str is,
                     struct str reason)
{
    struct str *cells = &answer->cells[answer->lines++ * 2];

    cells[0] = arena_printf(&answer->ctl->arena, "%s: %.*s", question,
                            STR_ARG(is));
    cells[1] = reason;
}

static struct str source_of(struct arena *arena,
                            const struct decision *decision,
                            const struct permission_row *row)
{
    const struct directory_department *at = decision->department;

    switch (decision->source) {
    case BY_ACCOUNT:
        return STR("a property of the account");
    case BY_DEPARTMENT:
        if (at == decision->member_of)
            return arena_printf(arena, "a property of department %.*s",
                                STR_ARG(at->name));
        return arena_printf(
            arena, "a property of department %.*s, inherited by %.*s",
            STR_ARG(at->name), STR_ARG(decision->member_of->name));
    case BY_SERVER:
        return STR("a property of the server");
    case BY_CONFIGURATION:
        break;
    }
    return arena_printf(arena, "%s in the configuration", row->option);
}

static void ask_permission(struct answer *answer,
                           const struct directory *directory,
                           const struct directory_person *person,
                           enum permission permission)
{
    struct ctl *ctl = answer->ctl;
    const struct permission_row *row = &permission_rows[permission];
    struct decision decision =
        permission_decide(directory, person, permission, ctl->config);
    struct str value =
        row->is_number ? arena_printf(&ctl->arena, "%lld",
                                      (long long)decision.number)
                       : str_of(decision.is_allowed ? "yes" : "no");

    answer->is_allowed &= decision.is_allowed;
    add_line(answer, row->name, value, source_of(&ctl->arena, &decision, row));
}

/* About a second person: may he be known, and is he outside. */
static void ask_about(struct answer *answer, const struct directory *directory,
                      const struct directory_person *person,
                      const struct jid *other)
{
    const struct directory_person *whom =
        directory_find(directory, other->bare);
    bool may_know = directory_may_know(person, whom);

    add_line(answer, "may know him", str_of(may_know ? "yes" : "no"),
             !whom || !whom->memberships
                 ? STR("he is in no department")
                 : STR("visible-to of his departments"));
    answer->is_allowed &= may_know;
    if (directory_are_close(person, whom))
        add_line(answer, "is outside", STR("no"),
                 STR("both are in one branch of the tree"));
    else
        ask_permission(answer, directory, person, MAY_CHAT_OUTSIDE);
}

/* A bare user name is one of the first domain. */
static bool read_person(struct ctl *ctl, const char *text, struct jid *jid)
{
    struct str name = str_of(text);
    struct str domain = config_list_item(ctl->config, "domains", 0);

    for (size_t i = 0; i < name.len; i++)
        if (name.p[i] == '@')
            return ctl_account(ctl, text, jid);
    return ctl_account(ctl,
                       arena_printf(&ctl->arena, "%s@%.*s", text,
                                    STR_ARG(domain))
                           .p,
                       jid);
}

static int refuse_permission(struct ctl *ctl, const char *name)
{
    struct str names = STR("");

    for (unsigned i = 0; i < PERMISSION_COUNT; i++)
        names = arena_printf(&ctl->arena, "%.*s%s%s", STR_ARG(names),
                             i ? ", " : "", permission_rows[i].name);
    return ctl_refuse("there is no permission %s; expected one of: %.*s", name,
                      STR_ARG(names));
}

int explain(struct ctl *ctl)
{
    static const char *const columns[] = {"question", "because"};
    enum permission permission = permission_by_name(str_of(ctl->argv[1]));
    struct answer answer = {.ctl = ctl, .is_allowed = true};
    const struct directory_person *person;
    struct directory *directory;
    struct jid jid, other;

    if (permission == PERMISSION_COUNT)
        return refuse_permission(ctl, ctl->argv[1]);
    if (!read_person(ctl, ctl->argv[0], &jid) ||
        (ctl->argc > 2 && !read_person(ctl, ctl->argv[2], &other)))
        return EXIT_REFUSED;
    directory = ctl_directory(ctl);
    if (!directory)
        return EXIT_REFUSED;
    person = directory_find(directory, jid.bare);
    ask_permission(&answer, directory, person, permission);
    if (ctl->argc > 2)
        ask_about(&answer, directory, person, &other);
    add_line(&answer, "verdict", str_of(answer.is_allowed ? "allowed" : "refused"),
             STR("all of the above"));
    ctl_print_cells(ctl, columns, 2, answer.cells, answer.lines);
    directory_free(directory);
    return EXIT_SUCCESS;
}

#include "kinds.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

const struct kind_row kind_rows[KIND_COUNT] = {
    /* PostgreSQL: SIGINT is a fast shutdown, SIGQUIT leaves recovery to the
     * next start. */
    [KIND_POSTGRES] = {"postgres", "posthouse-pg", "PH_PIDS_POSTGRES", SIGINT,
                       SIGQUIT},
    [KIND_ROUTERD] = {"routerd", "posthouse-router", "PH_PIDS_ROUTERD", SIGTERM,
                      SIGKILL},
    [KIND_MAILD] = {"maild", "posthouse-mail", "PH_PIDS_MAILD", SIGTERM,
                    SIGKILL},
    [KIND_AUTHD] = {"authd", "posthouse-auth", "PH_PIDS_AUTHD", SIGTERM,
                    SIGKILL},
    [KIND_SM] = {"sm", "posthouse-sm", "PH_PIDS_SM", SIGTERM, SIGKILL},
    [KIND_MUCD] = {"mucd", "posthouse-muc", "PH_PIDS_MUCD", SIGTERM, SIGKILL},
    [KIND_C2SD] = {"c2sd", "posthouse-c2s", "PH_PIDS_C2SD", SIGTERM, SIGKILL},
    [KIND_COMPD] = {"compd", "posthouse-comp", "PH_PIDS_COMPD", SIGTERM,
                    SIGKILL},
    [KIND_S2SD] = {"s2sd", "posthouse-s2s", "PH_PIDS_S2SD", SIGTERM, SIGKILL},
    [KIND_PROXY65D] = {"proxy65d", "posthouse-proxy", "PH_PIDS_PROXY65D",
                       SIGTERM, SIGKILL},
    [KIND_WEBD] = {"webd", "posthouse-web", "PH_PIDS_WEBD", SIGTERM, SIGKILL},
};

static void set_program(struct command_line *command,
                        const struct layout *layout, enum kind kind)
{
    (void)snprintf(command->program, sizeof(command->program), "%s/%s",
                   kind == KIND_POSTGRES ? layout->pg_bin : layout->bin,
                   kind_rows[kind].program);
}

bool kinds_is_installed(const struct layout *layout, enum kind kind)
{
    struct command_line command = {0};

    set_program(&command, layout, kind);
    return access(command.program, X_OK) == 0;
}

/* execv takes texts that it never writes to as char *. */
static char *text(const char *literal)
{
    return (char *)(uintptr_t)literal;
}

static void set_postgres(struct command_line *command,
                         const struct layout *layout)
{
    char *const argv[] = {command->program,
                          text("-D"),
                          text(layout->pg_data),
                          text("-k"),
                          text(layout->pg_socket),
                          text("-c"),
                          text("listen_addresses="),
                          text("-c"),
                          command->hba,
                          text("-c"),
                          command->ident,
                          text("-c"),
                          text("log_destination=stderr"),
                          NULL};

    (void)snprintf(command->hba, sizeof(command->hba), "hba_file=%s",
                   layout->pg_hba);
    (void)snprintf(command->ident, sizeof(command->ident), "ident_file=%s",
                   layout->pg_ident);
    for (size_t i = 0; i < COUNT_OF(argv); i++)
        command->argv[i] = argv[i];
}

static void set_daemon(struct command_line *command,
                       const struct layout *layout, enum kind kind,
                       const char *log_path)
{
    const char *conf = kind == KIND_COMPD ? layout->conf_secret : layout->conf;
    char *const argv[] = {command->program,
                          text("--config"),
                          text(conf),
                          text("--instance"),
                          command->instance,
                          text("--of"),
                          command->of,
                          text("--run-dir"),
                          text(layout->run),
                          text("--log"),
                          text(log_path),
                          layout->is_root ? text("--user") : NULL,
                          text(kind_rows[kind].user),
                          NULL};

    for (size_t i = 0; i < COUNT_OF(argv); i++)
        command->argv[i] = argv[i];
}

void kinds_command(struct command_line *command, const struct layout *layout,
                   enum kind kind, unsigned instance, unsigned of,
                   const char *log_path)
{
    set_program(command, layout, kind);
    (void)snprintf(command->instance, sizeof(command->instance), "%u",
                   instance);
    (void)snprintf(command->of, sizeof(command->of), "%u", of);
    if (kind == KIND_POSTGRES)
        set_postgres(command, layout);
    else
        set_daemon(command, layout, kind, log_path);
}

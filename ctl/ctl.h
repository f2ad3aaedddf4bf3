/* posthousectl: the administrator's command. */
#ifndef POSTHOUSE_CTL_H
#define POSTHOUSE_CTL_H

#include <libpq-fe.h>
#include <stdio.h>

#include "common/config/config.h"
#include "common/jid/jid.h"

#define EXIT_REFUSED 1
#define EXIT_USAGE   2

/* One run of the command. */
struct ctl {
    const char *state; /* --state; NULL: an installed suite */
    bool json;         /* --json */
    struct config *config;
    struct arena arena;
    PGconn *connection;
    int argc; /* words behind the command's name */
    char **argv;
    struct dry_run *dry; /* --dry-run (dry_run.h): what is done is taken back */
};

/* Opens the configuration of the suite. False after a message. */
MUST_CHECK bool ctl_load_config(struct ctl *ctl);
/* Connects to the database as this role (configuration loaded). False after a
 * message. */
MUST_CHECK bool ctl_connect(struct ctl *ctl, const char *role);
/* libpq's connection string for a role. In the arena. */
const char *ctl_conninfo(struct ctl *ctl, const char *role);
/* Closes the connection and frees all. */
void ctl_clear(struct ctl *ctl);

/* A command without parameters and rows, such as BEGIN. False after a message. */
MUST_CHECK bool ctl_execute(struct ctl *ctl, const char *sql);
/* A transaction of the command's own; in a dry run, all of it is one already. False
 * after a message. */
MUST_CHECK bool ctl_begin(struct ctl *ctl);
MUST_CHECK bool ctl_commit(struct ctl *ctl);
void ctl_rollback(struct ctl *ctl);
/* Runs statement `index` of the generated table. On failure says why and
 * returns NULL; else a result to PQclear. */
PGresult *ctl_run(struct ctl *ctl, size_t index, const struct str *params);
/* Runs it; how many rows it changed, or -1 after a message. */
long ctl_change(struct ctl *ctl, size_t index, const struct str *params);
/* Prints a result: aligned by tabs, or as a JSON array of objects. In a dry run,
 * which has its own to tell, nothing. */
void ctl_print(const struct ctl *ctl, const PGresult *result);

/* Where lines for a person go: with --json to standard error, for the result alone
 * is on standard output. */
FILE *ctl_tell(const struct ctl *ctl);

/* Writes a string as JSON has it. */
void ctl_write_json_text(FILE *file, const char *text);

/* An English text in the language of the environment; with --json as it is. */
const char *ctl_words(const char *english) __attribute__((format_arg(1)));
/* Says why the command is refused, in that language; returns EXIT_REFUSED. */
int ctl_refuse(const char *format, ...) PRINTF_LIKE(1, 2);
/* The value behind --name among the words, which are taken out; NULL: none. */
const char *ctl_option(struct ctl *ctl, const char *name);
/* Whether the word --name stands there; it is taken out. */
bool ctl_flag(struct ctl *ctl, const char *name);
/* The domain that --domain names, else the first one; it has to be served.
 * False after a message. */
MUST_CHECK bool ctl_domain(struct ctl *ctl, struct str *domain);
/* A bare JID of a served domain. False after a message. */
MUST_CHECK bool ctl_account(struct ctl *ctl, const char *text, struct jid *jid);
/* The same for an account that is there under a name that is no address, as
 * versions before RFC 7622 had them: its parts are taken as they are. */
MUST_CHECK bool ctl_stored_account(struct ctl *ctl, const char *text,
                                   struct jid *jid);
/* The path of the department that is meant by it, or by a name that it has alone
 * (in the arena). False after a message: there is none, or which of them? */
MUST_CHECK bool ctl_department(struct ctl *ctl, struct str domain,
                               const char *text, struct str *path);

typedef int ctl_command(struct ctl *ctl);
ctl_command user_add, user_del, user_passwd, user_reset, user_list, user_check,
    user_show, user_import, user_export, user_quiet;
ctl_command invite_add, invite_list, invite_del;
ctl_command admin_add, admin_del, admin_list;
ctl_command api_add, api_list, api_del;
ctl_command department_add, department_del, department_list, department_show, member_add,
    member_del, member_move, department_change;
ctl_command broadcast_list, broadcast_status, broadcast_remind;
ctl_command announce, ldap_import;
ctl_command notice_set, notice_edit, notice_del, notice_list;
ctl_command user_disable, user_enable, user_change;
ctl_command explain;
ctl_command property_set, property_unset, property_list;
ctl_command transfer_add, transfer_del, transfer_list;
ctl_command db_migrate, db_restrict, db_access, show_status, show_metrics, restart_daemon;
ctl_command archive_trim, archive_keep, archive_search, archive_export,
    archive_import;
ctl_command audit_query, audit_verify, audit_trim, audit_seal;
ctl_command hold_add, hold_list, hold_release;
ctl_command audit_request, audit_requests, audit_approve, audit_export;
ctl_command daily;
ctl_command trace;

#endif

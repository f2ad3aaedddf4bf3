/* What the files of the ad-hoc commands share: a command is a row of a table
 * (command.c); its form is written and read by command_form.c. */
#ifndef POSTHOUSE_SM_COMMAND_INTERNAL_H
#define POSTHOUSE_SM_COMMAND_INTERNAL_H

#include "sm/admin/administer.h"
#include "sm/admin/command.h"

#define NS_ADMIN STR("http://jabber.org/protocol/admin")
#define NS_QUIET STR("urn:posthouse:quiet:0")

struct command;

/* Who may use it. */
enum command_users {
    FOR_ADMINISTRATORS,            /* of the suite alone */
    FOR_DEPARTMENT_ADMINISTRATORS, /* too; for those whom they administer */
    FOR_SPEAKERS,  /* the same, and who may write to whole groups */
    FOR_EVERYBODY, /* of the domain */
};

struct command_field {
    const char *name, *type, *label;
    bool is_required;
    /* Adds values or options that are known already; NULL: there are none. */
    void (*fill)(struct iq_request *request, const struct command *command,
                 struct xml *field);
};

#define COMMAND_MAX_FIELDS 8 /* the last one has no name */
typedef void command_run(struct iq_request *request,
                         const struct command *command, const struct xml *form);
struct command {
    const char *node; /* behind its namespace and '#' */
    const char *name;
    enum command_users users;
    command_run *run;
    struct command_field fields[COMMAND_MAX_FIELDS];
    /* For `run`: what is done or counted, and the field of the result. */
    const char *what;
    const char *result;
};
/* Of its node and its form: NS_ADMIN, or that of a command for everybody. */
struct str command_namespace(const struct command *command);

/* Asks for the fields of a command; the request is answered. */
void command_ask(struct iq_request *request, const struct command *command);
/* The command is done: with a note for a person (or NULL; a text in English, or
 * one that stanza_text has given), and a form of
 * results that command_result has begun (or NULL). The request is answered. */
void command_done(struct iq_request *request, const char *note,
                  struct xml *results);
/* Begins a form of results in the request's arena. */
struct xml *command_result(struct iq_request *request);
/* Answers with a status and nothing else. */
void command_answer(struct iq_request *request, const char *status);
/* The lines of a text-multi, joined; empty without one. In the request's
 * arena. */
struct str command_text(struct iq_request *request, const struct xml *form,
                        const char *name);
/* Reads the address of an account of this domain whom the asker may change.
 * False: the request is answered. */
MUST_CHECK bool command_target(struct iq_request *request, struct str text,
                               struct jid *target);
void command_add_option(struct xml *field, struct str label, struct str value);

/* quiet/command.c */
command_run set_quiet_hours;
void fill_quiet_mode(struct iq_request *request, const struct command *command,
                     struct xml *field);
void fill_quiet_days(struct iq_request *request, const struct command *command,
                     struct xml *field);
void fill_quiet_from(struct iq_request *request, const struct command *command,
                     struct xml *field);
void fill_quiet_to(struct iq_request *request, const struct command *command,
                   struct xml *field);
void fill_quiet_zone(struct iq_request *request, const struct command *command,
                     struct xml *field);
void fill_quiet_except(struct iq_request *request,
                       const struct command *command, struct xml *field);
/* For the tables: command_account.c, command_list.c, command_say.c. */
command_run add_user, change_users, change_password, end_sessions;
command_run count_accounts, list_accounts, count_sessions, list_sessions,
    tell_statistics;
command_run announce, set_notice, edit_notice, delete_notice;
void fill_departments(struct iq_request *request, const struct command *command,
                      struct xml *field);
void fill_groups(struct iq_request *request, const struct command *command,
                 struct xml *field);
void fill_most(struct iq_request *request, const struct command *command,
               struct xml *field);
void fill_notice(struct iq_request *request, const struct command *command,
                 struct xml *field);

#endif

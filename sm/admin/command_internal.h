/* What the files of the ad-hoc commands share: a command is a row of a table
 * (command.c); its form is written and read by command_form.c. */
#ifndef POSTHOUSE_SM_COMMAND_INTERNAL_H
#define POSTHOUSE_SM_COMMAND_INTERNAL_H

#include "sm/admin/administer.h"
#include "sm/admin/command.h"

#define NS_ADMIN STR("http://jabber.org/protocol/admin")
/* What XEP-0133 does not have. */
#define NS_OWN_ADMIN STR("urn:posthouse:admin:1")
#define NS_QUIET     STR("urn:posthouse:quiet:0")

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
    bool is_own; /* not one of XEP-0133 */
};
extern const struct command commands[];
extern const size_t command_count;

/* Of its node and its form: NS_ADMIN, NS_OWN_ADMIN, or that of a command for
 * everybody. */
struct str command_namespace(const struct command *command);
/* Namespace, '#' and name. */
struct str command_node(struct arena *arena, const struct command *command);
/* By its whole node; NULL: there is none. */
const struct command *command_find(struct str node);
/* One of administration by what is behind its '#', which no two have in common.
 */
const struct command *command_find_name(struct str name);
/* Whether somebody may use it in this domain. */
bool command_may_use(const struct sm *sm, const struct jid *who,
                     struct str domain, const struct command *command);
/* Answers with the commands that are wanted and that the asker may use, each
 * with its form (without options): <commands xmlns='urn:posthouse:admin:1'/>.
 */
void command_list_forms(struct iq_request *request,
                        bool (*is_wanted)(const void *ctx,
                                          const struct command *command),
                        const void *ctx);
/* Adds its form without values and options, in the language of the asker. */
void command_add_form(struct xml *parent, const struct iq_request *request,
                      const struct command *command);

/* Asks for the fields of a command; the request is answered. */
void command_ask(struct iq_request *request, const struct command *command);
/* The command is done: with a note for a person (or NULL; a text in English, or
 * one that stanza_text has given), and a form of
 * results that command_result has begun (or NULL). The request is answered. */
void command_done(struct iq_request *request, const char *note,
                  struct xml *results);
/* Begins a form of results in the request's arena. */
struct xml *command_result(struct iq_request *request,
                           const struct command *command);
/* Results that are a table (XEP-0004 §3.4): its columns, the last one without a
 * name. type NULL: text-single. */
struct command_column {
    const char *name, *type;
};
void command_columns(struct xml *form, const struct command_column *columns);
/* Adds a row, and a column's value to a row (copied; absent: none). */
struct xml *command_add_row(struct xml *form);
struct xml *command_add_cell(struct xml *row, const char *column,
                             struct str value);
/* Adds one more value (copied) to a field. */
void command_add_value(struct xml *field, struct str value);
/* How many rows the form asks for with max_items: COMMAND_MOST at most, and
 * when it does not say. */
#define COMMAND_MOST 200u
unsigned command_most(const struct xml *form);
/* Whether a field of type boolean is true. */
bool command_is_true(const struct xml *form, const char *name);
/* The department that a text names: by path, by a name that it has alone, by the
 * address that people see, or by '#' and its number. NULL: there is none, or it is
 * named by a path that the asker may not read. */
const struct directory_department *
command_find_department(const struct iq_request *request, struct str text);
/* The same for a field of the form. NULL: the request is answered: there is
 * none that the asker administers. */
const struct directory_department *
command_department(struct iq_request *request, const struct xml *form,
                   const char *name);
/* What the asker reads of where a department is: its path, or its address where one
 * above it is none of his business (property visible-to). */
struct str command_place(const struct iq_request *request,
                         const struct directory_department *department);
/* The same of one that a path of the database names; absent: it is not known yet. */
struct str command_place_of(const struct iq_request *request, struct str path);
/* The same of the one above; absent as well when he may not know of it. */
struct str command_parent_of(const struct iq_request *request,
                             struct str parent_path);
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

/* An element that asks authd for this deed to an account. */
struct xml *command_deed(struct iq_request *request, const char *deed,
                         const struct jid *whom);
/* Asks authd; the request is answered when it has. */
void command_ask_authd(struct iq_request *request, const struct xml *element);
/* The rows of a user have been looked for, and request->number counts them: false
 * after an answer when there are none, or they could not be read (ok is false). */
MUST_CHECK bool command_has_found(struct iq_request *request, bool ok);
/* A kept request has changed the directory: it is done when sm knows it, so
 * that the next command of the asker finds it. */
void command_changed(struct iq_request *request);
/* Done-callback for writes that change it: ctx is a kept request. */
void command_written(void *ctx, bool ok);

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
/* For the table: command_account.c, command_list.c, command_say.c,
 * command_user.c, command_department.c, command_member.c, command_property.c,
 * command_message.c. */
command_run add_user, change_users, change_password, end_sessions;
command_run count_accounts, list_accounts, count_sessions, list_sessions,
    tell_statistics;
command_run announce, set_notice, edit_notice, delete_notice;
command_run list_users, show_user, change_user, show_sessions;
command_run list_departments, add_department, change_department,
    delete_department;
command_run list_members, add_member, remove_member;
command_run list_properties, set_property, unset_property;
command_run send_message;
void fill_departments(struct iq_request *request, const struct command *command,
                      struct xml *field);
void fill_groups(struct iq_request *request, const struct command *command,
                 struct xml *field);
void fill_most(struct iq_request *request, const struct command *command,
               struct xml *field);
void fill_notice(struct iq_request *request, const struct command *command,
                 struct xml *field);

void fill_states(struct iq_request *request, const struct command *command,
                 struct xml *field);
void fill_message_types(struct iq_request *request,
                        const struct command *command, struct xml *field);

#endif

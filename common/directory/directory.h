/* The directory of the people: departments as a tree, who is in which, and the
 * properties of accounts, departments and the server. Built once from rows,
 * then only read; a change makes a new one. About 200 bytes a person.
 *
 * Two rules of who sees whom are decided here and nowhere else: who has whom in
 * his roster (directory_shows), and who may learn that somebody exists
 * (directory_may_know). What people may do is in permission.h.
 *
 * Properties of a department hold for those below it until one of them has the
 * same property. These have a meaning here:
 *   roster       none, department, chain (the department and those above it),
 *                subtree (it and those below) or branch (both): whose people
 * its members have in their rosters roster-also  further departments of the
 * roster, separated by commas visible-to   everyone, nobody, self (the
 * department that has the property and those below), or departments separated
 * by commas (with those below): who may know its people. Those of the same
 *                department always do. */
#ifndef POSTHOUSE_DIRECTORY_H
#define POSTHOUSE_DIRECTORY_H

#include "common/mem/hash.h"

#include "../config/config.h"
#include "../jid/jid.h"

struct directory_department;

struct directory_property {
    struct directory_property *next;
    struct str name, value;
};

/* One person in one department. */
struct directory_membership {
    struct directory_person *person;
    struct directory_department *department;
    struct directory_membership *next_of_person; /* the main one first */
    struct directory_membership *next_of_department;
    bool is_admin; /* of the department and all below it */
    bool is_main;
};

/* An account that is in a department or has properties. */
struct directory_person {
    struct str jid; /* bare */
    struct str domain;
    struct str name; /* real name; may be empty */
    struct directory_membership *memberships;
    struct directory_property *properties;
    UT_hash_handle hh;
};

/* Departments of a domain may have the same name below different parents. */
struct directory_department {
    struct str key; /* "domain/path" */
    struct str domain;
    struct str path; /* names from the top, joined by '/' */
    struct str name;
    struct str address; /* the path for people: without those above it whom not
                           everybody may know who may know it; unique */
    struct str label;   /* what people see: the name, or `address` where several
                           have that name */
    int64_t id;
    struct str parent_path;
    struct directory_department *parent; /* NULL at the top */
    int64_t rank;
    unsigned depth; /* 0 at the top */
    struct directory_membership *members;
    size_t member_count;
    struct directory_property *properties;
    struct directory_department **shown; /* whose people its members have */
    size_t shown_count;
    struct directory_department **watchers; /* the same the other way round */
    size_t watcher_count;
    bool is_open;                          /* everyone may know its people */
    struct directory_department **openers; /* else those in and below these */
    size_t opener_count;
    uint64_t content; /* hash of name, people, and what they are shown */
    UT_hash_handle hh;
};

/* A name that departments have. */
struct directory_name {
    struct str key; /* "domain/name" */
    struct directory_department *oldest; /* of the smallest id */
    unsigned count;
    UT_hash_handle hh;
};

struct directory {
    struct arena arena;
    struct directory_department *departments; /* hash by key, in order of path */
    struct directory_name *names;             /* hash by key */
    struct directory_person *people;          /* hash by bare JID */
    struct directory_property *properties;    /* of the server */
    struct directory_property *admins;        /* names are bare JIDs */
};

/* --- making one ----------------------------------------------------------- */

/* A row as the statement directory_load of each program gives it, in its order;
 * the directory copies it. What the columns hold depends on the kind:
 *   department           domain, path, path of the parent, rank, "ID NAME" (or
 *                        empty: the name is the path)
 *   department-property  domain, path of the department, name, value
 *   account-property     domain, username, name, value
 *   server-property      (empty), (empty), name, value
 *   admin                (empty), bare JID
 *   member               domain, username, path, realname, "admin main"
 */
struct directory_row {
    struct str kind;
    struct str domain, name, key, value, flags;
};
/* An empty directory; add rows, then read it. The caller frees it. */
struct directory *directory_new(void);
/* NULL is allowed. */
void directory_free(struct directory *directory);
/* Adds a row; one that makes no sense (a member of no department) is left out.
 */
void directory_add(struct directory *directory,
                   const struct directory_row *row);
/* All rows are there: works out who sees whom. config has the defaults. */
void directory_finish(struct directory *directory, const struct config *config);

/* --- asking (directory may be NULL: then it is empty) --------------------- */

/* NULL when there is none. */
const struct directory_person *directory_find(const struct directory *directory,
                                              struct str bare_jid);
/* The department of this path; else the only one of this name; else the one of this
 * address. NULL when there is none, or are several. */
const struct directory_department *
directory_department(const struct directory *directory, struct str domain,
                     struct str place);
/* The one of this path; NULL when there is none. */
const struct directory_department *
directory_department_at(const struct directory *directory, struct str domain,
                        struct str path);
/* Whether the department's name is its own, or it had the name first: then an
 * address can be made of the name, and stays when others are made. */
bool directory_owns_name(const struct directory *directory,
                         const struct directory_department *department);
/* An administrator of the suite by table admin (not by the configuration). */
bool directory_is_admin(const struct directory *directory, struct str bare_jid);
/* Whether `department` is `above` or lies below it. */
bool directory_is_below(const struct directory_department *department,
                        const struct directory_department *above);
/* Whether the person is in this department or one below it. */
bool directory_is_in(const struct directory_person *person,
                     const struct directory_department *department);
/* Whether the person administers the department, or one above it. */
bool directory_administers(const struct directory_person *person,
                           const struct directory_department *department);
/* Whether two people are in departments of which one is or is above the other.
 */
bool directory_are_close(const struct directory_person *one,
                         const struct directory_person *other);
/* The value of a property: absent when nobody on the way up has it. */
struct str directory_inherited(const struct directory_department *department,
                               const char *name,
                               const struct directory_department **source);
/* How long something of this account is kept, by a property that is a number of
 * days: the account's own, else the longest of its departments and of those above
 * them, else the server's; 0, for ever, is the longest. -1 when none says. The SQL
 * function archive_days says the same. */
int64_t directory_days(const struct directory *directory, struct str bare_jid,
                       const char *name);
/* The value of one property in a list; absent when it is not there. */
struct str directory_property_of(const struct directory_property *properties,
                                 const char *name);

/* Whether `viewer` has `person` in his roster. Both may be NULL: then not. */
bool directory_shows(const struct directory_person *viewer,
                     const struct directory_person *person);
/* Whether the membership is one that puts its person into the viewer's roster:
 * its department is a group there. */
bool directory_shows_membership(const struct directory_person *viewer,
                                const struct directory_membership *membership);
/* Whether `viewer` (NULL: in no department) may know of `person` (NULL: in no
 * department, which everybody may know). */
bool directory_may_know(const struct directory_person *viewer,
                        const struct directory_person *person);

/* Whether `viewer` (NULL: in no department) may know of a department: of its
 * people, as far as they are in it. */
bool directory_may_know_department(
    const struct directory_person *viewer,
    const struct directory_department *department);

/* The same for the people of two departments. */
bool directory_department_may_know(
    const struct directory_department *viewer,
    const struct directory_department *department);

typedef void directory_visit(void *ctx, const struct directory_person *person);
/* Each person in the viewer's roster, once; and each who has him in his. */
void directory_each_contact(const struct directory_person *viewer,
                            directory_visit *visit, void *ctx);
/* Each person who has `person` in his roster, once. */
void directory_each_watcher(const struct directory_person *person,
                            directory_visit *visit, void *ctx);
/* Two numbers that stay the same in a new directory when the person's contacts,
 * or those who have him, stay the same. 0 for NULL. */
uint64_t directory_contacts_hash(const struct directory_person *person);
/* The same of those who have him. */
uint64_t directory_watchers_hash(const struct directory_person *person);
/* The same for who may know the person. */
uint64_t directory_visibility_hash(const struct directory_person *person);

#endif

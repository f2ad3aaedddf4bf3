/* What `posthousectl ldap import` reads of another directory, before it is
 * written: people (ldap.c), and groups as a tree (ldap_groups.c). */
#ifndef POSTHOUSE_CTL_LDAP_IMPORT_H
#define POSTHOUSE_CTL_LDAP_IMPORT_H

#include "common/mem/hash.h"

#include "common/ldap/ldap.h"
#include "ctl.h"

#define END_OF_COLUMN '\x1f'
#define END_OF_ROW    '\x1e'

/* A person by his distinguished name, in small letters. */
struct person {
    struct str dn, username;
    UT_hash_handle hh, hh_name;
};

/* A group; what it says of its members is read when all groups are known. */
struct group {
    struct str dn, name, path;
    struct str *members;
    size_t member_count;
    struct group *above; /* NULL: it is at the top */
    UT_hash_handle hh;   /* by its DN in small letters */
};

struct ldap_import {
    struct ctl *ctl;
    struct str domain;
    struct person *by_dn, *by_name;
    struct group *all_groups;
    struct buf people, groups, members; /* rows of the statements */
    unsigned long count, skipped;
};

/* Small letters of US-ASCII, in the arena: names are compared so. */
struct str ldap_lower(struct arena *arena, struct str text);
/* Adds a column of a row; control characters, which would end it, are spaces.
 */
void ldap_add_column(struct buf *rows, struct str text, char end);
/* The first value of an attribute; empty without one in UTF-8. */
struct str ldap_first_of(const struct str *values);

/* Takes a group (a visitor of ldap_source_search): its name and its members. */
void ldap_take_group(void *ctx, const struct ldap_entry *entry);
/* All people and groups are read: adds the rows of groups, those above before
 * those below, and of their members. */
void ldap_add_groups(struct ldap_import *import);

#endif

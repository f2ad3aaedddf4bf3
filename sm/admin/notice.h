/* What the server says to whoever logs in: the message of the day, to everybody
 * once, and the welcome, once to accounts that are newer than it is. They are
 * in memory; whether a user has seen them is asked of the database only when
 * there is one that he may not have seen since he is here. */
#ifndef POSTHOUSE_SM_NOTICE_H
#define POSTHOUSE_SM_NOTICE_H

#include "sm/session/session.h"

struct store_row;

#define NOTICE_MOTD    "motd"
#define NOTICE_WELCOME "welcome"

/* One of a domain; a new text has a new number, an edited one keeps it. */
struct notice {
    struct notice *next;
    struct str domain, kind, text; /* behind the struct */
    int64_t number;
};

/* NULL: there is none. */
const struct notice *notice_find(const struct sm *sm, struct str domain,
                                 struct str kind);
/* A row of the table (domain, kind, number, text); NULL: that was all, and it
 * takes the place of what was known, unless the database refused. For
 * store_notices_load. */
void notices_take(struct sm *sm, const struct store_row *row, bool ok);
/* Frees all of them. */
void notices_clear(struct sm *sm);

/* A session has become available: tells the account what it has not seen. */
void notice_greet(struct session *session);
/* A message of the server's to a user, without `to`. waits: for those who are
 * away; else it is for those who are there alone. */
struct xml *notice_message(struct arena *arena, struct str domain,
                           struct str text, bool waits);

#endif

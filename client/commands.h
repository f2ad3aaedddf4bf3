/* The verbs, each a function; commands.c has their table. The last word of a
 * verb that takes text is the rest of the line as it was typed. */
#ifndef POSTHOUSE_CLIENT_COMMANDS_H
#define POSTHOUSE_CLIENT_COMMANDS_H

#include "phchat.h"

typedef void command(struct app *app, char **words, int count);

/* talk.c: what is said. JID TEXT; JID; JID,JID TEXT; GROUP TEXT */
command talk_send, talk_to, talk_all, talk_group;
/* history.c: JID */
command history_show;
/* friends.c: none; JID [GROUP]; JID … */
command friends_list, friends_add, friends_accept, friends_remove;
command friends_block, friends_unblock;
/* rooms.c: ROOM [NICK]; none */
command room_join, room_leave;
/* own.c: one's own password and presence. NEW; none … */
command own_password, own_away, own_busy, own_back;

#endif

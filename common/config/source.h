/* The text of a configuration file, made ready for libConfuse. */
#ifndef POSTHOUSE_CONFIG_SOURCE_H
#define POSTHOUSE_CONFIG_SOURCE_H

#include "../mem/mem.h"

/* Reads the file and ends it with a zero byte. False with the reason. */
MUST_CHECK bool source_read(struct buf *text, const char *path,
                            struct error *error);
/* Overwrites comments with blanks, as libConfuse 3.3 counts the lines behind
 * them wrong, and refuses what it takes without a word: a brace or a comment
 * that is not closed. `where` names the text in the error. */
MUST_CHECK bool source_prepare(char *text, const char *where,
                               struct error *error);

#endif

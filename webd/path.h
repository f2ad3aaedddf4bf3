/* Paths of URLs (RFC 3986). A path is decoded once, and what comes out is a
 * name that is compared, never a path of the file system. */
#ifndef POSTHOUSE_WEBD_PATH_H
#define POSTHOUSE_WEBD_PATH_H

#include "common/mem/mem.h"

/* Everything but unreserved characters becomes %XX. In the arena. */
struct str path_encode(struct arena *arena, struct str text);
/* Decodes one segment. STR_NONE when it is none: an incomplete or wrong %XX, a
 * slash or backslash in either form, a control character, no UTF-8. In the
 * arena. */
struct str path_decode(struct arena *arena, struct str segment);
/* Reads "ID/NAME", what follows the prefix of an uploaded file's path; the id
 * as it was sent, the name decoded. False when it is not of this form. */
MUST_CHECK bool path_read_upload(struct arena *arena, struct str rest,
                                 struct str *id, struct str *name);

#endif

#include "secret.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define MAX_SECRET_BYTES 1024

static struct str first_line(struct arena *arena, const char *path,
                             struct error *error)
{
    char line[MAX_SECRET_BYTES + 2] = "";
    FILE *file = fopen(path, "re");
    bool is_read;

    if (!file) {
        (void)error_set(error, "%s: %s", path, strerror(errno));
        return STR_NONE;
    }
    is_read = fgets(line, sizeof(line), file) != NULL;
    (void)fclose(file);
    line[strcspn(line, "\r\n")] = '\0';
    if (is_read && line[0] && strlen(line) <= MAX_SECRET_BYTES)
        return arena_dup(arena, str_of(line));
    (void)error_set(error, "%s: expected a line of 1 to %d bytes", path,
                    MAX_SECRET_BYTES);
    return STR_NONE;
}

struct str config_secret(struct arena *arena, struct str path,
                         struct str secret, struct error *error)
{
    if (path.len)
        return first_line(arena, arena_dup(arena, path).p, error);
    if (secret.len)
        return arena_dup(arena, secret);
    (void)error_set(error, "no secret");
    return STR_NONE;
}

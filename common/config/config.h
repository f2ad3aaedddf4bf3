/* posthouse.conf: one file for the suite, a section per daemon, a default for
 * everything (read by libConfuse). Every option is one row of the table in
 * options.c: name, type, default, unit, range, and its sentence of
 * documentation. */
#ifndef POSTHOUSE_CONFIG_H
#define POSTHOUSE_CONFIG_H

#include "../mem/mem.h"

struct config;

/* Reads the file (NULL: defaults alone) and then the overrides, each
 * "section.key=value" as given by --set. NULL on error, with file, line and what
 * was expected. */
struct config *config_load(const char *path, const char *const *overrides,
                           size_t override_count, struct error *error);
/* The same from text in memory, for tests and fuzzing. */
struct config *config_parse(const char *text, struct error *error);
/* NULL is allowed. Slices of its values end with it. */
void config_free(struct config *config);
/* Appends "section.key=value" to `out` as a line of posthouse.conf. False when
 * it names no known option. */
MUST_CHECK bool config_override_line(struct buf *out, const char *text,
                                     struct error *error);

/* Values by "section.key"; an unknown name is our own mistake (abort). Slices
 * are borrowed from the config. */
int64_t config_int(const struct config *config, const char *name);
/* An option that is on or off. */
bool config_bool(const struct config *config, const char *name);
/* A text; empty when it is not set. */
struct str config_str(const struct config *config, const char *name);
/* How many items a list has. */
size_t config_list_count(const struct config *config, const char *name);
/* An item; index is below config_list_count. */
struct str config_list_item(const struct config *config, const char *name,
                            size_t index);
/* Whether the list has an item of exactly this text. */
bool config_list_has(const struct config *config, const char *name,
                     struct str item);
/* Titled values, such as component.NAME.secret: one section per title. */
size_t config_titles_count(const struct config *config, const char *section);
/* The title of a section; index is below config_titles_count. */
struct str config_title(const struct config *config, const char *section,
                        size_t index);
/* A text of that section; empty when it is not set. */
struct str config_titled_str(const struct config *config, const char *section,
                             size_t index, const char *key);

/* Prints docs/configuration.md's table of all options. */
void config_write_documentation(struct buf *out);

#endif

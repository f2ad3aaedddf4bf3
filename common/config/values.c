/* What was read, by name. */
#include <stdio.h>
#include <stdlib.h>
#include "common/mem/hash.h"

#include "internal.h"
#include "options.h"

/* Daemons ask for options at every stanza; libConfuse would compare names one
 * by one. */
struct named_option {
    cfg_opt_t *option;
    UT_hash_handle hh;
    char name[]; /* "section.key" */
};

static cfg_opt_t *find_in_file(const struct config *config,
                               const struct option_row *row)
{
    cfg_t *section =
        row->section[0] ? cfg_getsec(config->root, row->section) : config->root;

    return section ? cfg_getopt(section, row->key) : NULL;
}

static void add(struct config *config, const struct option_row *row)
{
    const char *dot = row->section[0] ? "." : "";
    size_t length = strlen(row->section) + strlen(dot) + strlen(row->key);
    cfg_opt_t *option = find_in_file(config, row);
    struct named_option *named;

    if (!option)
        return; /* of a section that may stand several times */
    named = mem_zalloc(sizeof(*named) + length + 1);
    named->option = option;
    (void)snprintf(named->name, length + 1, "%s%s%s", row->section, dot,
                   row->key);
    HASH_ADD_KEYPTR(hh, config->index, named->name, length, named);
}

void index_make(struct config *config)
{
    for (size_t i = 0; i < option_row_count; i++)
        add(config, &option_rows[i]);
}

void index_clear(struct config *config)
{
    struct named_option *named, *next;

    HASH_ITER(hh, config->index, named, next)
    {
        HASH_DEL(config->index, named);
        free(named);
    }
}

/* An unknown option is our own mistake. */
static cfg_opt_t *option(const struct config *config, const char *name)
{
    struct named_option *named;

    HASH_FIND(hh, config->index, name, strlen(name), named);
    if (!named)
        abort();
    return named->option;
}

int64_t config_int(const struct config *config, const char *name)
{
    return cfg_opt_getnint(option(config, name), 0);
}

bool config_bool(const struct config *config, const char *name)
{
    return cfg_opt_getnbool(option(config, name), 0) == cfg_true;
}

struct str config_str(const struct config *config, const char *name)
{
    return str_of(cfg_opt_getnstr(option(config, name), 0));
}

size_t config_list_count(const struct config *config, const char *name)
{
    return cfg_opt_size(option(config, name));
}

struct str config_list_item(const struct config *config, const char *name,
                            size_t index)
{
    return str_of(cfg_opt_getnstr(option(config, name), (unsigned)index));
}

bool config_list_has(const struct config *config, const char *name,
                     struct str item)
{
    cfg_opt_t *list = option(config, name);

    for (unsigned i = 0; i < cfg_opt_size(list); i++)
        if (str_is(item, cfg_opt_getnstr(list, i)))
            return true;
    return false;
}

size_t config_titles_count(const struct config *config, const char *section)
{
    return cfg_size(config->root, section);
}

struct str config_title(const struct config *config, const char *section,
                        size_t index)
{
    return str_of(
        cfg_title(cfg_getnsec(config->root, section, (unsigned)index)));
}

struct str config_titled_str(const struct config *config, const char *section,
                             size_t index, const char *key)
{
    return str_of(
        cfg_getstr(cfg_getnsec(config->root, section, (unsigned)index), key));
}

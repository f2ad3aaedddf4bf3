#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"
#include "options.h"
#include "source.h"

/* Sections with a title may stand several times: component "name" { … }. */
static bool is_titled(const char *section)
{
    return strcmp(section, "component") == 0 ||
           strcmp(section, "certificate") == 0;
}

/* libConfuse's error function has no argument of ours; the parser's handle
 * leads back to the config through this. Loading is not reentrant. */
static struct config *loading;

__attribute__((format(printf, 2, 0))) static void
on_error(cfg_t *cfg, const char *format, va_list args)
{
    char text[400];

    if (!loading || loading->error.text[0])
        return; /* the first tells the most */
    (void)vsnprintf(text, sizeof(text), format, args);
    (void)error_set(&loading->error, "%s:%d: %s", loading->where,
                    cfg ? cfg->line : 0, text);
}

static cfg_opt_t option_of(const struct option_row *row)
{
    bool is_fallback_true = strcmp(row->fallback, "true") == 0;

    switch (row->type) {
    case OPTION_INT:
        return (cfg_opt_t)CFG_INT(row->key, strtol(row->fallback, NULL, 10),
                                  CFGF_NONE);
    case OPTION_BOOL:
        return (cfg_opt_t)CFG_BOOL(
            row->key, is_fallback_true ? cfg_true : cfg_false, CFGF_NONE);
    case OPTION_LIST:
        /* libConfuse copies the text and never writes to it. */
        return (cfg_opt_t)CFG_STR_LIST(
            row->key, (char *)(uintptr_t)row->fallback, CFGF_NONE);
    default:
        return (cfg_opt_t)CFG_STR(row->key, row->fallback, CFGF_NONE);
    }
}

static const struct option_row *find_row(const char *section, const char *key)
{
    for (size_t i = 0; i < option_row_count; i++)
        if (strcmp(option_rows[i].section, section) == 0 &&
            strcmp(option_rows[i].key, key) == 0)
            return &option_rows[i];
    return NULL;
}

/* The row of an option that is being read; NULL for a section. */
static const struct option_row *row_of(cfg_t *cfg, const cfg_opt_t *option)
{
    const char *section =
        cfg->name && strcmp(cfg->name, "root") != 0 ? cfg->name : "";

    return find_row(section, option->name);
}

static int check_int(cfg_t *cfg, cfg_opt_t *option)
{
    const struct option_row *row = row_of(cfg, option);
    long value = cfg_opt_getnint(option, cfg_opt_size(option) - 1);

    if (row && value >= row->min && value <= row->max)
        return 0;
    cfg_error(cfg, "%s: expected a number from %lld to %lld, got %ld",
              option->name, row ? (long long)row->min : 0,
              row ? (long long)row->max : 0, value);
    return -1;
}

static bool is_choice(const char *choices, const char *value)
{
    struct str rest = str_of(choices);

    while (rest.p)
        if (str_is(str_cut(&rest, '|'), value))
            return true;
    return false;
}

static int check_choice(cfg_t *cfg, cfg_opt_t *option)
{
    const struct option_row *row = row_of(cfg, option);
    const char *value = cfg_opt_getnstr(option, cfg_opt_size(option) - 1);

    if (row && is_choice(row->choices, value))
        return 0;
    cfg_error(cfg, "%s: expected %s of %s, got \"%s\"", option->name,
              row && row->type == OPTION_LIST ? "any" : "one",
              row ? row->choices : "", value);
    return -1;
}

static int check_text(cfg_t *cfg, cfg_opt_t *option)
{
    const struct option_row *row = row_of(cfg, option);
    const char *value = cfg_opt_getnstr(option, cfg_opt_size(option) - 1);

    if (row && row->check(str_of(value)))
        return 0;
    cfg_error(cfg, "%s: expected %s, got \"%s\"", option->name,
              row ? row->expected : "", value);
    return -1;
}

/* The options of one section, ended as libConfuse wants it; the array has room
 * for `extra` more. */
static cfg_opt_t *options_of(const char *section, size_t extra, size_t *count)
{
    cfg_opt_t *options =
        mem_zalloc((option_row_count + extra + 1) * sizeof(cfg_opt_t));
    size_t n = 0;

    for (size_t i = 0; i < option_row_count; i++)
        if (strcmp(option_rows[i].section, section) == 0)
            options[n++] = option_of(&option_rows[i]);
    options[n] = (cfg_opt_t)CFG_END();
    *count = n;
    return options;
}

static bool is_first_of_section(size_t row)
{
    for (size_t i = 0; i < row; i++)
        if (strcmp(option_rows[i].section, option_rows[row].section) == 0)
            return false;
    return true;
}

/* libConfuse copies what it is given, so validation is set on its copy. */
static void set_checks(struct config *config)
{
    for (size_t i = 0; i < option_row_count; i++) {
        const struct option_row *row = &option_rows[i];
        char name[96];

        (void)snprintf(name, sizeof(name), "%s%s%s", row->section,
                       row->section[0] ? "|" : "", row->key);
        if (row->type == OPTION_INT)
            (void)cfg_set_validate_func(config->root, name, check_int);
        else if (row->choices)
            (void)cfg_set_validate_func(config->root, name, check_choice);
        else if (row->check)
            (void)cfg_set_validate_func(config->root, name, check_text);
    }
}

static struct config *config_new(void)
{
    struct config *config = NEW(struct config);
    size_t count;

    config->options = options_of("", MAX_SECTIONS, &count);
    for (size_t i = 0; i < option_row_count; i++) {
        const char *section = option_rows[i].section;
        size_t inside;

        if (!section[0] || !is_first_of_section(i))
            continue;
        if (config->section_count == MAX_SECTIONS)
            abort(); /* our own table outgrew its bound */
        config->sections[config->section_count] =
            options_of(section, 0, &inside);
        config->options[count++] = (cfg_opt_t)CFG_SEC(
            section, config->sections[config->section_count],
            is_titled(section) ? CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES
                               : CFGF_NONE);
        config->section_count++;
    }
    config->options[count] = (cfg_opt_t)CFG_END();
    config->root = cfg_init(config->options, CFGF_NONE);
    if (!config->root)
        abort(); /* our own table */
    (void)cfg_set_error_function(config->root, on_error);
    set_checks(config);
    return config;
}

void config_free(struct config *config)
{
    if (!config)
        return;
    index_clear(config);
    (void)cfg_free(config->root);
    for (size_t i = 0; i < config->section_count; i++)
        free(config->sections[i]);
    free(config->options);
    free(config);
}

/* s2sd.connect.DOMAIN=PLACE adds an item to a list; other domains' stay. */
static bool is_connect(struct buf *out, struct str name, struct str value)
{
    struct str domain = name;

    if (!str_starts(name, STR("s2sd.connect.")) || !value.p)
        return false;
    (void)str_cut(&domain, '.');
    (void)str_cut(&domain, '.');
    buf_add_text(out, "s2sd { connect += {\"");
    for (size_t i = 0; i < domain.len; i++)
        if (!strchr("\"\\$", domain.p[i]))
            buf_add_char(out, domain.p[i]);
    buf_add_char(out, '=');
    for (size_t i = 0; i < value.len; i++)
        if (!strchr("\"\\$", value.p[i]))
            buf_add_char(out, value.p[i]);
    buf_add_text(out, "\"} }\n");
    return true;
}

/* It is then read and judged like any line of the file. Quotes and backslashes
 * of a text value are its own. */
bool config_override_line(struct buf *out, const char *text,
                          struct error *error)
{
    struct str value = str_of(text);
    struct str name = str_cut(&value, '=');
    struct str section = STR_NONE, title = STR_NONE, key = name;
    const char *dot = name.len ? memrchr(name.p, '.', name.len) : NULL;
    const struct option_row *row;
    char section_name[64] = "", key_name[64];

    if (is_connect(out, name, value))
        return true;
    if (dot) {
        section = (struct str){name.p, (size_t)(dot - name.p)};
        key = (struct str){dot + 1, name.len - section.len - 1};
        title = section;
        section = str_cut(&title, '.');
    }
    (void)snprintf(section_name, sizeof(section_name), "%.*s",
                   STR_ARG(section));
    (void)snprintf(key_name, sizeof(key_name), "%.*s", STR_ARG(key));
    row = find_row(section_name, key_name);
    if (!value.p || !row || (title.p != NULL) != is_titled(section_name))
        return error_set(error,
                         "--set %s: expected section.key=value of a "
                         "known option",
                         text);
    if (section.p)
        buf_add(out, section);
    if (title.p)
        buf_printf(out, " \"%.*s\"", STR_ARG(title));
    buf_printf(out, section.p ? " { %s = " : "%s = ", key_name);
    if (row->type == OPTION_STR)
        buf_add_char(out, '"');
    for (size_t i = 0; i < value.len; i++) {
        if (row->type == OPTION_STR && strchr("\"\\$", value.p[i]))
            buf_add_char(out, '\\');
        buf_add_char(out, value.p[i]);
    }
    if (row->type == OPTION_STR)
        buf_add_char(out, '"');
    buf_add_text(out, section.p ? " }\n" : "\n");
    return true;
}

/* `text` is changed: comments go. */
static bool parse_text(struct config *config, char *text, const char *where)
{
    bool is_right;

    config->error.text[0] = '\0';
    if (!source_prepare(text, where, &config->error))
        return false;
    config->where = where;
    loading = config;
    is_right = cfg_parse_buf(config->root, text) == CFG_SUCCESS;
    loading = NULL;
    if (!is_right && !config->error.text[0]) /* refused without a word */
        (void)error_set(&config->error, "%s:%d: expected option = value", where,
                        config->root->line);
    return is_right;
}

static bool parse_file(struct config *config, const char *path)
{
    struct buf text = {0};
    bool is_right = source_read(&text, path, &config->error) &&
                    parse_text(config, text.data + text.start, path);

    buf_clear(&text);
    return is_right;
}

static bool apply_override(struct config *config, const char *text)
{
    struct buf line = {0};
    bool is_right = config_override_line(&line, text, &config->error);

    if (is_right) {
        buf_add_char(&line, '\0');
        is_right = parse_text(config, line.data + line.start, "configuration");
        if (!is_right) {
            struct error inner = config->error;
            const char *reason = strstr(inner.text, ": "); /* behind a line */

            (void)error_set(&config->error, "--set %.100s: %.300s", text,
                            reason ? reason + 2 : inner.text);
        }
    }
    buf_clear(&line);
    return is_right;
}

/* What no single line shows. From here on options are found by their names. */
static bool check_whole(struct config *config, const char *where)
{
    index_make(config);
    return config_list_count(config, "domains") > 0 ||
           error_set(&config->error,
                     "%s: domains: expected at least one domain", where);
}

struct config *config_load(const char *path, const char *const *overrides,
                           size_t override_count, struct error *error)
{
    struct config *config = config_new();
    bool is_right = !path || parse_file(config, path);

    for (size_t i = 0; is_right && i < override_count; i++)
        is_right = apply_override(config, overrides[i]);
    if (is_right && check_whole(config, path ? path : "configuration"))
        return config;
    (void)error_set(error, "%s", config->error.text);
    config_free(config);
    return NULL;
}

struct config *config_parse(const char *text, struct error *error)
{
    struct config *config = config_new();
    char *copy = str_dup_heap(str_of(text));
    bool is_right = parse_text(config, copy, "configuration");

    free(copy);
    if (is_right && check_whole(config, "configuration"))
        return config;
    (void)error_set(error, "%s", config->error.text);
    config_free(config);
    return NULL;
}

#include "text.h"

#include <stdlib.h>
#include <string.h>

/* Of the process, as the log's level is: set before anything is served. */
static enum language fallback = LANGUAGE_EN;

static const char *const tags[LANGUAGE_COUNT] = {
    [LANGUAGE_EN] = "en",
    [LANGUAGE_ZH] = "zh",
};

void text_set_default(enum language language)
{
    fallback = language;
}

enum language text_default(void)
{
    return fallback;
}

/* Whether the first subtag is this one. */
static bool is_of(struct str tag, const char *language)
{
    size_t len = strlen(language);

    if (tag.len < len || strncasecmp(tag.p, language, len) != 0)
        return false;
    return tag.len == len || strchr("-_.@", tag.p[len]) != NULL;
}

static enum language find(struct str tag)
{
    enum language language = LANGUAGE_EN;

    while (language < LANGUAGE_COUNT && !is_of(tag, tags[language]))
        language++;
    return language;
}

bool text_knows(struct str tag)
{
    return find(tag) != LANGUAGE_COUNT;
}

enum language text_language(struct str tag)
{
    enum language language = find(tag);

    return language == LANGUAGE_COUNT ? fallback : language;
}

struct str text_tag(enum language language)
{
    return str_of(tags[language]);
}

/* The first of a list of languages ("zh_CN:en") that we have. */
static enum language first_known(struct str list)
{
    while (list.len) {
        enum language language = find(str_cut(&list, ':'));

        if (language != LANGUAGE_COUNT)
            return language;
    }
    return LANGUAGE_COUNT;
}

enum language text_language_of_environment(void)
{
    static const char *const names[] = {"LC_ALL", "LC_MESSAGES", "LANG"};
    const char *list = getenv("LANGUAGE");
    enum language language = list ? first_known(str_of(list)) : LANGUAGE_COUNT;

    if (language != LANGUAGE_COUNT)
        return language;
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        const char *value = getenv(names[i]);

        if (!value || !*value)
            continue;
        language = find(str_of(value));
        return language == LANGUAGE_COUNT ? LANGUAGE_EN : language;
    }
    return LANGUAGE_EN;
}

static int compare(const void *english, const void *pair)
{
    return strcmp(english, ((const struct text_pair *)pair)->english);
}

const char *text_in(enum language language, const char *english)
{
    const struct {
        const struct text_pair *pairs;
        size_t count;
    } catalogues[] = {
        {text_zh_refusals, text_zh_refusal_count},
        {text_zh_forms, text_zh_form_count},
        {text_zh_http, text_zh_http_count},
        {text_zh_phchat, text_zh_phchat_count},
        {text_zh_ctl, text_zh_ctl_count},
    };

    for (size_t i = 0; language == LANGUAGE_ZH && i < COUNT_OF(catalogues);
         i++) {
        const struct text_pair *pair =
            bsearch(english, catalogues[i].pairs, catalogues[i].count,
                    sizeof(*pair), compare);

        if (pair)
            return pair->translation;
    }
    return english;
}

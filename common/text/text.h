/* Texts for people in their language. A text is known by its English wording,
 * which stands where the text is needed; catalogues (zh_*.c) hold what it is in
 * another language. A language is a number, a look-up is made only when an
 * error, a form or a letter is: a message on its way costs nothing.
 *
 * tests/integration/test_texts.py compares the catalogues with the sources. */
#ifndef POSTHOUSE_TEXT_H
#define POSTHOUSE_TEXT_H

#include "../mem/mem.h"

/* Simplified Chinese stands for every kind of Chinese. */
enum language { LANGUAGE_EN, LANGUAGE_ZH, LANGUAGE_COUNT };

/* The language of whoever names none that we have texts in: option
 * default-language, set once at start; English before that. */
void text_set_default(enum language language);
enum language text_default(void);

/* The language of a tag (BCP 47: "zh-Hans-CN", "en"; also of a locale:
 * "zh_CN.UTF-8"); the default one when the tag is absent or of another
 * language. */
enum language text_language(struct str tag);
/* Whether the tag is one of a language that we have texts in. */
bool text_knows(struct str tag);
/* The tag of a language, for xml:lang: "en", "zh". */
struct str text_tag(enum language language);
/* The language that the environment names for messages (LANGUAGE, else LC_ALL,
 * LC_MESSAGES, LANG): what a locale is called counts, not whether the system
 * has it, so that it works without generated locales. English when they name no
 * other. */
enum language text_language_of_environment(void);

/* The text in a language; `english` itself when the language has none for it.
 * Never freed. With the same placeholders in the same order. */
const char *text_in(enum language language, const char *english)
    __attribute__((format_arg(2)));

/* --- catalogues ----------------------------------------------------------- */

struct text_pair {
    const char *english, *translation;
};
/* Each in the order of strcmp of its English texts. */
extern const struct text_pair text_zh_refusals[], text_zh_forms[],
    text_zh_http[], text_zh_phchat[], text_zh_ctl[];
extern const size_t text_zh_refusal_count, text_zh_form_count,
    text_zh_http_count, text_zh_phchat_count, text_zh_ctl_count;

#endif

/* The rules themselves. */
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "sm/transfer/transfer.h"

/* What a pattern is compared with; file systems allow no longer names. */
#define MAX_NAME 255u

enum direction {
    DIRECTION_ANY, /* from person to person */
    DIRECTION_LOCAL,
    DIRECTION_OUT,
    DIRECTION_IN,
    DIRECTION_PROXY,
    DIRECTION_UPLOAD
};

static const char *const directions[] = {"any", "local", "out",
                                         "in",  "proxy", "upload"};
static const char *const actions[] = {"allow", "refuse", "log"};

struct rule {
    struct rule *next;
    struct str id, domain, reason;
    enum transfer_action action;
    enum direction direction;
    bool has_size;
    uint64_t larger_than;
    const char *name_pattern; /* NULL: any */
    const char *mime_pattern;
    struct str members; /* separators at both ends; absent: everybody */
};

struct transfer_rules {
    struct arena arena;
    struct rule *rules;
};

struct transfer_rules *transfer_rules_new(void)
{
    return NEW(struct transfer_rules);
}

void transfer_rules_free(struct transfer_rules *rules)
{
    if (!rules)
        return;
    arena_clear(&rules->arena);
    free(rules);
}

static bool find_word(const char *const *words, size_t count, struct str word,
                      unsigned *index)
{
    for (unsigned i = 0; i < count; i++) {
        if (str_is(word, words[i])) {
            *index = i;
            return true;
        }
    }
    return false;
}

bool transfer_rules_add(struct transfer_rules *rules,
                        const struct transfer_row *row)
{
    struct arena *arena = &rules->arena;
    struct rule *rule = arena_alloc(arena, sizeof(*rule));
    unsigned action, direction;

    if (!find_word(actions, COUNT_OF(actions), row->action, &action) ||
        !find_word(directions, COUNT_OF(directions), row->direction,
                   &direction) ||
        (row->larger_than.p &&
         !str_to_u64(row->larger_than, &rule->larger_than)))
        return false;
    rule->action = (enum transfer_action)action;
    rule->direction = (enum direction)direction;
    rule->id = arena_dup(arena, row->id);
    rule->domain = arena_dup(arena, row->domain);
    rule->reason = arena_dup(arena, row->reason);
    rule->has_size = row->larger_than.p != NULL;
    rule->name_pattern = arena_dup(arena, row->name_pattern).p;
    rule->mime_pattern = arena_dup(arena, row->mime_pattern).p;
    if (row->members.p)
        rule->members = arena_printf(arena, "%c%.*s%c", TRANSFER_SEPARATOR,
                                     STR_ARG(row->members), TRANSFER_SEPARATOR);
    LL_APPEND(rules->rules, rule);
    return true;
}

/* --- does a rule match? --------------------------------------------------- */

static bool is_member(const struct rule *rule, struct str user)
{
    struct arena arena = {0};
    struct str word = arena_printf(&arena, "%c%.*s%c", TRANSFER_SEPARATOR,
                                   STR_ARG(user), TRANSFER_SEPARATOR);
    bool found =
        memmem(rule->members.p, rule->members.len, word.p, word.len) != NULL;

    arena_clear(&arena);
    return found;
}

static enum direction direction_of(const struct transfer_parties *parties)
{
    if (parties->is_proxy)
        return DIRECTION_PROXY;
    if (parties->from_is_local)
        return parties->to_is_local ? DIRECTION_LOCAL : DIRECTION_OUT;
    return DIRECTION_IN;
}

/* What is uploaded may go to anybody. */
static bool has_direction(const struct rule *rule,
                          const struct transfer_parties *parties)
{
    if (parties->is_upload)
        return rule->direction != DIRECTION_PROXY &&
               rule->direction != DIRECTION_IN;
    return rule->direction == direction_of(parties) ||
           (rule->direction == DIRECTION_ANY && !parties->is_proxy);
}

/* The rule's domain and department are those of the one who is ours; between
 * two of ours, of the sender. */
static bool matches_parties(const struct rule *rule,
                            const struct transfer_parties *parties)
{
    const struct jid *ours =
        parties->from_is_local ? parties->from : parties->to;

    return str_eq(rule->domain, ours->domain) && has_direction(rule, parties) &&
           (!rule->members.p || is_member(rule, ours->local));
}

/* A pattern does not match what is not told, except "*". */
static bool matches_text(const char *pattern, struct str text)
{
    char copy[MAX_NAME + 1];
    size_t length = text.len < MAX_NAME ? text.len : MAX_NAME;

    /* The end of a long name tells its kind. */
    if (length > 0)
        memcpy(copy, text.p + text.len - length, length);
    copy[length] = '\0';
    return fnmatch(pattern, copy, FNM_CASEFOLD | FNM_NOESCAPE) == 0;
}

/* Some systems drop dots and spaces at a name's end: "x.exe. " is "x.exe". */
static bool matches_name(const char *pattern, struct str name)
{
    struct str bare = name;

    while (bare.len > 0 && strchr(". ", bare.p[bare.len - 1]))
        bare.len--;
    return !pattern || matches_text(pattern, name) ||
           matches_text(pattern, bare);
}

/* "text/html; charset=utf-8" is text/html (RFC 2045 §5.1). */
static bool matches_mime(const char *pattern, struct str mime)
{
    struct str rest = mime, type = str_trim(str_cut(&rest, ';'));

    return !pattern || matches_text(pattern, mime) ||
           matches_text(pattern, type);
}

/* Who does not tell a size might send anything. */
static bool matches_size(const struct rule *rule,
                         const struct transfer_file *file)
{
    return !rule->has_size || !file->has_size || file->size > rule->larger_than;
}

struct transfer_verdict transfer_judge(const struct transfer_rules *rules,
                                       const struct transfer_parties *parties,
                                       const struct transfer_file *file)
{
    struct transfer_verdict verdict = {.action = TRANSFER_ALLOW};
    const struct rule *rule;

    for (rule = rules ? rules->rules : NULL; rule; rule = rule->next) {
        if (!matches_parties(rule, parties) || !matches_size(rule, file) ||
            !matches_name(rule->name_pattern, file->name) ||
            !matches_mime(rule->mime_pattern, file->mime))
            continue;
        verdict.rule = rule->id;
        if (rule->action == TRANSFER_LOG) {
            verdict.is_logged = true;
            continue;
        }
        verdict.action = rule->action;
        verdict.reason = rule->reason;
        break;
    }
    return verdict;
}

#include "rules.h"

#include <stdlib.h>
#include <string.h>
#include <utlist.h>

struct departments {
    struct directory_department **all;
    size_t count;
};

static void collect(struct departments *set,
                    struct directory_department *department)
{
    for (size_t i = 0; i < set->count; i++)
        if (set->all[i] == department)
            return;
    set->all = mem_realloc(set->all, (set->count + 1) * sizeof(*set->all));
    set->all[set->count++] = department;
}

static struct directory_department **
keep(struct directory *directory, struct departments *set, size_t *count)
{
    struct directory_department **kept = NULL;

    if (set->count) {
        kept = arena_alloc(&directory->arena, set->count * sizeof(*kept));
        memcpy(kept, set->all, set->count * sizeof(*kept));
    }
    *count = set->count;
    free(set->all);
    *set = (struct departments){0};
    return kept;
}

/* Calls for each department that a list of names has. */
static void collect_named(struct directory *directory, struct departments *set,
                          struct str domain, struct str names)
{
    while (names.len) {
        struct str name = str_trim(str_cut(&names, ','));
        struct directory_department *named =
            (struct directory_department *)directory_department(directory,
                                                                domain, name);

        if (named)
            collect(set, named);
    }
}

static void read_visibility(struct directory *directory,
                            struct directory_department *department,
                            struct str fallback)
{
    const struct directory_department *source = NULL;
    struct str value = directory_inherited(department, "visible-to", &source);
    struct departments set = {0};
    struct str rest;

    if (!value.p)
        value = fallback;
    rest = value;
    while (rest.len) {
        struct str word = str_trim(str_cut(&rest, ','));

        department->is_open |= str_is(word, "everyone");
        if (str_is(word, "self") && source)
            collect(&set, (struct directory_department *)source);
    }
    collect_named(directory, &set, department->domain, value);
    department->openers = keep(directory, &set, &department->opener_count);
}

static void collect_below(struct directory *directory, struct departments *set,
                          const struct directory_department *above)
{
    struct directory_department *one;

    for (one = directory->departments; one; one = one->hh.next)
        if (directory_is_below(one, above))
            collect(set, one);
}

static void read_roster(struct directory *directory,
                        struct directory_department *department,
                        struct str fallback)
{
    struct str value = directory_inherited(department, "roster", NULL);
    struct departments wanted = {0}, shown = {0};
    struct directory_department *above;

    if (!value.p)
        value = fallback;
    if (!str_is(value, "none"))
        collect(&wanted, department);
    if (str_is(value, "chain") || str_is(value, "branch"))
        for (above = department->parent; above; above = above->parent)
            collect(&wanted, above);
    if (str_is(value, "subtree") || str_is(value, "branch"))
        collect_below(directory, &wanted, department);
    collect_named(directory, &wanted, department->domain,
                  directory_inherited(department, "roster-also", NULL));
    for (size_t i = 0; i < wanted.count; i++)
        if (directory_department_may_know(department, wanted.all[i]))
            collect(&shown, wanted.all[i]);
    free(wanted.all);
    department->shown = keep(directory, &shown, &department->shown_count);
}

static void link_watchers(struct directory *directory)
{
    struct directory_department *one;

    for (one = directory->departments; one; one = one->hh.next)
        for (size_t i = 0; i < one->shown_count; i++)
            one->shown[i]->watcher_count++;
    for (one = directory->departments; one; one = one->hh.next) {
        if (one->watcher_count)
            one->watchers = arena_alloc(
                &directory->arena, one->watcher_count * sizeof(*one->watchers));
        one->watcher_count = 0;
    }
    for (one = directory->departments; one; one = one->hh.next)
        for (size_t i = 0; i < one->shown_count; i++) {
            struct directory_department *other = one->shown[i];

            other->watchers[other->watcher_count++] = one;
        }
}

/* --- hashes --------------------------------------------------------------- */

static uint64_t mix(uint64_t hash, struct str bytes)
{
    for (size_t i = 0; i < bytes.len; i++)
        hash = (hash ^ (unsigned char)bytes.p[i]) * 1099511628211u;
    return (hash ^ 0x1f) * 1099511628211u;
}

static void hash_content(struct directory_department *department)
{
    const struct directory_membership *member;
    uint64_t hash = mix(14695981039346656037u, department->key);

    hash = mix(hash, department->label);
    LL_FOREACH2(department->members, member, next_of_department)
    hash = mix(mix(hash, member->person->jid), member->person->name);
    for (size_t i = 0; i < department->shown_count; i++)
        hash = mix(hash, department->shown[i]->key);
    department->content = hash;
}

void directory_apply_rules(struct directory *directory,
                           const struct config *config)
{
    struct directory_department *one;

    for (one = directory->departments; one; one = one->hh.next)
        read_visibility(directory, one,
                        config_str(config, "directory.visible-to"));
    directory_label(directory);
    for (one = directory->departments; one; one = one->hh.next)
        read_roster(directory, one, config_str(config, "directory.roster"));
    link_watchers(directory);
    for (one = directory->departments; one; one = one->hh.next)
        hash_content(one);
}

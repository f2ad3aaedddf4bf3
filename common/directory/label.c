/* What people see of a department among several of one name. The path would
 * tell whoever may know of the department of those above it that he may not
 * know of. */
#include <utlist.h>

#include "rules.h"

/* Whether all people in and below `department` may know of `above`. */
static bool is_known_from(const struct directory_department *department,
                          const struct directory_department *above)
{
    for (size_t i = 0; i < above->opener_count; i++)
        if (directory_is_below(department, above->openers[i]))
            return true;
    return above->is_open;
}

/* Whether everybody who may know of `department` may know of `above`. */
static bool is_no_secret(const struct directory_department *department,
                         const struct directory_department *above)
{
    if (above->is_open)
        return true;
    if (department->is_open || !is_known_from(department, above))
        return false;
    for (size_t i = 0; i < department->opener_count; i++)
        if (!is_known_from(department->openers[i], above))
            return false;
    return true;
}

static void add_step(struct buf *path, struct str name)
{
    if (buf_len(path))
        buf_add_char(path, '/');
    for (size_t i = 0; i < name.len; i++) {
        if (name.p[i] == '/' || name.p[i] == '\\')
            buf_add_char(path, '\\');
        buf_add_char(path, name.p[i]);
    }
}

/* From the top; false when somebody is left out. */
static bool add_known(struct buf *path,
                      const struct directory_department *department,
                      const struct directory_department *above)
{
    bool is_whole = true;

    if (above->parent)
        is_whole = add_known(path, department, above->parent);
    if (above != department && !is_no_secret(department, above))
        return false;
    add_step(path, above->name);
    return is_whole;
}

/* Two of which different ones are left out would have one address; one with a
 * name like another's address, too. */
static void find_address(struct directory *directory,
                         struct directory_department *department)
{
    struct buf path = {0};

    if (add_known(&path, department, department))
        department->address = department->path;
    else
        department->address =
            arena_printf(&directory->arena, "%.*s (%lld)",
                         STR_ARG(buf_view(&path)), (long long)department->id);
    buf_clear(&path);
}

void directory_label(struct directory *directory)
{
    struct directory_department *one;

    for (one = directory->departments; one; one = one->hh.next) {
        find_address(directory, one);
        /* Two groups of one name in a contact list would be one. */
        one->label =
            directory_department(directory, one->domain, one->name) == one
                ? one->name
                : one->address;
    }
}

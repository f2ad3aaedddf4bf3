/* The audit journal: lines are added, and nothing else. */
#include "common/audit/audit.h"
#include "sm_statements.h"
#include "sm/store/store_internal.h"

static struct str in_hex(struct arena *arena, struct str digits)
{
    return digits.p ? arena_printf(arena, "\\x%.*s", STR_ARG(digits))
                    : STR_NONE;
}

void store_audit_add(struct store *store, const struct audit_line *line,
                     struct str line_hash, struct str origin, int64_t part,
                     store_done *done, void *ctx)
{
    struct arena *arena = &store->sm->arena;
    char id[24], writer[24], part_text[24];

    store_write(store, SM_AUDIT_ADD,
                (struct str[]){
                    db_number(id, line->id), db_number(writer, line->writer),
                    line->kind, line->verdict, line->sender, line->recipient,
                    line->stanza_id, line->content, line->salt,
                    in_hex(arena, line->content_hash), in_hex(arena, line_hash),
                    origin, db_number(part_text, part)},
                done, ctx);
}

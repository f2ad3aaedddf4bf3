/* What administrators read and change of accounts, departments, members and
 * properties; and the tokens of the REST door. */
#include "sm/admin/api.h"
#include "sm_statements.h"
#include "sm/store/store_internal.h"

void store_account_find(struct store *store, const struct store_finding *wanted,
                        store_rows *rows, void *ctx)
{
    char most[24];

    store_read_behind(
        store, SM_ACCOUNT_FIND,
        (struct str[]){wanted->domain, wanted->username, wanted->scope,
                       wanted->within, wanted->enabled, wanted->pattern,
                       wanted->after, db_number(most, wanted->most)},
        6, rows, ctx);
}

void store_department_list(struct store *store, struct str domain,
                           struct str numbers, struct str after, unsigned most,
                           store_rows *rows, void *ctx)
{
    char text[24];

    store_read_behind(
        store, SM_DEPARTMENT_PAGE,
        (struct str[]){domain, numbers, after, db_number(text, most)}, 7, rows,
        ctx);
}

void store_member_list(struct store *store, struct str domain,
                       int64_t department, struct str after, unsigned most,
                       store_rows *rows, void *ctx)
{
    char number[24], text[24];

    store_read_behind(store, SM_MEMBER_PAGE,
                      (struct str[]){domain, db_number(number, department),
                                     after, db_number(text, most)},
                      4, rows, ctx);
}

void store_department_add(struct store *store, struct str domain,
                          const struct store_department *department,
                          store_done *done, void *ctx)
{
    store_write_row(store, SM_DEPARTMENT_ADD,
                    (struct str[]){domain, department->name, department->parent,
                                   department->rank, department->description},
                    done, ctx);
}

void store_department_change(struct store *store, struct str domain,
                             struct str path,
                             const struct store_department *department,
                             store_done *done, void *ctx)
{
    store_write_row(store, SM_DEPARTMENT_CHANGE,
                    (struct str[]){domain, path, department->parent,
                                   department->rank, department->description,
                                   department->name},
                    done, ctx);
}

void store_department_remove(struct store *store, struct str domain,
                             struct str path, store_done *done, void *ctx)
{
    store_write_row(store, SM_DEPARTMENT_DEL, (struct str[]){domain, path},
                    done, ctx);
}

static void on_ignored(void *ctx, bool ok)
{
    (void)ctx, (void)ok; /* the write behind it tells */
}

void store_member_add(struct store *store, struct store_user user,
                      struct str path, bool is_admin, bool is_main,
                      store_done *done, void *ctx)
{
    const struct str params[] = {user.domain, path, user.username,
                                 db_boolean(is_admin), db_boolean(is_main)};

    if (is_main)
        store_write(store, SM_MEMBER_OTHER_MAIN, params, on_ignored, NULL);
    store_write_row(store, SM_MEMBER_ADD, params, done, ctx);
}

void store_member_remove(struct store *store, struct store_user user,
                         struct str path, store_done *done, void *ctx)
{
    store_write_row(store, SM_MEMBER_DEL,
                    (struct str[]){user.domain, path, user.username}, done,
                    ctx);
}

void store_property_set(struct store *store, const struct store_owner *owner,
                        struct str name, struct str value, store_done *done,
                        void *ctx)
{
    static const size_t statements[] = {
        [STORE_OF_SERVER] = SM_SERVER_PROPERTY_SET,
        [STORE_OF_ACCOUNT] = SM_ACCOUNT_PROPERTY_SET,
        [STORE_OF_DEPARTMENT] = SM_DEPARTMENT_PROPERTY_SET,
    };

    store_write_row(store, statements[owner->of],
                    (struct str[]){owner->domain, owner->name, name, value},
                    done, ctx);
}

void store_property_unset(struct store *store, const struct store_owner *owner,
                          struct str name, store_done *done, void *ctx)
{
    static const size_t statements[] = {
        [STORE_OF_SERVER] = SM_SERVER_PROPERTY_UNSET,
        [STORE_OF_ACCOUNT] = SM_ACCOUNT_PROPERTY_UNSET,
        [STORE_OF_DEPARTMENT] = SM_DEPARTMENT_PROPERTY_UNSET,
    };

    store_write_row(store, statements[owner->of],
                    (struct str[]){owner->domain, owner->name, name}, done,
                    ctx);
}

void store_token_use(struct store *store, struct str hash, store_rows *rows,
                     void *ctx)
{
    store_read(store, SM_API_TOKEN_USE, &hash, 3, rows, ctx);
}

static void on_hash(void *ctx, const struct store_row *row, bool ok)
{
    api_token_take(((struct store *)ctx)->sm, row, ok);
}

void store_load_tokens(struct store *store)
{
    store_read(store, SM_API_TOKENS, NULL, 1, on_hash, store);
}

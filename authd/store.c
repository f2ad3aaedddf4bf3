/* The store on common/db: part of the shell. */
#include "shell_store.h"

#include "authd_statements.h"
#include "common/codec/codec.h"
#include "common/log/log.h"

#include <stdlib.h>
#include <string.h>

#define VERIFIER_PARAMS 10u
#define CREATE_PARAMS   15u

#define CODE_PARAMS 6u

struct store {
    struct db *db;
};

/* One operation under way. */
struct operation {
    struct request *request;
    void (*loaded)(struct request *request, enum store_status status,
                   const struct account *account);
    void (*made)(struct request *request, enum store_status status,
                 struct str email);
    void (*done)(struct request *request, enum store_status status);
};

struct store *store_open(uv_loop_t *loop, const char *conninfo)
{
    struct store *store = NEW(struct store);
    const struct db_options options = {
        .conninfo = conninfo,
        .statements = authd_statements,
        .statement_count = COUNT_OF(authd_statements),
        .readers = 2,
        .max_queued_bytes = 8u << 20,
        .ctx = store,
    };

    store->db = db_open(loop, &options);
    return store;
}

void store_close(struct store *store)
{
    if (!store)
        return;
    db_close(store->db);
    free(store);
}

static struct operation *operation_new(struct request *request)
{
    struct operation *operation = NEW(struct operation);

    operation->request = request;
    return operation;
}

static bool hash_by_name(struct str name, enum scram_hash *hash)
{
    *hash = str_is(name, "SCRAM-SHA-256") ? SCRAM_SHA256 : SCRAM_SHA1;
    return *hash == SCRAM_SHA256 || str_is(name, "SCRAM-SHA-1");
}

static bool copy_key(unsigned char into[SCRAM_MAX_KEY_BYTES], struct str key,
                     enum scram_hash hash)
{
    if (key.len != scram_key_bytes(hash))
        return false;
    memcpy(into, key.p, key.len);
    return true;
}

/* Adds one row of credential; a row that makes no sense is as good as none. */
static void keep_row(struct account *account, struct arena *arena,
                     const struct db_result *result, size_t row)
{
    struct str name = db_text(result, row, 1);
    struct str stored = db_text(result, row, 4);
    int64_t iterations = db_int(result, row, 2);
    struct scram_verifier verifier = {0};

    if (str_is(name, "DIGEST-MD5") && stored.len == ACCOUNT_HA1_CHARS) {
        memcpy(account->ha1, stored.p, ACCOUNT_HA1_CHARS);
        account->has_ha1 = true;
        return;
    }
    if (!hash_by_name(name, &verifier.hash) || iterations < 1 ||
        iterations > INT32_MAX)
        return;
    verifier.iterations = (unsigned)iterations;
    verifier.salt = base64_decode(arena, db_text(result, row, 3));
    if (copy_key(verifier.stored_key, base64_decode(arena, stored),
                 verifier.hash) &&
        copy_key(verifier.server_key,
                 base64_decode(arena, db_text(result, row, 5)), verifier.hash))
        account->by_hash[verifier.hash].present =
            credential_keep(&account->by_hash[verifier.hash], &verifier);
}

static void on_rows(void *ctx, enum db_status status,
                    const struct db_result *result)
{
    struct operation *operation = ctx;
    struct account account = {0};
    struct arena arena = {0};

    if (status == DB_OK && db_rows(result) > 0) {
        account.exists = true;
        account.enabled = db_bool(result, 0, 0);
        for (size_t row = 0; row < db_rows(result); row++)
            if (db_text(result, row, 1).p)
                keep_row(&account, &arena, result, row);
    }
    arena_clear(&arena);
    operation->loaded(operation->request,
                      status == DB_OK ? STORE_OK : STORE_FAILED, &account);
    free(operation);
}

bool store_load(struct store *store, struct store_user user,
                void (*loaded)(struct request *request,
                               enum store_status status,
                               const struct account *account),
                struct request *request)
{
    const struct str params[] = {user.domain, user.username};
    struct operation *operation;

    if (db_is_full(store->db))
        return false;
    operation = operation_new(request);
    operation->loaded = loaded;
    db_read(store->db, AUTHD_ACCOUNT_LOAD, params, on_rows, operation);
    return true;
}

static enum store_status status_of(enum db_status status)
{
    return status == DB_OK         ? STORE_OK
           : status == DB_CONFLICT ? STORE_CONFLICT
                                   : STORE_FAILED;
}

/* For a statement that tells by a row whether it did anything. */
static enum store_status row_status(enum db_status status,
                                    const struct db_result *result)
{
    return status == DB_OK && db_rows(result) == 0 ? STORE_REFUSED
                                                   : status_of(status);
}

static void on_code_made(void *ctx, enum db_status status,
                         const struct db_result *result)
{
    struct operation *operation = ctx;
    enum store_status made = row_status(status, result);

    operation->made(operation->request, made,
                    made == STORE_OK ? db_text(result, 0, 0) : STR_NONE);
    free(operation);
}

static void on_row_written(void *ctx, enum db_status status,
                           const struct db_result *result)
{
    struct operation *operation = ctx;

    operation->done(operation->request, row_status(status, result));
    free(operation);
}

static bool
write_row(struct store *store, size_t statement, const struct str *params,
          void (*done)(struct request *request, enum store_status status),
          struct request *request)
{
    struct operation *operation;

    if (db_is_full(store->db))
        return false;
    operation = operation_new(request);
    operation->done = done;
    db_write(store->db, statement, params, on_row_written, operation);
    return true;
}

static void set_verifier(struct arena *arena,
                         const struct credential *credential,
                         enum scram_hash hash, struct str params[3])
{
    size_t size = scram_key_bytes(hash);

    params[0] =
        base64_encode(arena, (struct str){(const char *)credential->salt,
                                          credential->salt_bytes});
    params[1] = base64_encode(
        arena, (struct str){(const char *)credential->stored_key, size});
    params[2] = base64_encode(
        arena, (struct str){(const char *)credential->server_key, size});
}

/* The first parameters of account_create and credential_replace. */
static void set_account(struct arena *arena, struct store_user user,
                        const struct account *account,
                        struct str params[VERIFIER_PARAMS])
{
    params[0] = user.domain;
    params[1] = user.username;
    params[2] =
        arena_printf(arena, "%u", account->by_hash[SCRAM_SHA256].iterations);
    set_verifier(arena, &account->by_hash[SCRAM_SHA256], SCRAM_SHA256,
                 &params[3]);
    set_verifier(arena, &account->by_hash[SCRAM_SHA1], SCRAM_SHA1, &params[6]);
    params[9] = account->has_ha1 ? (struct str){account->ha1, ACCOUNT_HA1_CHARS}
                                 : STR_NONE;
}

bool store_create(struct store *store, struct store_user user,
                  const struct account *account,
                  const struct store_details *details,
                  void (*done)(struct request *request,
                               enum store_status status),
                  struct request *request)
{
    struct arena arena = {0};
    struct str params[CREATE_PARAMS];
    bool taken;

    set_account(&arena, user, account, params);
    params[10] = details->email;
    params[11] = details->realname;
    params[12] = details->department;
    params[13] = details->invitation;
    params[14] = details->is_reserved ? STR("true") : STR("false");
    taken = write_row(store, AUTHD_ACCOUNT_CREATE, params, done, request);
    arena_clear(&arena);
    return taken;
}

bool store_find_invitation(struct store *store, struct store_user user,
                           struct str hash,
                           void (*done)(struct request *request,
                                        enum store_status status),
                           struct request *request)
{
    const struct str params[] = {user.domain, hash};
    struct operation *operation;

    if (db_is_full(store->db))
        return false;
    operation = operation_new(request);
    operation->done = done;
    db_read(store->db, AUTHD_INVITATION_FIND, params, on_row_written,
            operation);
    return true;
}

bool store_replace(struct store *store, struct store_user user,
                   const struct account *account,
                   void (*done)(struct request *request,
                                enum store_status status),
                   struct request *request)
{
    struct arena arena = {0};
    struct str params[VERIFIER_PARAMS];
    bool taken;

    set_account(&arena, user, account, params);
    taken = write_row(store, AUTHD_CREDENTIAL_REPLACE, params, done, request);
    arena_clear(&arena);
    return taken;
}

bool store_remove(struct store *store, struct store_user user,
                  void (*done)(struct request *request,
                               enum store_status status),
                  struct request *request)
{
    const struct str params[] = {user.domain, user.username};

    return write_row(store, AUTHD_ACCOUNT_REMOVE, params, done, request);
}

bool store_enable(struct store *store, struct store_user user, bool is_enabled,
                  void (*done)(struct request *request,
                               enum store_status status),
                  struct request *request)
{
    const struct str params[] = {user.domain, user.username,
                                 db_boolean(is_enabled)};

    return write_row(store, AUTHD_ACCOUNT_ENABLE, params, done, request);
}

bool store_change_details(struct store *store, struct store_user user,
                          struct str realname, struct str email,
                          void (*done)(struct request *request,
                                       enum store_status status),
                          struct request *request)
{
    const struct str params[] = {user.domain, user.username, realname, email};

    return write_row(store, AUTHD_ACCOUNT_DETAILS, params, done, request);
}

bool store_make_code(struct store *store, struct store_user user,
                     const struct store_code *code,
                     void (*made)(struct request *request,
                                  enum store_status status, struct str email),
                     struct request *request)
{
    char seconds[24], attempts[24];
    const struct str params[CODE_PARAMS] = {user.domain,
                                            user.username,
                                            code->hash,
                                            db_number(seconds, code->seconds),
                                            db_number(attempts, code->attempts),
                                            db_boolean(code->any)};
    struct operation *operation;

    if (db_is_full(store->db))
        return false;
    operation = operation_new(request);
    operation->made = made;
    db_write(store->db, AUTHD_RECOVERY_MAKE, params, on_code_made, operation);
    return true;
}

bool store_use_code(struct store *store, struct store_user user,
                    struct str hash, const struct account *account,
                    void (*done)(struct request *request,
                                 enum store_status status),
                    struct request *request)
{
    struct arena arena = {0};
    struct str params[VERIFIER_PARAMS + 1];
    bool taken;

    set_account(&arena, user, account, params);
    params[VERIFIER_PARAMS] = hash;
    taken = write_row(store, AUTHD_RECOVERY_USE, params, done, request);
    arena_clear(&arena);
    return taken;
}

#include "files.h"

#include "common/config/config.h"
#include "common/daemon/daemon.h"
#include "common/log/log.h"

int64_t unix_s(void)
{
    return clock_unix_ms() / 1000;
}

void files_set_limits(struct files *files, const struct config *config)
{
    files->ledger.limits = (struct ledger_limits){
        .user_bytes = (uint64_t)config_int(config, "webd.user-quota"),
        .total_bytes = (uint64_t)config_int(config, "webd.total-quota"),
        .daily_bytes = (uint64_t)config_int(config, "webd.user-daily-quota"),
        .slots_per_minute =
            (uint64_t)config_int(config, "webd.slots-per-minute"),
    };
}

static void restore(void *ctx, const struct slot *slot, int64_t uploaded_s)
{
    struct files *files = ctx;

    if (!ledger_restore(&files->ledger, slot, uploaded_s, unix_s()))
        log_event(LOG_LEVEL_ERROR, "file-twice", LOG_STR("id", slot->id));
}

bool files_open(struct files *files, const struct config *config,
                const char *path, struct error *error)
{
    files_set_limits(files, config);
    if (!folder_open(&files->folder, path, error))
        return false;
    folder_each(&files->folder, restore, files);
    log_event(LOG_LEVEL_INFO, "files", LOG_INT("count", files->ledger.count),
              LOG_INT("bytes", files->ledger.bytes));
    return true;
}

void files_remove(struct files *files, struct ledger_file *file)
{
    folder_remove(&files->folder, file->id);
    ledger_drop(&files->ledger, file);
}

static void expire(void *ctx, struct ledger_file *file)
{
    struct files *files = ctx;

    files->expired++;
    log_event(LOG_LEVEL_INFO, "file-expired", LOG_TEXT("id", file->id),
              LOG_STR("jid", ledger_owner(file)), LOG_INT("size", file->size));
    files_remove(files, file);
}

void files_sweep(struct files *files)
{
    ledger_sweep(&files->ledger, unix_s(), expire, files);
}

void files_close(struct files *files)
{
    ledger_clear(&files->ledger);
    folder_close(&files->folder);
}

/* What sm reads before it serves: the rules of file transfer, again whenever they
 * change, and the offers of files that its predecessor left. */
#include <stdlib.h>

#include "common/log/log.h"
#include "sm/transfer/offers.h"
#include "sm_statements.h"
#include "sm/store/store_internal.h"
#include "sm/transfer/transfer.h"

static struct transfer_row row_of(const struct db_result *result, size_t row)
{
    return (struct transfer_row){.id = db_text(result, row, 0),
                                 .domain = db_text(result, row, 1),
                                 .action = db_text(result, row, 2),
                                 .direction = db_text(result, row, 3),
                                 .larger_than = db_text(result, row, 4),
                                 .name_pattern = db_text(result, row, 5),
                                 .mime_pattern = db_text(result, row, 6),
                                 .reason = db_text(result, row, 7),
                                 .members = db_text(result, row, 8)};
}

static void take_rules(struct store *store, const struct db_result *result)
{
    struct transfer_rules *rules = transfer_rules_new();

    for (size_t row = 0; row < db_rows(result); row++) {
        struct transfer_row found = row_of(result, row);

        if (!transfer_rules_add(rules, &found))
            log_event(LOG_LEVEL_ERROR, "bad-transfer-rule",
                      LOG_STR("rule", found.id));
    }
    transfer_rules_free(store->sm->transfer);
    store->sm->transfer = rules;
}

static void on_rules(void *ctx, enum db_status status,
                     const struct db_result *result)
{
    struct store *store = ctx;

    if (status == DB_OK)
        take_rules(store, result);
    if (status != DB_CLOSED)
        store_rules_loaded(store);
}

void store_load_rules(struct store *store)
{
    db_read(store->db, SM_TRANSFER_RULES, NULL, on_rules, store);
}

/* --- offers --------------------------------------------------------------- */

struct loading {
    struct store *store;
    uint64_t epoch;
};

static void on_offers(void *ctx, enum db_status status,
                      const struct db_result *result)
{
    struct loading *loading = ctx;
    struct store *store = loading->store;

    for (size_t row = 0; status == DB_OK && row < db_rows(result); row++) {
        const struct store_offer offer = {.origin = db_text(result, row, 0),
                                          .from = db_text(result, row, 1),
                                          .name = db_text(result, row, 4),
                                          .iq = db_text(result, row, 5),
                                          .created_ms = db_int(result, row, 6)};

        offer_take_back(store->sm,
                        (struct store_user){db_text(result, row, 2),
                                            db_text(result, row, 3)},
                        &offer);
    }
    if (status != DB_CLOSED)
        store_offers_loaded(store, loading->epoch);
    free(loading);
}

void store_load_offers(struct store *store, uint64_t epoch)
{
    struct loading *loading = NEW(struct loading);

    loading->store = store;
    loading->epoch = epoch;
    db_read(store->db, SM_OFFER_LOAD, NULL, on_offers, loading);
}

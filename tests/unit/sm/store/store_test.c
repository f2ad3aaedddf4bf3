/* sm's statements against a PostgreSQL cluster of its own, as the role that sm
 * has there: what is written comes back, and the role may do all of it. */
#include "tests/unit/test.h"

#include <stdio.h>
#include <uv.h>

#include "common/daemon/daemon.h"
#include "common/migrate/migrate.h"
#include "sm/archive/archive.h"
#include "sm/session/session.h"
#include "sm/store/shell_store.h"
#include "sm/store/store_pep.h"
#include "tests/support/cluster.h"

#define ROMEO                                                                  \
    (struct store_user)                                                        \
    {                                                                          \
        STR("example.com"), STR("romeo")                                       \
    }
#define JULIET STR("juliet@example.com")

struct fixture {
    struct cluster cluster;
    struct config *config;
    uv_loop_t loop;
    struct sm sm;
    uint64_t epoch;
    unsigned done, refused;
    bool is_over; /* all rows of a read have come */
    char rows[8][3][256];
    size_t count;
};

/* --- the cluster ---------------------------------------------------------- */

/* Tests run in the top folder. */
static bool migrate(struct fixture *t)
{
    struct error error = {0};

    if (migrate_run_file(t->cluster.conninfo, "sql/cluster.sql", &error) &&
        migrate_run(t->cluster.conninfo, "sql", NULL, &error))
        return true;
    fprintf(stderr, "%s\n", error.text);
    return false;
}

static int start_cluster(void **state)
{
    struct fixture *t = NEW(struct fixture);
    struct error error;

    *state = t;
    t->config = config_parse("domains = {\"example.com\"}", &error);
    return t->config && cluster_open(&t->cluster) && migrate(t) ? 0 : -1;
}

static int stop_cluster(void **state)
{
    struct fixture *t = *state;

    cluster_close(&t->cluster);
    config_free(t->config);
    free(t);
    return 0;
}

static void on_ready(void *ctx, uint64_t epoch)
{
    ((struct fixture *)ctx)->epoch = epoch;
}

static void open_store(struct fixture *t)
{
    char conninfo[160];

    snprintf(conninfo, sizeof(conninfo),
             "host=%s dbname=postgres user=posthouse_sm", t->cluster.folder);
    memset(&t->sm, 0, sizeof(t->sm));
    t->sm.config = t->config;
    t->sm.now_ms = clock_unix_ms();
    sm_init(&t->sm);
    t->epoch = 0;
    t->sm.store = store_open(&t->loop, conninfo, &t->sm, on_ready, t);
    while (!t->epoch)
        uv_run(&t->loop, UV_RUN_ONCE);
}

static void close_store(struct fixture *t)
{
    store_close(t->sm.store);
    uv_run(&t->loop, UV_RUN_DEFAULT);
    sm_clear(&t->sm);
}

static int setup(void **state)
{
    struct fixture *t = *state;

    t->done = t->refused = 0;
    if (!cluster_run(&t->cluster,
                     "TRUNCATE account, roster, offline, message, vcard, "
                     "private_storage, privacy_list, last_activity, "
                     "subscription_request CASCADE") ||
        !cluster_run(&t->cluster,
                     "INSERT INTO account (domain, username, realname, email) "
                     "VALUES ('example.com', 'romeo', 'Romeo Montague', "
                     "'romeo@example.org')"))
        return -1;
    uv_loop_init(&t->loop);
    open_store(t);
    return 0;
}

static int teardown(void **state)
{
    struct fixture *t = *state;

    close_store(t);
    return uv_loop_close(&t->loop);
}

/* --- asking --------------------------------------------------------------- */

static void on_written(void *ctx, bool ok)
{
    struct fixture *t = ctx;

    t->done++;
    t->refused += !ok;
}

static void wait_for_writes(struct fixture *t, unsigned count)
{
    while (t->done < count)
        uv_run(&t->loop, UV_RUN_ONCE);
    t->done = 0;
}

static void on_row(void *ctx, const struct store_row *row, bool ok)
{
    struct fixture *t = ctx;

    if (!row) {
        assert_true(ok);
        t->is_over = true;
        return;
    }
    assert_true(t->count < COUNT_OF(t->rows));
    for (size_t i = 0; i < row->count && i < COUNT_OF(t->rows[0]); i++)
        snprintf(t->rows[t->count][i], sizeof(t->rows[0][0]), "%.*s",
                 STR_ARG(row->columns[i]));
    t->count++;
}

static void on_found(void *ctx, const struct store_row *row, enum store_end end)
{
    on_row(ctx, row, end == STORE_ALL);
}

static void begin_read(struct fixture *t)
{
    t->count = 0;
    t->is_over = false;
}

static void wait_for_rows(struct fixture *t)
{
    while (!t->is_over)
        uv_run(&t->loop, UV_RUN_ONCE);
}

/* The account as a new process would read it. */
static struct account *loads(struct fixture *t)
{
    struct account *account;

    close_store(t);
    open_store(t);
    account = account_get(&t->sm, STR("romeo@example.com"));
    account_load(account);
    while (account->state == ACCOUNT_LOADING)
        uv_run(&t->loop, UV_RUN_ONCE);
    return account;
}

static int64_t number(struct fixture *t)
{
    struct account *account = account_find(&t->sm, STR("romeo@example.com"));

    return (account ? account : loads(t))->number;
}

static void begin_offline(struct fixture *t, const char *origin,
                          const char *text, struct str holder)
{
    const struct store_message message = {
        .id = archive_new_id(&t->sm),
        .recipient = number(t),
        .origin = str_of(origin),
        .stanza = str_of(text),
        .is_passing = true,
    };

    store_offline_add(t->sm.store, &message, 1700000000000, holder, on_written,
                      t);
}

static void stores_offline(struct fixture *t, const char *origin,
                           const char *text, struct str holder)
{
    begin_offline(t, origin, text, holder);
    wait_for_writes(t, 1);
}

static int64_t archives(struct fixture *t, const char *origin, const char *text,
                        int64_t at_ms)
{
    const struct store_message message = {
        .id = at_ms ? archive_id_at(at_ms) : archive_new_id(&t->sm),
        .recipient = number(t),
        .recipient_peer = archive_peer(JULIET),
        .origin = str_of(origin),
        .stanza = str_of(text),
    };

    store_message_add(t->sm.store, &message, on_written, t);
    wait_for_writes(t, 1);
    return message.id;
}

static size_t archived(struct fixture *t, int64_t above)
{
    const struct store_page page = {
        .account = number(t), .above = above, .below = INT64_MAX, .max = 8};

    begin_read(t);
    store_archive_page(t->sm.store, &page, on_found, t);
    wait_for_rows(t);
    return t->count;
}

static size_t waiting(struct fixture *t)
{
    begin_read(t);
    store_offline_load(t->sm.store, ROMEO, on_row, t);
    wait_for_rows(t);
    return t->count;
}

/* --- tests ---------------------------------------------------------------- */

static void a_contact_comes_back_as_it_was(void **state)
{
    struct fixture *t = *state;
    struct roster roster = {0};
    struct roster_item *item = roster_get(&roster, JULIET);
    const struct str groups[] = {STR("Friends"), STR("朋友 \"&<'")};
    struct account *account;

    roster_set(&roster, item, STR("Juliet ☺"), groups, 2);
    item->state = SUB_FROM_OUT;
    item->approved = true;
    store_roster_put(t->sm.store, ROMEO, item, on_written, t);
    wait_for_writes(t, 1);
    roster_clear(&roster);

    account = loads(t);
    item = roster_find(&account->roster, JULIET);
    assert_non_null(item);
    assert_int_equal(item->state, SUB_FROM_OUT);
    assert_true(item->approved);
    assert_str(item->name, "Juliet ☺");
    assert_int_equal(item->group_count, 2);
    assert_true(str_is(item->groups[0], "朋友 \"&<'") ||
                str_is(item->groups[1], "朋友 \"&<'"));
}

static void a_request_waits_beside_the_roster(void **state)
{
    struct fixture *t = *state;
    struct roster_item *item;
    struct account *account;

    store_request_put(t->sm.store, ROMEO, JULIET, STR("<presence/>"),
                      on_written, t);
    wait_for_writes(t, 1);
    account = loads(t);
    item = roster_find(&account->roster, JULIET);
    assert_non_null(item);
    assert_false(item->is_listed);
    assert_int_equal(item->state, SUB_NONE_IN);
    assert_str(item->request, "<presence/>");

    store_request_remove(t->sm.store, ROMEO, JULIET, on_written, t);
    wait_for_writes(t, 1);
    account = loads(t);
    assert_null(roster_find(&account->roster, JULIET));
}

static void an_account_tells_whether_it_has_a_node(void **state)
{
    struct fixture *t = *state;

    assert_true(loads(t)->pep_empty);
    store_pep_node_set(t->sm.store, ROMEO, STR("urn:xmpp:mood"), STR("<x/>"),
                       STR_NONE, on_written, t);
    wait_for_writes(t, 1);
    assert_false(loads(t)->pep_empty);
}

static void an_account_that_is_not_there_is_absent(void **state)
{
    struct fixture *t = *state;

    assert_true(cluster_run(&t->cluster, "DELETE FROM account"));
    close_store(t);
    open_store(t);
    account_load(account_get(&t->sm, STR("romeo@example.com")));
    while (HASH_COUNT(t->sm.accounts) > 0)
        uv_run(&t->loop, UV_RUN_ONCE);
    assert_int_equal(t->sm.accounts_loaded, 0);
}

static void messages_keep_their_order_and_come_once(void **state)
{
    struct fixture *t = *state;

    stores_offline(t, "c2s/0:1:sm/1:1", "<message id='one'/>", STR_NONE);
    stores_offline(t, "c2s/0:1:sm/1:2", "<message id='two'/>", STR_NONE);
    stores_offline(t, "c2s/0:1:sm/1:1", "<message id='one'/>", STR_NONE);
    assert_int_equal(t->refused, 0);
    assert_int_equal(waiting(t), 2);
    assert_string_equal(t->rows[0][1], "<message id='one'/>");
    assert_string_equal(t->rows[1][1], "<message id='two'/>");
    assert_string_equal(t->rows[0][2], "1700000000000");

    store_offline_fetched(t->sm.store, ROMEO, atoll(t->rows[0][0]), on_written,
                          t);
    wait_for_writes(t, 1);
    assert_int_equal(waiting(t), 1);
    assert_string_equal(t->rows[0][1], "<message id='two'/>");
    /* Its key stays: sent again, it is no new message. */
    stores_offline(t, "c2s/0:1:sm/1:1", "<message id='one'/>", STR_NONE);
    assert_int_equal(waiting(t), 1);
}

static void
messages_of_one_statement_wait_once_each_in_their_order(void **state)
{
    struct fixture *t = *state;

    (void)number(t); /* is loaded before the writes begin */
    begin_offline(t, "c2s/0:1:sm/1:1", "<message id='one'/>", STR_NONE);
    begin_offline(t, "c2s/0:1:sm/1:2", "<message id='two'/>", STR_NONE);
    begin_offline(t, "c2s/0:1:sm/1:3", "<message id='three'/>", STR_NONE);
    begin_offline(t, "c2s/0:1:sm/1:2", "<message id='two'/>", STR_NONE);
    wait_for_writes(t, 4);
    assert_int_equal(t->refused, 0);
    assert_int_equal(waiting(t), 3);
    assert_string_equal(t->rows[0][1], "<message id='one'/>");
    assert_string_equal(t->rows[1][1], "<message id='two'/>");
    assert_string_equal(t->rows[2][1], "<message id='three'/>");
}

static void what_was_archived_first_waits_by_that_row(void **state)
{
    struct fixture *t = *state;

    (void)archives(t, "c2s/0:1:sm/1:1", "<message id='archived'/>", 0);
    stores_offline(t, "c2s/0:1:sm/1:1", "<message id='again'/>", STR_NONE);
    assert_int_equal(waiting(t), 1);
    assert_string_equal(t->rows[0][1], "<message id='archived'/>");
    assert_int_equal(archived(t, 0), 1);
}

static bool has_no_offline_rows(struct fixture *t)
{
    return cluster_run(&t->cluster,
                       "SELECT 1 / (count(*) = 0)::integer FROM offline");
}

static void what_waited_for_a_removed_account_goes_with_it(void **state)
{
    struct fixture *t = *state;

    stores_offline(t, "c2s/0:1:sm/1:1", "<message id='one'/>", STR_NONE);
    assert_true(cluster_run(&t->cluster, "DELETE FROM account"));
    assert_true(has_no_offline_rows(t));
    /* A row that was under way comes behind the removal. */
    assert_true(cluster_run(
        &t->cluster, "INSERT INTO offline (owner, message, created_ms, size) "
                     "SELECT number, 1, 1, 1 FROM archive_removed"));
    assert_false(has_no_offline_rows(t));
    assert_true(cluster_run(&t->cluster, "SELECT archive_trim(0)"));
    assert_true(has_no_offline_rows(t));
}

static void what_is_held_is_no_offline_message_yet(void **state)
{
    struct fixture *t = *state;

    stores_offline(t, "c2s/0:1:sm/1:1", "<message id='held'/>", STR("resume"));
    assert_int_equal(waiting(t), 0);
    store_offline_release(t->sm.store, ROMEO, STR("resume"), on_written, t);
    wait_for_writes(t, 1);
    assert_int_equal(waiting(t), 1);
}

static void what_is_held_twice_waits_once(void **state)
{
    struct fixture *t = *state;
    int64_t id = archives(t, "c2s/0:1:sm/1:1", "<message id='1'/>", 0);

    store_offline_refer(t->sm.store, ROMEO, id, STR_NONE, 1, STR("one"), on_written, t);
    store_offline_refer(t->sm.store, ROMEO, id, STR_NONE, 1, STR("two"), on_written, t);
    store_offline_release(t->sm.store, ROMEO, STR_NONE, on_written, t);
    wait_for_writes(t, 3);
    assert_int_equal(waiting(t), 1);
    assert_string_equal(t->rows[0][1], "<message id='1'/>");

    store_offline_archived(t->sm.store, ROMEO, id, id, on_written, t);
    wait_for_writes(t, 1);
    assert_int_equal(waiting(t), 0);
}

static void a_message_of_another_id_waits_by_its_origin(void **state)
{
    struct fixture *t = *state;
    int64_t id = archives(t, "c2s/0:1:sm/1:9", "<message id='9'/>", 0);

    store_offline_refer(t->sm.store, ROMEO, id + 1, STR("c2s/0:1:sm/1:9"), 1,
                        STR_NONE, on_written, t);
    store_offline_refer(t->sm.store, ROMEO, id + 2, STR("c2s/0:1:sm/1:8"), 1,
                        STR_NONE, on_written, t);
    wait_for_writes(t, 2);
    assert_int_equal(waiting(t), 1);
    assert_string_equal(t->rows[0][1], "<message id='9'/>");

    store_offline_archived(t->sm.store, ROMEO, id, id, on_written, t);
    wait_for_writes(t, 1);
}

static void a_message_is_archived_once(void **state)
{
    struct fixture *t = *state;

    archives(t, "c2s/0:1:sm/1:1", "<message id='1'/>", 0);
    archives(t, "c2s/0:1:sm/1:1", "<message id='1'/>", 0);
    archives(t, "c2s/0:1:sm/1:2", "<message id='2'/>", 0);

    assert_int_equal(archived(t, 0), 2);
    assert_string_equal(t->rows[0][1], "<message id='1'/>");
    assert_string_equal(t->rows[1][1], "<message id='2'/>");
}

/* The month before is looked into in the first day of one. */
static void a_message_is_archived_once_over_the_end_of_a_month(void **state)
{
    struct fixture *t = *state;
    const int64_t month_ms = 1698796800000; /* 2023-11-01 */

    assert_true(cluster_run(
        &t->cluster,
        "CREATE TABLE message_2023_11 PARTITION OF message FOR VALUES FROM "
        "(1781303673700352000) TO (1784021720000000000); CREATE UNIQUE INDEX "
        "ON message_2023_11 (origin, recipient, ordinal)"));
    archives(t, "c2s/0:1:sm/1:1", "<message id='1'/>", month_ms - 5000);
    (void)number(t);
    t->sm.now_ms = month_ms + 5000;
    {
        const struct store_message again = {
            .id = archive_id_at(month_ms + 5000),
            .recipient = number(t),
            .origin = STR("c2s/0:1:sm/1:1"),
            .stanza = STR("<message id='1'/>"),
        };

        t->sm.now_ms = month_ms + 5000;
        store_message_add(t->sm.store, &again, on_written, t);
        wait_for_writes(t, 1);
    }

    assert_int_equal(archived(t, 0), 1);
    assert_true(cluster_run(&t->cluster, "DROP TABLE message_2023_11"));
}

static void retention_takes_what_is_old(void **state)
{
    struct fixture *t = *state;
    int64_t now_ms = clock_unix_ms();

    archives(t, "c2s/0:1:sm/1:1", "<message id='1'/>", now_ms - 8 * 86400000);
    archives(t, "c2s/0:1:sm/1:2", "<message id='2'/>", now_ms - 6 * 86400000);
    assert_true(cluster_run(&t->cluster, "SELECT archive_trim(0)"));
    assert_int_equal(archived(t, 0), 2);

    assert_true(cluster_run(&t->cluster, "SELECT archive_trim(7)"));
    assert_int_equal(archived(t, 0), 1);
    assert_string_equal(t->rows[0][1], "<message id='2'/>");

    assert_true(cluster_run(&t->cluster,
                            "INSERT INTO account_property VALUES "
                            "('example.com', 'romeo', 'archive-days', '2')"));
    assert_true(cluster_run(&t->cluster, "SELECT archive_trim(0)"));
    assert_int_equal(archived(t, 0), 0);
}

static void what_the_session_took_is_gone(void **state)
{
    struct fixture *t = *state;

    stores_offline(t, "c2s/0:1:sm/1:1", "<message id='held'/>", STR("resume"));
    store_offline_taken(t->sm.store, ROMEO, STR("resume"), on_written, t);
    store_offline_release(t->sm.store, ROMEO, STR_NONE, on_written, t);
    wait_for_writes(t, 2);
    assert_int_equal(waiting(t), 0);
}

static void a_stanza_comes_back_byte_for_byte(void **state)
{
    struct fixture *t = *state;
    static const char text[] = "<message><body>'\\ %_ 你好 \xf0\x9f\x90\x8e"
                               "&#xD;\n\t</body></message>";

    stores_offline(t, "c2s/0:1:sm/1:1", text, STR_NONE);
    assert_int_equal(waiting(t), 1);
    assert_string_equal(t->rows[0][1], text);
}

static void a_card_is_kept_and_replaced(void **state)
{
    struct fixture *t = *state;

    store_vcard_set(t->sm.store, ROMEO, STR("<vCard/>"), STR("R"), STR("e"),
                    STR_NONE, on_written, t);
    store_vcard_set(t->sm.store, ROMEO, STR("<vCard><FN>R</FN></vCard>"),
                    STR("R"), STR_NONE, STR("ab12"), on_written, t);
    wait_for_writes(t, 2);
    begin_read(t);
    store_vcard_get(t->sm.store, ROMEO, on_row, t);
    wait_for_rows(t);
    assert_int_equal(t->count, 1);
    assert_string_equal(t->rows[0][0], "<vCard><FN>R</FN></vCard>");
    assert_true(str_is(loads(t)->photo, "ab12"));
}

static void private_elements_have_a_number(void **state)
{
    struct fixture *t = *state;

    for (int i = 0; i < 3; i++) {
        const char *ns = (const char *[]){"urn:a", "urn:b", "urn:c"}[i];

        store_private_set(t->sm.store, ROMEO, str_of(ns), STR("x"), STR("<x/>"),
                          2, on_written, t);
        wait_for_writes(t, 1);
    }
    assert_int_equal(t->refused, 1);
    /* What is there may be changed all the same. */
    store_private_set(t->sm.store, ROMEO, STR("urn:a"), STR("x"), STR("<y/>"),
                      2, on_written, t);
    wait_for_writes(t, 1);
    assert_int_equal(t->refused, 1);
    begin_read(t);
    store_private_get(t->sm.store, ROMEO, STR("urn:a"), STR("x"), on_row, t);
    wait_for_rows(t);
    assert_string_equal(t->rows[0][0], "<y/>");
}

/* The ids of a node's items, the newest first. */
static const char *pep_ids(struct fixture *t, struct str ids, int64_t most)
{
    static char text[64];

    begin_read(t);
    store_pep_items(t->sm.store, ROMEO, STR("urn:x"), ids, most, on_row, t);
    wait_for_rows(t);
    text[0] = 0;
    for (size_t i = 0; i < t->count; i++)
        strcat(text, t->rows[i][0]);
    return text;
}

static void pep_publishes(struct fixture *t, const char *id, int64_t most)
{
    const struct store_pep_item item = {
        .node = STR("urn:x"),
        .id = str_of(id),
        .payload = STR("<x/>"),
        .published_ms = 1700000000000,
        .max_items = most,
    };

    store_pep_publish(t->sm.store, ROMEO, &item, on_written, t);
    wait_for_writes(t, 1);
}

static void a_node_keeps_its_newest_items(void **state)
{
    struct fixture *t = *state;

    pep_publishes(t, "a", 3);
    assert_int_equal(t->refused, 1); /* there is no such node */
    store_pep_node_set(t->sm.store, ROMEO, STR("urn:x"), STR("<x/>"), STR_NONE,
                       on_written, t);
    wait_for_writes(t, 1);
    pep_publishes(t, "a", 3);
    pep_publishes(t, "b", 3);
    pep_publishes(t, "c", 3);
    pep_publishes(t, "a", 3); /* again: it is the newest */
    assert_string_equal(pep_ids(t, STR_NONE, 10), "acb");
    assert_string_equal(pep_ids(t, STR_NONE, 2), "ac");
    assert_string_equal(pep_ids(t, STR("b\x1f" "a"), 10), "ab");
    pep_publishes(t, "d", 2);
    assert_string_equal(pep_ids(t, STR_NONE, 10), "da");
    pep_publishes(t, "e", 1);
    assert_string_equal(pep_ids(t, STR_NONE, 10), "e");
    begin_read(t);
    store_pep_last(t->sm.store, ROMEO, STR("urn:y\x1furn:x"), on_row, t);
    wait_for_rows(t);
    assert_int_equal(t->count, 1);
    store_pep_retract(t->sm.store, ROMEO, STR("urn:x"), STR("e"), on_written,
                      t);
    wait_for_writes(t, 1);
    assert_string_equal(pep_ids(t, STR_NONE, 10), "");
}

static void nodes_go_with_their_account(void **state)
{
    struct fixture *t = *state;

    store_pep_node_set(t->sm.store, ROMEO, STR("urn:x"), STR("<x/>"), STR(""),
                       on_written, t);
    wait_for_writes(t, 1);
    pep_publishes(t, "a", 3);
    store_pep_trim(t->sm.store, ROMEO, STR("urn:x"), 1, on_written, t);
    wait_for_writes(t, 1);
    assert_string_equal(pep_ids(t, STR_NONE, 10), "a");
    assert_true(cluster_run(&t->cluster, "DELETE FROM account"));
    begin_read(t);
    store_pep_nodes(t->sm.store, ROMEO, on_row, t);
    wait_for_rows(t);
    assert_int_equal(t->count, 0);
    assert_string_equal(pep_ids(t, STR_NONE, 10), "");
}

static void the_default_list_is_known_again(void **state)
{
    struct fixture *t = *state;
    static const char list[] = "<list xmlns='jabber:iq:privacy'><item "
                               "action='deny' order='1'/></list>";
    const struct privacy_list *found;

    store_privacy_put(t->sm.store, ROMEO, STR("a"), str_of(list), on_written,
                      t);
    store_privacy_put(t->sm.store, ROMEO, STR("b"), str_of(list), on_written,
                      t);
    store_privacy_set_default(t->sm.store, ROMEO, STR("a"), on_written, t);
    store_privacy_set_default(t->sm.store, ROMEO, STR("b"), on_written, t);
    store_privacy_put(t->sm.store, ROMEO, STR("b"), str_of(list), on_written,
                      t);
    wait_for_writes(t, 5);
    assert_int_equal(t->refused, 0);
    found = privacy_default(&loads(t)->privacy);
    assert_non_null(found);
    assert_str(found->name, "b");
    assert_int_equal(found->count, 1);

    store_privacy_remove(t->sm.store, ROMEO, STR("b"), on_written, t);
    wait_for_writes(t, 1);
    assert_null(privacy_default(&loads(t)->privacy));
}

static void people_are_found_by_patterns_of_any_case(void **state)
{
    struct fixture *t = *state;
    static const char *const patterns[][2] = {
        {"rom%", "1"}, {"ROM%", "1"}, {"%", "1"}, {"r\\%", "0"}, {"x%", "0"}};

    for (size_t i = 0; i < COUNT_OF(patterns); i++) {
        begin_read(t);
        store_search(t->sm.store,
                     &(struct store_search){.domain = STR("example.com"),
                                            .realname = str_of(patterns[i][0]),
                                            .max = 10},
                     on_row, t);
        wait_for_rows(t);
        if (t->count != (size_t)atoi(patterns[i][1]))
            fail_msg("%zu found by %s", t->count, patterns[i][0]);
    }
}

static void the_time_of_leaving_is_kept(void **state)
{
    struct fixture *t = *state;

    store_last_set(t->sm.store, ROMEO, 1700000000000, STR("gone"), on_written,
                   t);
    wait_for_writes(t, 1);
    begin_read(t);
    store_last_get(t->sm.store, ROMEO, on_row, t);
    wait_for_rows(t);
    assert_string_equal(t->rows[0][0], "1700000000");
    assert_string_equal(t->rows[0][1], "gone");
}

static void what_an_administrator_removes_is_forgotten(void **state)
{
    struct fixture *t = *state;

    (void)loads(t);
    assert_true(cluster_run(&t->cluster, "DELETE FROM account"));
    while (HASH_COUNT(t->sm.accounts) > 0)
        uv_run(&t->loop, UV_RUN_ONCE);
    assert_null(account_find(&t->sm, STR("romeo@example.com")));
}

static void an_owner_of_shards_has_a_larger_epoch_than_the_last(void **state)
{
    struct fixture *t = *state;
    uint64_t before = t->epoch;

    close_store(t);
    open_store(t);
    assert_true(t->epoch > before);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_contact_comes_back_as_it_was),
        CASE(a_request_waits_beside_the_roster),
        CASE(an_account_tells_whether_it_has_a_node),
        CASE(an_account_that_is_not_there_is_absent),
        CASE(messages_keep_their_order_and_come_once),
        CASE(messages_of_one_statement_wait_once_each_in_their_order),
        CASE(what_was_archived_first_waits_by_that_row),
        CASE(what_waited_for_a_removed_account_goes_with_it),
        CASE(what_is_held_is_no_offline_message_yet),
        CASE(what_is_held_twice_waits_once),
        CASE(a_message_of_another_id_waits_by_its_origin),
        CASE(a_message_is_archived_once),
        CASE(a_message_is_archived_once_over_the_end_of_a_month),
        CASE(retention_takes_what_is_old),
        CASE(what_the_session_took_is_gone),
        CASE(a_stanza_comes_back_byte_for_byte),
        CASE(a_card_is_kept_and_replaced),
        CASE(a_node_keeps_its_newest_items),
        CASE(nodes_go_with_their_account),
        CASE(private_elements_have_a_number),
        CASE(the_default_list_is_known_again),
        CASE(people_are_found_by_patterns_of_any_case),
        CASE(the_time_of_leaving_is_kept),
        CASE(what_an_administrator_removes_is_forgotten),
        CASE(an_owner_of_shards_has_a_larger_epoch_than_the_last),
    };

    return cmocka_run_group_tests(tests, start_cluster, stop_cluster);
}

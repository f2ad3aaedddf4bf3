/* Commands that count and list accounts: those of the database, and those who
 * are online, about whom every sm is asked. */
#include "sm/admin/census.h"
#include "sm/admin/command_internal.h"
#include "sm/control.h"
#include "sm/store/store.h"

void fill_most(struct iq_request *request, const struct command *command,
               struct xml *field)
{
    static const char *const choices[] = {"25",  "50",  "75",
                                          "100", "150", "200"};

    (void)request, (void)command;
    for (size_t i = 0; i < COUNT_OF(choices); i++)
        command_add_option(field, str_of(choices[i]), str_of(choices[i]));
}

/* What is kept of a request while it is answered. */
struct listing {
    const struct command *command;
    struct xml *form, *field;
    uint64_t count;
};

static struct iq_request *listing_new(struct iq_request *request,
                                      const struct command *command)
{
    struct iq_request *kept = iq_keep(request);
    struct listing *listing = arena_alloc(kept->arena, sizeof(*listing));

    listing->command = command;
    listing->form = command_result(kept, command);
    listing->field =
        form_add(listing->form, command->result, "jid-multi", STR_NONE);
    kept->data = listing;
    return kept;
}

static void finish(struct iq_request *request)
{
    struct listing *listing = request->data;
    size_t listed = 0;
    const struct xml *value;

    for (value = xml_child(listing->field, NS_DATA, "value"); value;
         value = xml_next(value, NS_DATA, "value"))
        listed++;
    command_done(request,
                 listed < listing->count
                     ? arena_printf(request->arena, "%zu of %llu", listed,
                                    (unsigned long long)listing->count)
                           .p
                     : NULL,
                 listing->form);
}

static void finish_number(struct iq_request *request)
{
    struct listing *listing = request->data;

    xml_set(listing->field, STR("type"), STR("text-single"));
    command_add_value(listing->field, arena_printf(request->arena, "%llu",
                                           (unsigned long long)listing->count));
    command_done(request, NULL, listing->form);
}

/* --- accounts of the database --------------------------------------------- */

/* The first row has the number, the others a name each. */
static bool take_row(struct iq_request *request, const struct store_row *row)
{
    struct listing *listing = request->data;

    if (!row)
        return false;
    if (!row->columns[1].p)
        (void)!str_to_u64(row->columns[0], &listing->count);
    else
        command_add_value(listing->field, jid_make(request->arena, row->columns[1],
                                           request->to.domain, STR_NONE)
                                      .bare);
    return true;
}

static void on_number(void *ctx, const struct store_row *row, bool ok)
{
    if (take_row(ctx, row))
        return;
    if (ok)
        finish_number(ctx);
    else
        iq_refuse(ctx, ERR_INTERNAL_SERVER_ERROR, NULL);
}

static void on_names(void *ctx, const struct store_row *row, bool ok)
{
    if (take_row(ctx, row))
        return;
    if (ok)
        finish(ctx);
    else
        iq_refuse(ctx, ERR_INTERNAL_SERVER_ERROR, NULL);
}

static void read_accounts(struct iq_request *request,
                          const struct command *command, unsigned most,
                          store_rows *rows)
{
    struct sm *sm = request->sm;
    struct str departments = administered(
        sm, request->arena, request->from.bare, request->to.domain);

    store_account_list(sm->store, request->to.domain,
                       str_is(str_of(command->what), "disabled"), departments,
                       most, rows, listing_new(request, command));
}

void count_accounts(struct iq_request *request, const struct command *command,
                    const struct xml *form)
{
    (void)form;
    read_accounts(request, command, 0, on_number);
}

void list_accounts(struct iq_request *request, const struct command *command,
                   const struct xml *form)
{
    read_accounts(request, command, command_most(form), on_names);
}

/* --- accounts that are online --------------------------------------------- */

/* A number that is too small is worse than none. */
static bool is_complete(struct iq_request *request,
                        const struct census_result *census)
{
    if (!census->is_whole)
        iq_refuse(request, ERR_REMOTE_SERVER_TIMEOUT,
                  "A session manager is silent");
    return census->is_whole;
}

static void on_counted(void *ctx, const struct census_result *census)
{
    struct iq_request *request = ctx;
    struct listing *listing = request->data;

    if (!is_complete(request, census))
        return;
    listing->count = census->count;
    finish_number(request);
}

static void on_listed(void *ctx, const struct census_result *census)
{
    struct iq_request *request = ctx;
    struct listing *listing = request->data;
    const struct census_found *found;

    if (!is_complete(request, census))
        return;
    listing->count = census->count;
    for (found = census->found; found; found = found->next)
        command_add_value(listing->field, found->jid);
    finish(request);
}

void count_sessions(struct iq_request *request, const struct command *command,
                    const struct xml *form)
{
    (void)form;
    census_take(request->sm, command->what, request->from.bare, STR_NONE, 0,
                on_counted, listing_new(request, command));
}

void list_sessions(struct iq_request *request, const struct command *command,
                   const struct xml *form)
{
    census_take(request->sm, command->what, request->from.bare, STR_NONE,
                command_most(form), on_listed, listing_new(request, command));
}

/* --- one account ---------------------------------------------------------- */

static void on_statistics(void *ctx, const struct census_result *census)
{
    struct iq_request *request = ctx;
    struct listing *listing = request->data;
    const struct census_found *found;
    struct xml *peers;

    if (!is_complete(request, census))
        return;
    peers = form_add(listing->form, "ipaddresses", "text-multi", STR_NONE);
    form_add(listing->form, "rostersize", "text-single",
             arena_printf(request->arena, "%llu",
                          (unsigned long long)census->contacts));
    for (found = census->found; found; found = found->next) {
        struct jid jid;

        if (!jid_parse(&jid, request->arena, found->jid))
            continue;
        command_add_value(listing->field, jid.resource);
        command_add_value(peers, found->peer);
    }
    command_done(request, NULL, listing->form);
}

void tell_statistics(struct iq_request *request, const struct command *command,
                     const struct xml *form)
{
    struct iq_request *kept;
    struct jid target;

    if (!command_target(request, form_value(form, "accountjid"), &target))
        return;
    kept = listing_new(request, command);
    xml_set(((struct listing *)kept->data)->field, STR("type"),
            STR("text-multi"));
    census_take(request->sm, command->what, request->from.bare, target.bare,
                COMMAND_MOST, on_statistics, kept);
}

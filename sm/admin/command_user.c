/* Commands that tell of accounts and change what is said of them. */
#include "sm/admin/census.h"
#include "sm/admin/command_internal.h"
#include "sm/control.h"
#include "sm/store/store.h"

/* Joins a user's departments in one column; XML cannot contain it. */
#define PATH_SEPARATOR '\x1f'

void fill_states(struct iq_request *request, const struct command *command,
                 struct xml *field)
{
    (void)request, (void)command;
    command_add_option(field, STR("Enabled"), STR("enabled"));
    command_add_option(field, STR("Disabled"), STR("disabled"));
}

/* --- accounts of the database --------------------------------------------- */

/* What is kept while rows come. */
struct finding {
    struct xml *form;
    unsigned most, count;
    struct str last; /* name of the last row */
};

/* Columns: username, name, email, enabled, created, departments. */
static void add_user_cells(struct xml *row, struct str domain,
                           const struct store_row *found)
{
    struct str paths = found->columns[5];
    struct xml *departments;

    command_add_cell(
        row, "jid",
        jid_make(row->arena, found->columns[0], domain, STR_NONE).bare);
    command_add_cell(row, "name", found->columns[1]);
    command_add_cell(row, "email", found->columns[2]);
    xml_set(command_add_cell(row, "enabled", found->columns[3]), STR("type"),
            STR("boolean"));
    command_add_cell(row, "created", found->columns[4]);
    departments = command_add_cell(row, "departments", STR_NONE);
    xml_set(departments, STR("type"), STR("text-multi"));
    while (paths.len)
        command_add_value(departments, str_cut(&paths, PATH_SEPARATOR));
}

static void on_user(void *ctx, const struct store_row *row, bool ok)
{
    struct iq_request *request = ctx;
    struct finding *finding = request->data;

    if (row && finding->count++ < finding->most) {
        add_user_cells(command_add_row(finding->form), request->to.domain, row);
        finding->last = arena_dup(request->arena, row->columns[0]);
    }
    if (row)
        return;
    if (!ok) {
        iq_refuse(request, ERR_INTERNAL_SERVER_ERROR, NULL);
        return;
    }
    if (finding->count > finding->most)
        form_add(finding->form, "next", "text-single", finding->last);
    command_done(request, NULL, finding->form);
}

/* '%' and '_' of what is looked for stand for themselves. */
static struct str pattern_of(struct arena *arena, struct str text)
{
    char *pattern = arena_bytes(arena, 2 * text.len + 2), *at = pattern;

    *at++ = '%';
    for (size_t i = 0; i < text.len; i++) {
        if (text.p[i] == '%' || text.p[i] == '_' || text.p[i] == '\\')
            *at++ = '\\';
        *at++ = text.p[i];
    }
    *at++ = '%';
    return (struct str){pattern, (size_t)(at - pattern)};
}

/* The numbers of a department and of those below it. */
static struct str numbers_below(const struct sm *sm, struct arena *arena,
                                const struct directory_department *above)
{
    const struct directory_department *one = sm->directory->departments;
    struct buf numbers = {0};
    struct str joined;

    for (; one; one = one->hh.next) {
        if (!directory_is_below(one, above))
            continue;
        if (buf_len(&numbers))
            buf_add_char(&numbers, ',');
        buf_add_u64(&numbers, (uint64_t)one->id);
    }
    joined = arena_dup(arena, buf_view(&numbers));
    buf_clear(&numbers);
    return joined;
}

/* False: the request is answered. */
static bool read_state(struct iq_request *request, const struct xml *form,
                       struct str *enabled)
{
    struct str state = form_value(form, "state");

    *enabled = STR_NONE;
    if (str_is(state, "enabled") || str_is(state, "disabled"))
        *enabled = str_is(state, "enabled") ? STR("true") : STR("false");
    else if (state.len) {
        iq_refuse(request, ERR_BAD_REQUEST,
                  "state: expected enabled or disabled");
        return false;
    }
    return true;
}

void list_users(struct iq_request *request, const struct command *command,
                const struct xml *form)
{
    static const struct command_column columns[] = {
        {"jid", "jid-single"}, {"name", NULL},
        {"email", NULL},       {"enabled", "boolean"},
        {"created", NULL},     {"departments", "text-multi"},
        {NULL, NULL}};
    struct sm *sm = request->sm;
    struct str search = form_value(form, "search");
    struct str after = form_value(form, "after");
    const struct directory_department *department = NULL;
    struct store_finding wanted = {.domain = request->to.domain};
    struct iq_request *kept;
    struct finding *finding;

    if (!read_state(request, form, &wanted.enabled))
        return;
    if (form_value(form, "department").len &&
        !(department = command_department(request, form, "department")))
        return;
    kept = iq_keep(request);
    kept->data = finding = arena_alloc(kept->arena, sizeof(*finding));
    finding->form = command_result(kept, command);
    finding->most = command_most(form);
    command_columns(finding->form, columns);
    wanted.scope =
        administered(sm, kept->arena, kept->from.bare, kept->to.domain);
    if (department)
        wanted.within = numbers_below(sm, kept->arena, department);
    if (search.len)
        wanted.pattern = pattern_of(kept->arena, search);
    wanted.after = after.len ? after : STR_NONE;
    wanted.most = finding->most + 1;
    store_account_find(sm->store, &wanted, on_user, kept);
}

/* --- one account ---------------------------------------------------------- */

static void add_departments(struct xml *form, const struct sm *sm,
                            struct str bare_jid)
{
    const struct directory_person *person =
        directory_find(sm->directory, bare_jid);
    const struct directory_membership *one =
        person ? person->memberships : NULL;
    struct xml *administers =
        form_add(form, "administers", "text-multi", STR_NONE);

    for (; one; one = one->next_of_person)
        if (one->is_admin)
            command_add_value(administers, one->department->path);
}

static void on_shown(void *ctx, const struct store_row *row, bool ok)
{
    struct iq_request *request = ctx;
    struct finding *finding = request->data;

    if (row) {
        finding->count++;
        add_user_cells(finding->form, request->to.domain, row);
        return;
    }
    if (!ok || !finding->count) {
        iq_refuse(request, ok ? ERR_ITEM_NOT_FOUND : ERR_INTERNAL_SERVER_ERROR,
                  ok ? "There is no such user" : NULL);
        return;
    }
    command_done(request, NULL, finding->form);
}

void show_user(struct iq_request *request, const struct command *command,
               const struct xml *form)
{
    struct sm *sm = request->sm;
    struct iq_request *kept;
    struct finding *finding;
    struct jid target;

    if (!command_target(request, form_value(form, "accountjid"), &target))
        return;
    kept = iq_keep(request);
    kept->data = finding = arena_alloc(kept->arena, sizeof(*finding));
    finding->form = command_result(kept, command);
    xml_set(form_add(finding->form, "administrator", "boolean",
                     sm_is_admin(sm, target.bare) ? STR("true") : STR("false")),
            STR("type"), STR("boolean"));
    add_departments(finding->form, sm, target.bare);
    store_account_find(sm->store,
                       &(struct store_finding){.domain = target.domain,
                                               .username = target.local,
                                               .most = 1},
                       on_shown, kept);
}

void change_user(struct iq_request *request, const struct command *command,
                 const struct xml *form)
{
    struct str name = form_value(form, "name");
    struct str email = form_value(form, "email");
    struct xml *element;
    struct jid target;

    if (!command_target(request, form_value(form, "accountjid"), &target))
        return;
    if (!name.p && !email.p) {
        iq_refuse(request, ERR_BAD_REQUEST, "Expected a name or an address");
        return;
    }
    element = command_deed(request, command->what, &target);
    xml_set(element, STR(CTL_A_NAME), name);
    xml_set(element, STR(CTL_A_EMAIL), email);
    command_ask_authd(request, element);
}

/* --- sessions ------------------------------------------------------------- */

static void on_sessions(void *ctx, const struct census_result *census)
{
    struct iq_request *request = ctx;
    struct finding *finding = request->data;
    const struct census_found *found;

    if (!census->is_whole) {
        iq_refuse(request, ERR_REMOTE_SERVER_TIMEOUT,
                  "A session manager is silent");
        return;
    }
    for (found = census->found; found; found = found->next) {
        struct xml *row = command_add_row(finding->form);

        command_add_cell(row, "jid", found->jid);
        command_add_cell(row, "ip", found->peer);
    }
    form_add(finding->form, "count", "text-single",
             arena_printf(request->arena, "%llu",
                          (unsigned long long)census->count));
    command_done(request, NULL, finding->form);
}

void show_sessions(struct iq_request *request, const struct command *command,
                   const struct xml *form)
{
    static const struct command_column columns[] = {
        {"jid", "jid-single"}, {"ip", NULL}, {NULL, NULL}};
    struct str address = form_value(form, "accountjid");
    struct iq_request *kept;
    struct finding *finding;
    struct jid target = {0};

    if (address.len && !command_target(request, address, &target))
        return;
    kept = iq_keep(request);
    kept->data = finding = arena_alloc(kept->arena, sizeof(*finding));
    finding->form = command_result(kept, command);
    command_columns(finding->form, columns);
    census_take(kept->sm, command->what, kept->from.bare,
                address.len ? target.bare : STR_NONE, command_most(form),
                on_sessions, kept);
}

/* User search (XEP-0055) by user name, name, e-mail and, in data forms,
 * department and properties; * stands for anything. Answers in the form that
 * was asked in. */
#include "sm/admin/permit.h"
#include "sm/presence/contact.h"
#include "sm/query/search.h"
#include "sm/store/store.h"

#define MAX_FIELD_BYTES 1024
#define PROPERTIES      "directory.search-properties"
#define SEPARATOR       '\x1f'

size_t search_fields(const struct iq_request *request,
                     struct search_field fields[SEARCH_MAX_FIELDS])
{
    static const struct search_field columns[SEARCH_COLUMNS] = {
        [SEARCH_USER] = {STR("user"), STR("User name"), STR_NONE},
        [SEARCH_NAME] = {STR("name"), STR("Real name"), STR_NONE},
        [SEARCH_EMAIL] = {STR("email"), STR("E-mail"), STR_NONE},
        [SEARCH_DEPARTMENT] = {STR("department"), STR("Department"), STR_NONE},
    };
    const struct config *config = request->sm->config;
    size_t count = 0;

    while (count < SEARCH_COLUMNS) {
        fields[count] = columns[count];
        fields[count].label =
            stanza_text(request->iq, columns[count].label.p);
        count++;
    }
    for (size_t i = 0;
         i < config_list_count(config, PROPERTIES) && i < SEARCH_MAX_PROPERTIES;
         i++) {
        struct str name = config_list_item(config, PROPERTIES, i);

        fields[count++] = (struct search_field){
            .var = arena_printf(request->arena, "property.%.*s", STR_ARG(name)),
            .label = name,
            .property = name};
    }
    return count;
}

void handle_search_get(struct iq_request *request)
{
    struct xml *result = iq_make_result(request);
    struct xml *query = xml_add(result, NS_SEARCH, STR("query"));
    static const char *const legacy[] = {"first", "last", "nick", "email"};
    struct search_field fields[SEARCH_MAX_FIELDS];
    size_t count = search_fields(request, fields);
    struct str instructions =
        stanza_text(request->iq,
                    "Fill in one or more fields; * stands for anything.");
    struct xml *form;

    stanza_tell_language(query, request->iq);
    xml_add_leaf(query, NS_SEARCH, STR("instructions"), instructions);
    for (size_t i = 0; i < COUNT_OF(legacy); i++)
        xml_add(query, NS_SEARCH, str_of(legacy[i]));
    form = search_add_form(query, "form");
    xml_add_leaf(form, NS_DATA, STR("title"),
                 stanza_text(request->iq, "User search"));
    xml_add_leaf(form, NS_DATA, STR("instructions"), instructions);
    for (size_t i = 0; i < count; i++)
        search_add_field(form, &fields[i]);
    iq_answer(request, result);
}

/* --- what is wanted ------------------------------------------------------- */

/* A pattern of LIKE; what LIKE means by its own characters is taken away. */
static struct str pattern(struct arena *arena, struct str wanted)
{
    struct buf out = {0};
    struct str made;

    if (!wanted.len)
        return STR_NONE;
    for (size_t i = 0; i < wanted.len; i++) {
        char c = wanted.p[i];

        if (c == '%' || c == '_' || c == '\\')
            buf_add_char(&out, '\\');
        buf_add_char(&out, c == '*' ? '%' : c);
    }
    made = arena_dup(arena, buf_view(&out));
    buf_clear(&out);
    return made;
}

/* "first" begins the name and "last" ends it. */
static struct str legacy_name(struct arena *arena, const struct xml *query)
{
    struct str first = xml_child_text(query, NS_SEARCH, "first");
    struct str last = xml_child_text(query, NS_SEARCH, "last");

    if (!first.len && !last.len)
        return STR_NONE;
    return arena_printf(arena, "%.*s*%.*s", STR_ARG(first), STR_ARG(last));
}

/* User names are kept prepared, so what is looked for is prepared as well. */
static struct str prepare(struct arena *arena, struct str user)
{
    struct str prepared = jid_prep_local(arena, user);

    return prepared.p ? prepared : user;
}

static struct str read_legacy(struct iq_request *request, size_t column)
{
    const struct xml *query = request->payload;

    switch (column) {
    case SEARCH_USER:
        return xml_child_text(query, NS_SEARCH, "nick");
    case SEARCH_NAME:
        return legacy_name(request->arena, query);
    case SEARCH_EMAIL:
        return xml_child_text(query, NS_SEARCH, "email");
    default:
        return STR_NONE;
    }
}

/* The patterns of all fields; how many are asked for. False when one is too
 * long. */
static bool read_wanted(struct iq_request *request,
                        const struct search_field *fields, size_t count,
                        struct str wanted[SEARCH_MAX_FIELDS], size_t *asked)
{
    const struct xml *form = xml_child(request->payload, NS_DATA, "x");

    *asked = 0;
    for (size_t i = 0; i < count; i++) {
        struct str text =
            form ? form_value(form, fields[i].var.p) : read_legacy(request, i);

        if (i == SEARCH_USER && text.len)
            text = prepare(request->arena, text);
        if (text.len > MAX_FIELD_BYTES)
            return false;
        wanted[i] = pattern(request->arena, text);
        *asked += wanted[i].p != NULL;
    }
    return true;
}

/* --- searching ------------------------------------------------------------ */

/* Names and patterns of the properties that are asked for, joined. */
static void add_properties(struct arena *arena, struct store_search *search,
                           const struct search_field *fields,
                           const struct str *wanted, size_t count)
{
    struct buf names = {0}, patterns = {0};

    for (size_t i = SEARCH_COLUMNS; i < count; i++) {
        if (!wanted[i].p)
            continue;
        if (buf_len(&names)) {
            buf_add_char(&names, SEPARATOR);
            buf_add_char(&patterns, SEPARATOR);
        }
        buf_add(&names, fields[i].property);
        buf_add(&patterns, wanted[i]);
    }
    if (buf_len(&names)) {
        search->names = arena_dup(arena, buf_view(&names));
        search->patterns = arena_dup(arena, buf_view(&patterns));
    }
    buf_clear(&names);
    buf_clear(&patterns);
}

/* Absent when the seeker may know them all. */
static struct str known_departments(struct iq_request *request)
{
    const struct directory *directory = request->sm->directory;
    const struct directory_department *one =
        directory ? directory->departments : NULL;
    struct buf numbers = {0};
    struct str joined;
    bool all = true;

    for (; one; one = one->hh.next) {
        if (!str_eq(one->domain, request->to.domain))
            continue;
        if (!search_may_know(request, one)) {
            all = false;
            continue;
        }
        if (buf_len(&numbers))
            buf_add_char(&numbers, ',');
        buf_add_u64(&numbers, (uint64_t)one->id);
    }
    joined = all ? STR_NONE
                 : arena_dup(request->arena,
                             numbers.data ? buf_view(&numbers) : STR(""));
    buf_clear(&numbers);
    return joined;
}

static void on_person(void *ctx, const struct store_row *row, bool ok)
{
    struct iq_request *request = ctx;

    if (row)
        search_add(request, row->columns);
    else if (ok)
        iq_answer(request, request->result);
    else
        iq_refuse(request, ERR_INTERNAL_SERVER_ERROR, NULL);
}

/* Whoever has nothing to do with a domain has nobody to look for there: not the
 * users of other servers, nor those of another domain of the suite. */
static bool may_search(struct iq_request *request)
{
    if (str_eq(request->from.domain, request->to.domain) ||
        sm_is_admin(request->sm, request->from.bare))
        return iq_may(request, MAY_SEARCH);
    iq_refuse(request, ERR_FORBIDDEN, "This is for the people of this domain");
    return false;
}

void handle_search_set(struct iq_request *request)
{
    struct sm *sm = request->sm;
    struct search_field fields[SEARCH_MAX_FIELDS];
    struct str wanted[SEARCH_MAX_FIELDS];
    size_t count = search_fields(request, fields), asked;
    struct store_search search;
    struct iq_request *kept;

    if (!may_search(request))
        return;
    if (!read_wanted(request, fields, count, wanted, &asked)) {
        iq_refuse(request, ERR_NOT_ACCEPTABLE, "A field is too long");
        return;
    }
    if (asked == 0) {
        iq_refuse(request, ERR_NOT_ACCEPTABLE, "Fill in at least one field");
        return;
    }
    search = (struct store_search){
        .domain = request->to.domain,
        .username = wanted[SEARCH_USER],
        .realname = wanted[SEARCH_NAME],
        .email = wanted[SEARCH_EMAIL],
        .department = wanted[SEARCH_DEPARTMENT],
        .known = known_departments(request),
        .seeker = request->from.local,
        .max = config_int(sm->config, "sm.search-max-results")};
    add_properties(request->arena, &search, fields, wanted, count);
    kept = iq_keep(request);
    search_begin(kept, xml_child(request->payload, NS_DATA, "x") != NULL);
    store_search(sm->store, &search, on_person, kept);
}

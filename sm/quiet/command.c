/* Everybody's own quiet hours, by an ad-hoc command of any client (XEP-0050).
 */
#include "common/quiet/quiet.h"
#include "sm/admin/command_internal.h"
#include "sm/store/store.h"

#define MAX_EXCEPTIONS       50u
#define MAX_EXCEPTIONS_BYTES 2048u

#define OWN       "own"
#define INHERITED "inherited"
#define NONE      "none"

static const struct {
    const char *name, *label;
} days[] = {{"mon", "Monday"},   {"tue", "Tuesday"}, {"wed", "Wednesday"},
            {"thu", "Thursday"}, {"fri", "Friday"},  {"sat", "Saturday"},
            {"sun", "Sunday"}};

/* --- the form ------------------------------------------------------------- */

static struct str own_property(const struct iq_request *request,
                               const char *name)
{
    const struct directory_person *person =
        directory_find(request->sm->directory, request->from.bare);

    return person ? directory_property_of(person->properties, name) : STR_NONE;
}

/* The first span of one's own hours; else what many would choose. */
static struct quiet own_hours(const struct iq_request *request)
{
    struct quiet quiet;
    struct error error;

    if (quiet_parse(&quiet, own_property(request, QUIET_HOURS), LANGUAGE_EN,
                    &error) &&
        quiet.count > 0)
        return quiet;
    return (struct quiet){
        .spans = {{.days = 0x7f, .from = 20 * 60, .to = 8 * 60}}, .count = 1};
}

static void add_value(struct xml *field, struct str value)
{
    xml_add_leaf(field, NS_DATA, STR("value"), value);
}

void fill_quiet_mode(struct iq_request *request, const struct command *command,
                     struct xml *field)
{
    struct str hours = own_property(request, QUIET_HOURS);

    (void)command;
    add_value(field, !hours.p              ? STR(INHERITED)
                     : str_is(hours, NONE) ? STR(NONE)
                                           : STR(OWN));
    command_add_option(field, stanza_text(request->iq, "At the hours below"),
                       STR(OWN));
    command_add_option(field, stanza_text(request->iq, "Never"), STR(NONE));
    command_add_option(field,
                       stanza_text(request->iq, "As my department has it"),
                       STR(INHERITED));
}

void fill_quiet_days(struct iq_request *request, const struct command *command,
                     struct xml *field)
{
    struct quiet quiet = own_hours(request);

    (void)command;
    for (size_t i = 0; i < COUNT_OF(days); i++) {
        if (quiet.spans[0].days & (1u << ((i + 1) % 7)))
            add_value(field, str_of(days[i].name));
        command_add_option(field, stanza_text(request->iq, days[i].label),
                           str_of(days[i].name));
    }
}

static void fill_time(struct iq_request *request, struct xml *field,
                      unsigned minutes)
{
    add_value(field, arena_printf(request->arena, "%02u:%02u", minutes / 60,
                                  minutes % 60));
}

void fill_quiet_from(struct iq_request *request, const struct command *command,
                     struct xml *field)
{
    (void)command;
    fill_time(request, field, own_hours(request).spans[0].from);
}

void fill_quiet_to(struct iq_request *request, const struct command *command,
                   struct xml *field)
{
    (void)command;
    fill_time(request, field, own_hours(request).spans[0].to);
}

void fill_quiet_zone(struct iq_request *request, const struct command *command,
                     struct xml *field)
{
    struct quiet quiet = own_hours(request);

    (void)command;
    if (quiet.zone[0])
        add_value(field, arena_dup(request->arena, str_of(quiet.zone)));
}

void fill_quiet_except(struct iq_request *request,
                       const struct command *command, struct xml *field)
{
    struct str list = own_property(request, QUIET_EXCEPT);

    (void)command;
    while (list.len)
        add_value(field, str_cut(&list, ' '));
}

/* --- what was filled in --------------------------------------------------- */

/* "mon,tue 20:00-08:00 ZONE"; whether it is right tells quiet_parse. */
static struct str hours_of(struct iq_request *request, const struct xml *form)
{
    const struct xml *field = form_field(form, "days");
    const struct xml *value = field ? xml_child(field, NS_DATA, "value") : NULL;
    struct str zone = form_value(form, "zone");
    struct str chosen = STR("");

    for (; value && chosen.len < QUIET_MAX_TEXT;
         value = xml_next(value, NS_DATA, "value"))
        chosen = arena_printf(request->arena, "%.*s%s%.*s", STR_ARG(chosen),
                              chosen.len ? "," : "", STR_ARG(xml_text(value)));
    return arena_printf(request->arena, "%.*s %.*s-%.*s%s%.*s", STR_ARG(chosen),
                        STR_ARG(form_value(form, "from")),
                        STR_ARG(form_value(form, "to")), zone.len ? " " : "",
                        STR_ARG(zone));
}

/* False when one is no address, or there are too many. Absent: there is none.
 */
static bool read_exceptions(struct iq_request *request, const struct xml *form,
                            struct str *list)
{
    const struct xml *field = form_field(form, "except");
    const struct xml *value = field ? xml_child(field, NS_DATA, "value") : NULL;
    unsigned count = 0;
    struct jid jid;

    *list = STR_NONE;
    for (; value; value = xml_next(value, NS_DATA, "value")) {
        if (!xml_text(value).len)
            continue;
        if (++count > MAX_EXCEPTIONS || list->len > MAX_EXCEPTIONS_BYTES ||
            !jid_parse(&jid, request->arena, xml_text(value)))
            return false;
        *list = arena_printf(request->arena, "%.*s%s%.*s", STR_ARG(*list),
                             count > 1 ? " " : "", STR_ARG(jid.bare));
    }
    return true;
}

static void on_set(void *ctx, bool ok)
{
    if (ok)
        command_done(ctx, "Done", NULL);
    else
        iq_refuse(ctx, ERR_INTERNAL_SERVER_ERROR,
                  "The change could not be stored");
}

void set_quiet_hours(struct iq_request *request, const struct command *command,
                     const struct xml *form)
{
    struct str mode = form_value(form, "mode");
    struct str hours = STR_NONE, exceptions;
    struct quiet quiet;
    struct error error;

    (void)command;
    if (str_is(mode, OWN))
        hours = hours_of(request, form);
    else if (str_is(mode, NONE))
        hours = STR(NONE);
    if (!request->account || request->account->is_guest)
        iq_refuse(request, ERR_NOT_ALLOWED, "Nothing is kept for a guest");
    else if (hours.p && !quiet_parse(&quiet, hours, LANGUAGE_EN, &error))
        iq_refuse(request, ERR_NOT_ACCEPTABLE,
                  "Choose days, times as 22:00 and 07:00, and a time zone as "
                  "Asia/Shanghai or none");
    else if (!read_exceptions(request, form, &exceptions))
        iq_refuse(request, ERR_NOT_ACCEPTABLE,
                  "The exceptions are too many, or one is no address");
    else
        store_quiet_set(request->sm->store, store_user(&request->from), hours,
                        exceptions, on_set, iq_keep(request));
}

#include "reading.h"

static struct xml *form_new(struct arena *arena)
{
    struct xml *form = xml_new(arena, NS_DATA, STR("x"));

    xml_set(form, STR("type"), STR("submit"));
    return form;
}

static struct api_step *add_step(struct reading *reading, struct str command)
{
    struct api_plan *plan = reading->plan;
    struct api_step *step = &plan->steps[plan->count++];

    *step = (struct api_step){command, form_new(reading->arena)};
    return step;
}

/* The segments of the path as fields; of a plain command it is its name. */
static void add_places(struct reading *reading, struct xml *form)
{
    const char *const *places = reading->resource->places;

    for (unsigned i = 0; i < COUNT_OF(reading->resource->places); i++) {
        bool is_number = places[i] && places[i][0] == '#';
        struct str value = reading->segments[i];

        if (!places[i])
            break;
        if (is_number)
            value = arena_printf(reading->arena, "#%.*s", STR_ARG(value));
        form_add(form, places[i] + is_number, NULL, value);
    }
}

static bool is_known(const struct api_resource *resource, struct str key)
{
    for (const struct api_key *row = resource->keys; row->key; row++)
        if (str_is(key, row->key))
            return true;
    return false;
}

static bool check_keys(struct reading *reading)
{
    const char *key;
    json_t *value;

    json_object_foreach(reading->given, key, value)
    {
        if (is_known(reading->resource, str_of(key)))
            continue;
        (void)error_set(
            &reading->fault->error,
            text_in(reading->request->language, "%.64s: is not known here"),
            key);
        return reading_fail(reading, 400, "bad-request");
    }
    return true;
}

static bool add_field(struct reading *reading, struct xml *form,
                      const char *field, const json_t *value)
{
    return api_form_add(form, str_of(field), value, reading->request->language,
                        &reading->fault->error) ||
           reading_fail(reading, 400, "bad-request");
}

static bool plan_resource(struct reading *reading)
{
    struct api_step *step =
        add_step(reading, str_of(reading->resource->command));

    if (!check_keys(reading))
        return false;
    add_places(reading, step->form);
    for (const struct api_key *row = reading->resource->keys; row->key; row++) {
        const json_t *value = json_object_get(reading->given, row->key);

        if (value && !add_field(reading, step->form, row->field, value))
            return false;
    }
    return true;
}

/* Any command, by its name: every key is a field. */
static bool plan_command(struct reading *reading)
{
    struct api_step *step = add_step(reading, reading->segments[0]);
    const char *key;
    json_t *value;

    json_object_foreach(reading->given, key, value)
    {
        if (!add_field(reading, step->form, key, value))
            return false;
    }
    return true;
}

/* Name and address are one command; the password and whether he may log in are
 * one each. */
static bool plan_change(struct reading *reading)
{
    const json_t *name = json_object_get(reading->given, "name");
    const json_t *email = json_object_get(reading->given, "email");
    const json_t *password = json_object_get(reading->given, "password");
    const json_t *enabled = json_object_get(reading->given, "enabled");
    struct str jid = reading->segments[0];
    struct api_step *step;

    if (!check_keys(reading))
        return false;
    if (!name && !email && !password && !enabled)
        return reading_fail_with(reading, "There is nothing to change");
    if (enabled && !json_is_boolean(enabled))
        return reading_fail_with(reading, "Expected true or false as enabled");
    if (name || email) {
        step = add_step(reading, STR("change-user"));
        form_add(step->form, "accountjid", NULL, jid);
        if ((name && !add_field(reading, step->form, "name", name)) ||
            (email && !add_field(reading, step->form, "email", email)))
            return false;
    }
    if (password) {
        step = add_step(reading, STR("change-user-password"));
        form_add(step->form, "accountjid", NULL, jid);
        if (!add_field(reading, step->form, "password", password))
            return false;
    }
    if (enabled) {
        step = add_step(reading, json_is_true(enabled) ? STR("reenable-user")
                                                       : STR("disable-user"));
        form_add(step->form, "accountjids", NULL, jid);
    }
    return true;
}

static bool plan_forms(struct reading *reading)
{
    struct api_plan *plan = reading->plan;

    if (!check_keys(reading))
        return false;
    plan->steps[plan->count++] = (struct api_step){.command = STR_NONE};
    if (reading->segment_count > 0)
        plan->only = reading->segments[0];
    return true;
}

static bool make_steps(struct reading *reading)
{
    enum api_shape shape = reading->resource->shape;

    if (shape == SHAPE_FORMS || shape == SHAPE_FORM)
        return plan_forms(reading);
    if (reading->resource->is_change)
        return plan_change(reading);
    return reading->resource->command ? plan_resource(reading)
                                      : plan_command(reading);
}

/* Whoever names a user means his domain. */
static void take_domain(struct api_plan *plan)
{
    static const char *const fields[] = {"accountjid", "accountjids"};
    const struct xml *form = plan->steps[0].form;

    for (size_t i = 0; form && !plan->domain.len && i < COUNT_OF(fields); i++) {
        struct str rest = form_value(form, fields[i]);

        rest = str_cut(&rest, '/');
        (void)str_cut(&rest, '@');
        if (rest.len)
            plan->domain = rest;
    }
}

bool api_plan_read(struct arena *arena, const struct api_request *request,
                   struct api_plan *plan, struct api_fault *fault)
{
    struct reading reading = {
        .arena = arena, .request = request, .plan = plan, .fault = fault};
    bool is_read;

    *plan = (struct api_plan){.language = request->language};
    *fault = (struct api_fault){0};
    is_read = reading_take(&reading);
    if (is_read) {
        plan->shape = reading.resource->shape;
        plan->status =
            reading.resource->status ? reading.resource->status : 200;
        is_read = make_steps(&reading);
    }
    if (reading.given)
        json_decref(reading.given);
    if (is_read)
        take_domain(plan);
    return is_read;
}

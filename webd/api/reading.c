#include "reading.h"

bool reading_fail(struct reading *reading, unsigned status,
                  const char *condition)
{
    reading->fault->status = status;
    reading->fault->condition = condition;
    return false;
}

bool reading_fail_with(struct reading *reading, const char *text)
{
    (void)error_set(&reading->fault->error, "%s",
                    text_in(reading->request->language, text));
    return reading_fail(reading, 400, "bad-request");
}

/* RFC 9110 §15.5.6: with 405 goes what there is. */
static void fail_to_find(struct reading *reading, unsigned allowed)
{
    (void)error_set(&reading->fault->error, "%s",
                    text_in(reading->request->language,
                            allowed ? "This method is not for this path"
                                    : "There is nothing here"));
    (void)reading_fail(reading, allowed ? 405 : 404,
                       allowed ? "not-allowed" : "item-not-found");
    reading->fault->allowed = allowed;
}

static const struct api_resource *find(struct reading *reading)
{
    const struct api_request *request = reading->request;
    unsigned allowed = 0;

    for (size_t i = 0; i < api_resource_count; i++) {
        const struct api_resource *one = &api_resources[i];

        if (!api_path_fits(request->path, one->path, reading->segments,
                           &reading->segment_count))
            continue;
        if (one->method == request->method)
            return one;
        allowed |= (unsigned)one->method;
    }
    fail_to_find(reading, allowed);
    return NULL;
}

static bool decode_segments(struct reading *reading)
{
    for (unsigned i = 0; i < reading->segment_count; i++) {
        reading->segments[i] =
            api_decode(reading->arena, reading->segments[i], false);
        if (!reading->segments[i].len)
            return reading_fail_with(reading, "The path is wrong");
    }
    return true;
}

/* What stands behind the '?', as an object of texts; `domain` is ours. */
static bool read_query(struct reading *reading)
{
    struct str rest = reading->request->query;
    bool is_body = reading->request->method != HTTP_GET;

    while (rest.len) {
        struct str value = str_cut(&rest, '&');
        struct str key = str_cut(&value, '=');

        key = api_decode(reading->arena, key, true);
        value = api_decode(reading->arena, value.p ? value : STR(""), true);
        if (!key.len || !value.p)
            return reading_fail_with(reading, "The query is wrong");
        if (str_is(key, "domain"))
            reading->plan->domain = value;
        else if (is_body)
            return reading_fail_with(
                reading, "Only domain= may stand behind the path here");
        else
            (void)json_object_setn_new(reading->given, key.p, key.len,
                                       api_json_text(value));
    }
    return true;
}

static bool read_given(struct reading *reading)
{
    if (reading->request->method == HTTP_GET)
        reading->given = json_object();
    else
        reading->given =
            api_json_parse(reading->request->body, reading->request->language,
                           &reading->fault->error);
    if (!reading->given)
        return reading_fail(reading, 400, "bad-request");
    return read_query(reading);
}

bool reading_take(struct reading *reading)
{
    reading->resource = find(reading);
    return reading->resource && decode_segments(reading) && read_given(reading);
}

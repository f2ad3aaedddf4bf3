/* Requests of programs: the method's number, then path, query and body, a line
 * each. What became of them is written as XML, and the body, read as sm's
 * answer, as JSON. */
#include "webd/api/reply.h"

static const enum http_method methods[] = {HTTP_GET, HTTP_POST, HTTP_PUT,
                                           HTTP_PATCH, HTTP_DELETE};

static void read_request(struct arena *arena, const struct api_request *request)
{
    struct api_plan plan;
    struct api_fault fault;
    struct buf out = {0};

    if (!api_plan_read(arena, request, &plan, &fault)) {
        if (fault.status < 400)
            __builtin_trap();
        return;
    }
    if (plan.count == 0 || plan.count > API_MAX_STEPS)
        __builtin_trap();
    for (unsigned i = 0; i < plan.count; i++)
        if (plan.steps[i].form)
            xml_write(&out, plan.steps[i].form, NS_CLIENT);
    if (!xml_utf8_valid(out.data ? buf_view(&out) : STR("")))
        __builtin_trap();
    buf_clear(&out);
}

static void read_answer(struct arena *arena, unsigned shape, struct str bytes)
{
    static struct xml_parser *parser;
    const struct api_plan plan = {.shape = (enum api_shape)(shape % 6u),
                                  .status = 200};
    const struct xml *iq;
    struct api_reply reply;

    if (!parser)
        parser = xml_parser_new(
            &(struct xml_limits){.max_depth = 64, .max_stanza = 1 << 20});
    iq = xml_parse(parser, arena, bytes);
    if (iq)
        api_reply_make(arena, &plan, iq, &reply);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);
int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    struct arena arena = {0};
    struct str rest = {(const char *)data + 1, size - 1};
    struct api_request request;

    if (size < 2)
        return 0;
    request.method = methods[data[0] % COUNT_OF(methods)];
    request.path = str_cut(&rest, '\n');
    request.query = str_cut(&rest, '\n');
    request.body = rest.p ? rest : STR("");
    read_request(&arena, &request);
    read_answer(&arena, data[0], request.body);
    arena_clear(&arena);
    return 0;
}

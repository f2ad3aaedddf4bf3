#include "sm/presence/caps.h"

#include <openssl/evp.h>
#include <stdlib.h>

#include "common/codec/codec.h"
#include "common/link/control.h"
#include "sm/query/iq.h"

#define MAX_STRINGS 256u

/* What is sorted before it is written. */
struct strings {
    struct str list[MAX_STRINGS];
    size_t count;
};

static int by_bytes(const void *a, const void *b)
{
    return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

static void add(struct strings *strings, struct str text)
{
    if (strings->count == MAX_STRINGS)
        abort(); /* our own tables outgrew it */
    strings->list[strings->count++] = text;
}

/* All of them, sorted, each with a '<' behind it. */
static void write_sorted(struct buf *out, struct strings *strings)
{
    qsort(strings->list, strings->count, sizeof(strings->list[0]), by_bytes);
    for (size_t i = 0; i < strings->count; i++) {
        buf_add(out, strings->list[i]);
        buf_add_char(out, '<');
    }
}

static void write_identities(struct buf *out, struct arena *arena,
                             const struct xml *query)
{
    struct strings strings = {.count = 0};

    for (const struct xml *one = xml_child(query, NS_DISCO_INFO, "identity");
         one; one = xml_next(one, NS_DISCO_INFO, "identity"))
        add(&strings,
            arena_printf(arena, "%.*s/%.*s/%.*s/%.*s",
                         STR_ARG(xml_get(one, "category")),
                         STR_ARG(xml_get(one, "type")), STR_ARG(xml_lang(one)),
                         STR_ARG(xml_get(one, "name"))));
    write_sorted(out, &strings);
}

static void write_features(struct buf *out, const struct xml *query)
{
    struct strings strings = {.count = 0};

    for (const struct xml *one = xml_child(query, NS_DISCO_INFO, "feature");
         one; one = xml_next(one, NS_DISCO_INFO, "feature"))
        add(&strings, xml_get(one, "var"));
    write_sorted(out, &strings);
}

/* "var<value<value<", the values sorted. */
static struct str field_text(struct arena *arena, const struct xml *field)
{
    struct strings values = {.count = 0};
    struct buf out = {0};
    struct str text;

    for (const struct xml *one = xml_child(field, NS_DATA, "value"); one;
         one = xml_next(one, NS_DATA, "value"))
        add(&values, xml_text(one));
    buf_add(&out, xml_get(field, "var"));
    buf_add_char(&out, '<');
    write_sorted(&out, &values);
    text = arena_dup(arena, buf_view(&out));
    text.len--; /* its last '<' is written with the others */
    buf_clear(&out);
    return text;
}

/* The FORM_TYPE alone, then the fields by name. There is one form at most. */
static void write_form(struct buf *out, struct arena *arena,
                       const struct xml *form)
{
    struct strings fields = {.count = 0};

    for (const struct xml *field = xml_child(form, NS_DATA, "field"); field;
         field = xml_next(field, NS_DATA, "field")) {
        if (!str_is(xml_get(field, "var"), "FORM_TYPE")) {
            add(&fields, field_text(arena, field));
            continue;
        }
        buf_add(out, xml_child_text(field, NS_DATA, "value"));
        buf_add_char(out, '<');
    }
    write_sorted(out, &fields);
}

struct str caps_hash(struct sm *sm)
{
    const struct xml *query = disco_describe_server(sm);
    const struct xml *form = xml_child(query, NS_DATA, "x");
    unsigned char digest[EVP_MAX_MD_SIZE];
    struct buf text = {0};
    unsigned length = 0;

    write_identities(&text, &sm->arena, query);
    write_features(&text, query);
    if (form)
        write_form(&text, &sm->arena, form);
    if (EVP_Digest(text.data + text.start, buf_len(&text), digest, &length,
                   EVP_sha1(), NULL) != 1)
        abort(); /* a libcrypto without SHA-1 */
    buf_clear(&text);
    return base64_encode(&sm->arena,
                         (struct str){(const char *)digest, length});
}

bool caps_is_asked(struct str node)
{
    return str_is(str_cut(&node, '#'), CAPS_NODE) && node.len > 0;
}

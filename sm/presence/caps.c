#include "sm/presence/caps.h"

#include <openssl/evp.h>
#include <stdlib.h>

#include "common/codec/codec.h"
#include "common/link/control.h"
#include "sm/query/iq.h"

/* Of one kind in one answer: no client has as many. */
#define MAX_ENTRIES 2000u

/* Ends each part of the hashed text. */
#define SEPARATOR '<'

/* What is sorted by key before its text is written. */
struct entry {
    struct str key, text;
};

struct entries {
    struct entry *list;
    size_t count;
};

static const struct {
    const char *name;
    const EVP_MD *(*digest)(void);
} algorithms[] = {
    {"sha-1", EVP_sha1},
    {"sha-256", EVP_sha256},
    {"sha-512", EVP_sha512},
};

static const EVP_MD *find_algorithm(struct str name)
{
    for (size_t i = 0; i < COUNT_OF(algorithms); i++)
        if (str_is(name, algorithms[i].name))
            return algorithms[i].digest();
    return NULL;
}

bool caps_is_algorithm(struct str algorithm)
{
    return find_algorithm(algorithm) != NULL;
}

/* With room for every child of this name. */
static bool make_room(struct entries *entries, struct arena *arena,
                      const struct xml *parent, struct str ns, const char *name)
{
    size_t count = 0;

    for (const struct xml *one = xml_child(parent, ns, name); one;
         one = xml_next(one, ns, name))
        count++;
    entries->count = 0;
    entries->list = arena_alloc(arena, (count + 1) * sizeof(struct entry));
    return count <= MAX_ENTRIES;
}

static bool is_plain(struct str text)
{
    return !text.len || !memchr(text.p, SEPARATOR, text.len);
}

static void add(struct entries *entries, struct str key, struct str text)
{
    entries->list[entries->count++] = (struct entry){key, text};
}

static int by_key(const void *a, const void *b)
{
    return str_cmp(((const struct entry *)a)->key,
                   ((const struct entry *)b)->key);
}

/* Sorts; false when two have one key. */
static bool sort(struct entries *entries)
{
    bool is_single = true;

    qsort(entries->list, entries->count, sizeof(struct entry), by_key);
    for (size_t i = 1; i < entries->count; i++)
        if (str_eq(entries->list[i - 1].key, entries->list[i].key))
            is_single = false;
    return is_single;
}

static void write_all(struct buf *out, const struct entries *entries)
{
    for (size_t i = 0; i < entries->count; i++) {
        buf_add(out, entries->list[i].text);
        buf_add_char(out, SEPARATOR);
    }
}

/* "category/type/lang/name" */
static bool write_identities(struct buf *out, struct arena *arena,
                             const struct xml *query)
{
    struct entries entries;

    if (!make_room(&entries, arena, query, NS_DISCO_INFO, "identity"))
        return false;
    for (const struct xml *one = xml_child(query, NS_DISCO_INFO, "identity");
         one; one = xml_next(one, NS_DISCO_INFO, "identity")) {
        struct str text = arena_printf(
            arena, "%.*s/%.*s/%.*s/%.*s", STR_ARG(xml_get(one, "category")),
            STR_ARG(xml_get(one, "type")), STR_ARG(xml_lang(one)),
            STR_ARG(xml_get(one, "name")));

        if (!is_plain(text))
            return false;
        add(&entries, text, text);
    }
    if (!sort(&entries))
        return false;
    write_all(out, &entries);
    return true;
}

static bool write_features(struct buf *out, struct arena *arena,
                           const struct xml *query)
{
    struct entries entries;

    if (!make_room(&entries, arena, query, NS_DISCO_INFO, "feature"))
        return false;
    for (const struct xml *one = xml_child(query, NS_DISCO_INFO, "feature");
         one; one = xml_next(one, NS_DISCO_INFO, "feature")) {
        struct str name = xml_get(one, "var");

        if (!is_plain(name))
            return false;
        add(&entries, name, name);
    }
    if (!sort(&entries))
        return false;
    write_all(out, &entries);
    return true;
}

/* "var<value<value", the values sorted; their last separator is written with
 * the others. Absent: it could be read in two ways. */
static struct str field_text(struct arena *arena, const struct xml *field)
{
    struct entries values;
    struct buf out = {0};
    struct str text;

    if (!make_room(&values, arena, field, NS_DATA, "value") ||
        !is_plain(xml_get(field, "var")))
        return STR_NONE;
    for (const struct xml *one = xml_child(field, NS_DATA, "value"); one;
         one = xml_next(one, NS_DATA, "value")) {
        struct str value = xml_text(one);

        if (!is_plain(value))
            return STR_NONE;
        add(&values, value, value);
    }
    (void)sort(&values); /* one value twice does no harm */
    buf_add(&out, xml_get(field, "var"));
    buf_add_char(&out, SEPARATOR);
    write_all(&out, &values);
    text = arena_dup(arena, buf_view(&out));
    text.len--;
    buf_clear(&out);
    return text;
}

/* The name of a form; absent when it has none and counts for nothing (§5.4). */
static struct str form_name(const struct xml *form)
{
    const struct xml *field = form_field(form, "FORM_TYPE");

    return field && str_is(xml_get(field, "type"), "hidden")
               ? xml_child_text(field, NS_DATA, "value")
               : STR_NONE;
}

/* One FORM_TYPE has one value, but for repetitions. */
static bool has_one_name(const struct xml *form, struct str name)
{
    const struct xml *field = form_field(form, "FORM_TYPE");

    for (const struct xml *one = xml_child(field, NS_DATA, "value"); one;
         one = xml_next(one, NS_DATA, "value"))
        if (!str_eq(xml_text(one), name))
            return false;
    return is_plain(name);
}

/* "name<field<field", by the names of fields. Absent: it is ill-formed. */
static struct str form_text(struct arena *arena, const struct xml *form,
                            struct str name)
{
    struct entries fields;
    struct buf out = {0};
    struct str text;

    if (!has_one_name(form, name) ||
        !make_room(&fields, arena, form, NS_DATA, "field"))
        return STR_NONE;
    for (const struct xml *field = xml_child(form, NS_DATA, "field"); field;
         field = xml_next(field, NS_DATA, "field")) {
        struct str one;

        if (str_is(xml_get(field, "var"), "FORM_TYPE"))
            continue;
        one = field_text(arena, field);
        if (!one.p)
            return STR_NONE;
        add(&fields, xml_get(field, "var"), one);
    }
    (void)sort(&fields);
    buf_add(&out, name);
    buf_add_char(&out, SEPARATOR);
    write_all(&out, &fields);
    text = arena_dup(arena, buf_view(&out));
    text.len--;
    buf_clear(&out);
    return text;
}

static bool write_forms(struct buf *out, struct arena *arena,
                        const struct xml *query)
{
    struct entries forms;

    if (!make_room(&forms, arena, query, NS_DATA, "x"))
        return false;
    for (const struct xml *form = xml_child(query, NS_DATA, "x"); form;
         form = xml_next(form, NS_DATA, "x")) {
        struct str name = form_name(form), text;

        if (!name.p)
            continue;
        text = form_text(arena, form, name);
        if (!text.p)
            return false;
        add(&forms, name, text);
    }
    if (!sort(&forms))
        return false;
    write_all(out, &forms);
    return true;
}

bool caps_hash_of(struct arena *arena, const struct xml *query,
                  struct str algorithm, struct str *hash)
{
    const EVP_MD *digest = find_algorithm(algorithm);
    unsigned char bytes[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    struct buf text = {0};
    bool is_sound = digest && write_identities(&text, arena, query) &&
                    write_features(&text, arena, query) &&
                    write_forms(&text, arena, query);
    struct str view = buf_view(&text);

    if (is_sound &&
        EVP_Digest(view.p, view.len, bytes, &length, digest, NULL) != 1)
        abort(); /* a libcrypto without it */
    buf_clear(&text);
    *hash = base64_encode(arena, (struct str){(const char *)bytes, length});
    return is_sound;
}

struct str caps_hash(struct sm *sm)
{
    struct str hash;

    /* A contact address may have been written so that it cannot be hashed. */
    return caps_hash_of(&sm->arena, disco_describe_server(sm), STR("sha-1"),
                        &hash)
               ? hash
               : STR_NONE;
}

bool caps_is_asked(struct str node)
{
    return str_is(str_cut(&node, '#'), CAPS_NODE) && node.len > 0;
}

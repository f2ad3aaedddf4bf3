/* Any element, as a client's answer to disco#info and as the settings of a
 * node: refused, or read to what reads back the same. */
#include <stdlib.h>

#include "sm/pep/settings.h"
#include "sm/presence/caps.h"

static const struct xml_limits limits = {
    .max_stanza = 1 << 16, .max_depth = 64, .max_attrs = 64};

static void hash(struct arena *arena, const struct xml *element)
{
    struct str once, twice;

    if (caps_hash_of(arena, element, STR("sha-1"), &once) &&
        (!caps_hash_of(arena, element, STR("sha-1"), &twice) ||
         !str_eq(once, twice)))
        abort();
}

static void read_settings(struct arena *arena, const struct config *config,
                          const struct xml *element)
{
    struct xml *parent = xml_new(arena, NS_PUBSUB, STR("pubsub"));
    struct pep_settings settings;

    pep_settings_default(&settings);
    if (pep_settings_read(&settings, config, arena, element) == PEP_FORM_BAD)
        return;
    if (!pep_settings_meet(&settings, config, arena,
                           pep_settings_write(&settings, parent, NULL)))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct xml_parser *parser;
    static struct config *config;
    struct arena arena = {0};
    struct error error;
    struct xml *element;

    if (!parser) {
        parser = xml_parser_new(&limits);
        config = config_parse("domains = {\"example.com\"}", &error);
    }
    element = xml_parse(parser, &arena, (struct str){(const char *)data, size});
    if (element) {
        hash(&arena, element);
        read_settings(&arena, config, element);
    }
    arena_clear(&arena);
    return 0;
}

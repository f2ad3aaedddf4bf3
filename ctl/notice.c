/* What is said to all, now or when they log in. */
#include <stdlib.h>

#include "common/codec/codec.h"
#include "common/stanza/stanza.h"
#include "ctl.h"
#include "ctl_statements.h"
#include "dry_run.h"

static bool is_kind(const char *kind)
{
    if (str_is(str_of(kind), "motd") || str_is(str_of(kind), "welcome"))
        return true;
    ctl_refuse("%s is no kind of notice: expected motd or welcome", kind);
    return false;
}

static int change(struct ctl *ctl, size_t statement)
{
    struct str domain;
    long count;

    if (!is_kind(ctl->argv[0]) || !ctl_domain(ctl, &domain))
        return EXIT_REFUSED;
    count = ctl_change(
        ctl, statement,
        (struct str[]){domain, str_of(ctl->argv[0]), str_of(ctl->argv[1])});
    if (count == 0)
        return ctl_refuse("there is no %s", ctl->argv[0]);
    return count > 0 && dry_run_concerns(ctl, domain, STR_NONE, STR_NONE)
               ? EXIT_SUCCESS
               : EXIT_REFUSED;
}

int notice_set(struct ctl *ctl)
{
    return change(ctl, CTL_NOTICE_SET);
}

int notice_edit(struct ctl *ctl)
{
    return change(ctl, CTL_NOTICE_EDIT);
}

int notice_del(struct ctl *ctl)
{
    return change(ctl, CTL_NOTICE_REMOVE);
}

int notice_list(struct ctl *ctl)
{
    PGresult *result =
        ctl_run(ctl, CTL_NOTICE_LIST,
                (struct str[]){str_of(ctl_option(ctl, "--domain"))});

    if (!result)
        return EXIT_REFUSED;
    ctl_print(ctl, result);
    PQclear(result);
    return EXIT_SUCCESS;
}

/* As sm's notice_message makes it. */
static struct str make_message(struct ctl *ctl, struct str domain, bool waits)
{
    struct xml *message = xml_new(&ctl->arena, NS_CLIENT, STR("message"));
    struct buf bytes = {0};
    struct str text;

    xml_set(message, STR("from"), domain);
    if (!waits)
        xml_set(message, STR("type"), STR("headline"));
    xml_add_leaf(message, NS_CLIENT, STR("body"), str_of(ctl->argv[0]));
    xml_write(&bytes, message, NS_CLIENT);
    text = arena_dup(&ctl->arena, buf_view(&bytes));
    buf_clear(&bytes);
    return text;
}

static struct str random_origin(struct ctl *ctl)
{
    unsigned char bytes[16];

    random_bytes(bytes, sizeof(bytes));
    return arena_printf(
        &ctl->arena, "announce:%.*s",
        STR_ARG(hex_encode(&ctl->arena,
                           (struct str){(const char *)bytes, sizeof(bytes)})));
}

int announce(struct ctl *ctl)
{
    bool is_online = ctl_flag(ctl, "--online");
    const char *department = ctl_option(ctl, "--department");
    const char *group = department ? department : is_online ? "online" : "all";
    struct str domain, path = STR_NONE;
    PGresult *found;

    if (!ctl_domain(ctl, &domain))
        return EXIT_REFUSED;
    if (!ctl->argv[0][0] || !xml_utf8_valid(str_of(ctl->argv[0])))
        return ctl_refuse("expected a text in UTF-8");
    if (department && !ctl_department(ctl, domain, department, &path))
        return EXIT_REFUSED;
    found =
        ctl_run(ctl, CTL_BROADCAST_ADD,
                (struct str[]){domain, STR(""),
                               arena_printf(&ctl->arena, "%s@%.*s", group,
                                            STR_ARG(domain)),
                               path, STR("0"), random_origin(ctl),
                               make_message(ctl, domain, !is_online)});
    if (!found)
        return EXIT_REFUSED;
    PQclear(found);
    return EXIT_SUCCESS;
}

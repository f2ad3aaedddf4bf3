/* Accounts in the format that servers exchange (XEP-0227), with the verifiers
 * of their passwords and their contact lists: what comes from another server
 * logs in with its old password. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/codec/codec.h"
#include "common/scram/scram.h"
#include "common/stanza/namespaces.h"
#include "common/xml/xml.h"
#include "ctl_statements.h"
#include "file.h"
#include "import_rows.h"
#include "xep0227_roster.h"

#define NS_PIE       STR("urn:xmpp:pie:0")
#define NS_PIE_SCRAM STR("urn:xmpp:pie:0#scram")

static const struct {
    const char *name;
    enum scram_hash hash;
} mechanisms[] = {
    {"SCRAM-SHA-1", SCRAM_SHA1},
    {"SCRAM-SHA-256", SCRAM_SHA256},
};

struct import {
    struct ctl *ctl;
    unsigned long added, refused;
};

/* --- reading -------------------------------------------------------------- */

static bool command(struct ctl *ctl, const char *sql)
{
    PGresult *result = PQexec(ctl->connection, sql);
    bool ok = PQresultStatus(result) == PGRES_COMMAND_OK;

    PQclear(result);
    return ok;
}

static struct str text_of(const struct xml *parent, const char *name)
{
    return xml_child_text(parent, NS_PIE_SCRAM, name);
}

static bool is_key(struct ctl *ctl, struct str base64, enum scram_hash hash)
{
    return base64_decode(&ctl->arena, base64).len == scram_key_bytes(hash);
}

/* Keeps one set of verifiers; a mechanism that is not known here is passed
 * over. */
static bool add_credentials(struct ctl *ctl, const struct jid *jid,
                            const struct xml *scram)
{
    struct str name = xml_get(scram, "mechanism");
    struct str rounds = text_of(scram, "iter-count");
    struct str salt = text_of(scram, "salt");
    struct str stored = text_of(scram, "stored-key");
    struct str server = text_of(scram, "server-key");
    uint64_t iterations;
    size_t i = 0;

    while (i < COUNT_OF(mechanisms) && !str_is(name, mechanisms[i].name))
        i++;
    if (i == COUNT_OF(mechanisms))
        return true;
    return str_to_u64(rounds, &iterations) && iterations > 0 &&
           iterations <= INT32_MAX && base64_decode(&ctl->arena, salt).len &&
           is_key(ctl, stored, mechanisms[i].hash) &&
           is_key(ctl, server, mechanisms[i].hash) &&
           ctl_change(ctl, CTL_CREDENTIAL_ADD,
                      (struct str[]){jid->domain, jid->local, name, rounds,
                                     salt, stored, server}) > 0;
}

static bool add_password(struct ctl *ctl, const struct jid *jid,
                         struct str password)
{
    struct str params[2 + VERIFIER_PARAMS] = {jid->domain, jid->local};
    struct verifiers v;
    bool ok;

    verifiers_init(&v, ctl->config, jid, password);
    if (ctl->dry)
        verifiers_pretend(&v);
    else
        verifiers_derive(&v);
    memcpy(&params[2], v.params, sizeof(v.params));
    ok = !verifiers_fault(&v) && ctl_change(ctl, CTL_USER_PASSWD, params) > 0;
    arena_clear(&v.arena);
    return ok;
}

static struct str email_of(const struct xml *card)
{
    const struct xml *email = card ? xml_child(card, NS_VCARD, "EMAIL") : NULL;
    struct str text =
        email ? xml_child_text(email, NS_VCARD, "USERID") : STR_NONE;

    return text.p ? text : STR("");
}

static bool add_user(struct ctl *ctl, const struct jid *jid,
                     const struct xml *user)
{
    const struct xml *card = xml_child(user, NS_VCARD, "vCard");
    const struct xml *scram =
        xml_child(user, NS_PIE_SCRAM, "scram-credentials");
    struct str password = xml_get(user, "password");
    struct str name = card ? xml_child_text(card, NS_VCARD, "FN") : STR_NONE;
    bool ok =
        ctl_change(ctl, CTL_USER_ADD_BARE,
                   (struct str[]){jid->domain, jid->local,
                                  name.p ? name : STR(""), email_of(card)}) > 0;

    ok = ok && xep0227_roster_import(ctl, jid, user);
    if (password.len)
        return ok && add_password(ctl, jid, password);
    for (; ok && scram;
         scram = xml_next(scram, NS_PIE_SCRAM, "scram-credentials"))
        ok = add_credentials(ctl, jid, scram);
    return ok;
}

static void take_user(struct import *import, struct str domain,
                      const struct xml *user)
{
    struct ctl *ctl = import->ctl;
    struct str name = xml_get(user, "name");
    struct jid jid;

    if (!ctl_account(ctl,
                     arena_printf(&ctl->arena, "%.*s@%.*s", STR_ARG(name),
                                  STR_ARG(domain))
                         .p,
                     &jid)) {
        import->refused++;
        return;
    }
    /* One that is refused must not take the others with it. */
    command(ctl, "SAVEPOINT one");
    if (add_user(ctl, &jid, user)) {
        import->added++;
        command(ctl, "RELEASE one");
        return;
    }
    command(ctl, "ROLLBACK TO one");
    import->refused++;
    ctl_refuse("%.*s was refused", STR_ARG(jid.bare));
}

/* The parser reads elements; the declaration before the first is none. */
static struct str skip_declaration(struct str text)
{
    size_t at = 0;

    if (!str_starts(text, STR("<?xml")))
        return text;
    while (at < text.len && text.p[at] != '>')
        at++;
    while (++at < text.len && text.p[at] != '<')
        ;
    return at < text.len ? (struct str){text.p + at, text.len - at} : STR("");
}

static struct xml *parse(struct arena *arena, struct str text)
{
    const struct xml_limits limits = {.max_stanza = FILE_MAX_BYTES,
                                      .max_depth = 256,
                                      .max_attrs = 256,
                                      .max_token = 16u << 20};
    struct xml_parser *parser = xml_parser_new(&limits);
    struct xml *root;

    text = skip_declaration(text);
    while (text.len && (unsigned char)text.p[text.len - 1] <= ' ')
        text.len--;
    root = xml_parse(parser, arena, text);
    xml_parser_free(parser);
    return root && xml_is(root, NS_PIE, "server-data") ? root : NULL;
}

static void take_hosts(struct import *import, const struct xml *root)
{
    const struct xml *host = xml_child(root, NS_PIE, "host"), *user;

    for (; host; host = xml_next(host, NS_PIE, "host"))
        for (user = xml_child(host, NS_PIE, "user"); user;
             user = xml_next(user, NS_PIE, "user"))
            take_user(import, xml_get(host, "jid"), user);
}

struct xml *xep0227_read(struct ctl *ctl, const char *path, struct buf *text)
{
    struct xml *root;

    if (!file_read(path, text))
        return NULL;
    root = parse(&ctl->arena, buf_view(text));
    if (!root)
        ctl_refuse("%s is no <server-data/> of XEP-0227", path);
    return root;
}

int xep0227_import(struct ctl *ctl, const char *path)
{
    struct import import = {.ctl = ctl};
    struct buf text = {0};
    const struct xml *root = xep0227_read(ctl, path, &text);
    bool ok = root && ctl_begin(ctl);

    if (ok) {
        take_hosts(&import, root);
        ok = ctl_commit(ctl);
        import_tell(ctl, import.added, 0, import.refused);
    }
    buf_clear(&text);
    return ok && !import.refused ? EXIT_SUCCESS : EXIT_REFUSED;
}

/* --- writing -------------------------------------------------------------- */

static struct str cell(const PGresult *result, int row, int column)
{
    return (struct str){PQgetvalue(result, row, column),
                        (size_t)PQgetlength(result, row, column)};
}

static void add_leaf(struct buf *out, const char *name, struct str text)
{
    buf_printf(out, "<%s>", name);
    xml_escape(out, text);
    buf_printf(out, "</%s>", name);
}

static void begin_user(struct buf *out, const PGresult *result, int row)
{
    struct str name = cell(result, row, 2), email = cell(result, row, 3);

    buf_add_text(out, "    <user name='");
    xml_escape(out, cell(result, row, 1));
    buf_add_text(out, "'>\n");
    if (!name.len && !email.len)
        return;
    buf_add_text(out, "      <vCard xmlns='vcard-temp'>");
    if (name.len)
        add_leaf(out, "FN", name);
    if (email.len) {
        buf_add_text(out, "<EMAIL>");
        add_leaf(out, "USERID", email);
        buf_add_text(out, "</EMAIL>");
    }
    buf_add_text(out, "</vCard>\n");
}

static void add_scram(struct buf *out, const PGresult *result, int row)
{
    if (PQgetisnull(result, row, 4))
        return;
    buf_add_text(out, "      <scram-credentials xmlns='urn:xmpp:pie:0#scram' "
                      "mechanism='");
    xml_escape(out, cell(result, row, 4));
    buf_add_text(out, "'>");
    add_leaf(out, "iter-count", cell(result, row, 5));
    add_leaf(out, "salt", cell(result, row, 6));
    add_leaf(out, "server-key", cell(result, row, 8));
    add_leaf(out, "stored-key", cell(result, row, 7));
    buf_add_text(out, "</scram-credentials>\n");
}

static bool is_same(const PGresult *result, int row, int columns)
{
    if (row <= 0 || row >= PQntuples(result))
        return false;
    for (int i = 0; i < columns; i++)
        if (!str_eq(cell(result, row, i), cell(result, row - 1, i)))
            return false;
    return true;
}

/* Rows are ordered: those of a host, and of a user in it, follow each other. */
static void write_document(struct buf *out, const PGresult *result,
                           struct xep0227_rosters *rosters)
{
    int count = PQntuples(result);

    buf_add_text(out, "<?xml version='1.0' encoding='UTF-8'?>\n"
                      "<server-data xmlns='urn:xmpp:pie:0'>\n");
    for (int row = 0; row < count; row++) {
        if (!is_same(result, row, 1)) {
            buf_add_text(out, "  <host jid='");
            xml_escape(out, cell(result, row, 0));
            buf_add_text(out, "'>\n");
        }
        if (!is_same(result, row, 2))
            begin_user(out, result, row);
        add_scram(out, result, row);
        if (!is_same(result, row + 1, 2)) {
            xep0227_rosters_write(rosters, out, cell(result, row, 0),
                                  cell(result, row, 1));
            buf_add_text(out, "    </user>\n");
        }
        if (!is_same(result, row + 1, 1))
            buf_add_text(out, "  </host>\n");
    }
    buf_add_text(out, "</server-data>\n");
}

int xep0227_export(struct ctl *ctl, const char *path)
{
    const char *domain = ctl_option(ctl, "--domain");
    struct xep0227_rosters rosters = {0};
    struct buf out = {0};
    PGresult *result;
    bool ok;

    /* The only role that may read verifiers besides authd's. */
    if (!ctl_connect(ctl, "posthouse_owner"))
        return EXIT_REFUSED;
    /* Both as of one moment, so that no roster is of nobody. */
    ok = command(ctl, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY") &&
         xep0227_rosters_open(ctl, &rosters, str_of(domain));
    result = ok ? ctl_run(ctl, CTL_EXPORT_VERIFIERS,
                          (struct str[]){str_of(domain)})
                : NULL;
    if (result)
        write_document(&out, result, &rosters);
    ok = result && file_write(path, buf_view(&out));
    xep0227_rosters_close(&rosters);
    PQclear(result);
    buf_clear(&out);
    return ok ? EXIT_SUCCESS : EXIT_REFUSED;
}

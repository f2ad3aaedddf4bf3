#include "xep0227_roster.h"

#include "common/stanza/namespaces.h"
#include "ctl_statements.h"

#define END_OF_COLUMN '\x1f'
#define END_OF_ROW    '\x1e'
#define END_OF_GROUP  '\x1d'

/* As sm takes them from a client. */
#define MAX_GROUPS 64u
#define MAX_BYTES  1023u

/* --- reading -------------------------------------------------------------- */

static void add_text(struct buf *rows, struct str text)
{
    for (size_t i = 0; i < text.len && i < MAX_BYTES; i++)
        buf_add_char(rows, (unsigned char)text.p[i] < ' ' ? ' ' : text.p[i]);
}

/* A name that is cut must not end within a character. */
static struct str cut(struct str text)
{
    if (text.len <= MAX_BYTES)
        return text;
    text.len = MAX_BYTES;
    while (text.len && ((unsigned char)text.p[text.len] & 0xc0) == 0x80)
        text.len--;
    return text;
}

static struct str subscription_of(const struct xml *item)
{
    static const char *const known[] = {"to", "from", "both"};
    struct str subscription = xml_get(item, "subscription");

    for (size_t i = 0; i < COUNT_OF(known); i++)
        if (str_is(subscription, known[i]))
            return subscription;
    return STR("none");
}

static bool add_item(struct ctl *ctl, struct buf *rows, const struct xml *item)
{
    const struct xml *group = xml_child(item, NS_ROSTER, "group");
    struct jid jid;

    if (!jid_parse(&jid, &ctl->arena, xml_get(item, "jid")))
        return false;
    if (buf_len(rows))
        buf_add_char(rows, END_OF_ROW);
    add_text(rows, jid.full);
    buf_add_char(rows, END_OF_COLUMN);
    add_text(rows, cut(xml_get(item, "name")));
    buf_add_char(rows, END_OF_COLUMN);
    add_text(rows, subscription_of(item));
    buf_add_char(rows, END_OF_COLUMN);
    buf_add(rows, db_boolean(str_is(xml_get(item, "ask"), "subscribe")));
    buf_add_char(rows, END_OF_COLUMN);
    buf_add(rows, db_boolean(str_is(xml_get(item, "approved"), "true")));
    buf_add_char(rows, END_OF_COLUMN);
    for (size_t i = 0; group && i < MAX_GROUPS;
         group = xml_next(group, NS_ROSTER, "group"), i++) {
        if (i)
            buf_add_char(rows, END_OF_GROUP);
        add_text(rows, cut(xml_text(group)));
    }
    return true;
}

bool xep0227_roster_import(struct ctl *ctl, const struct jid *jid,
                           const struct xml *user)
{
    const struct xml *query = xml_child(user, NS_ROSTER, "query");
    const struct xml *item = query ? xml_child(query, NS_ROSTER, "item") : NULL;
    int64_t most = config_int(ctl->config, "sm.roster-max-items"), count = 0;
    struct buf rows = {0};
    bool ok = true;

    for (; item; item = xml_next(item, NS_ROSTER, "item"))
        count += add_item(ctl, &rows, item);
    if (most && count > most) {
        ctl_refuse("%.*s has more than sm.roster-max-items contacts",
                   STR_ARG(jid->bare));
        ok = false;
    }
    ok = ok && (!count || ctl_change(ctl, CTL_ROSTER_IMPORT,
                                     (struct str[]){jid->domain, jid->local,
                                                    buf_view(&rows)}) >= 0);
    buf_clear(&rows);
    return ok;
}

/* --- writing -------------------------------------------------------------- */

/* Columns: domain, username, jid, name, subscription, ask, approved, groups. */
enum { DOMAIN, USERNAME, ADDRESS, NAME, SUBSCRIPTION, ASK, APPROVED, GROUPS };

static struct str cell(const struct xep0227_rosters *rosters, int column)
{
    return (struct str){
        PQgetvalue(rosters->result, rosters->row, column),
        (size_t)PQgetlength(rosters->result, rosters->row, column)};
}

bool xep0227_rosters_open(struct ctl *ctl, struct xep0227_rosters *rosters,
                          struct str domain)
{
    *rosters = (struct xep0227_rosters){
        .result = ctl_run(ctl, CTL_EXPORT_ROSTERS, &domain)};
    return rosters->result != NULL;
}

void xep0227_rosters_close(struct xep0227_rosters *rosters)
{
    PQclear(rosters->result);
    rosters->result = NULL;
}

static void add_attribute(struct buf *out, const char *name, struct str value)
{
    buf_printf(out, " %s='", name);
    xml_escape(out, value);
    buf_add_char(out, '\'');
}

static void write_item(const struct xep0227_rosters *rosters, struct buf *out)
{
    struct str groups = cell(rosters, GROUPS);

    buf_add_text(out, "<item");
    add_attribute(out, "jid", cell(rosters, ADDRESS));
    if (cell(rosters, NAME).len)
        add_attribute(out, "name", cell(rosters, NAME));
    add_attribute(out, "subscription", cell(rosters, SUBSCRIPTION));
    if (str_is(cell(rosters, ASK), "t"))
        add_attribute(out, "ask", STR("subscribe"));
    if (str_is(cell(rosters, APPROVED), "t"))
        add_attribute(out, "approved", STR("true"));
    buf_add_char(out, '>');
    while (groups.len) {
        buf_add_text(out, "<group>");
        xml_escape(out, str_cut(&groups, END_OF_GROUP));
        buf_add_text(out, "</group>");
    }
    buf_add_text(out, "</item>");
}

static bool is_of(const struct xep0227_rosters *rosters, struct str domain,
                  struct str username)
{
    return rosters->row < PQntuples(rosters->result) &&
           str_eq(cell(rosters, DOMAIN), domain) &&
           str_eq(cell(rosters, USERNAME), username);
}

void xep0227_rosters_write(struct xep0227_rosters *rosters, struct buf *out,
                           struct str domain, struct str username)
{
    if (!is_of(rosters, domain, username))
        return;
    buf_add_text(out, "      <query xmlns='jabber:iq:roster'>");
    for (; is_of(rosters, domain, username); rosters->row++)
        write_item(rosters, out);
    buf_add_text(out, "</query>\n");
}

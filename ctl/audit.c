/* The audit journal: who reads it, which lines, and why. */
#include "audit.h"

#include <inttypes.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/archive/archive.h"
#include "common/codec/codec.h"
#include "common/xml/xml.h"
#include "ctl_statements.h"

/* --- who ------------------------------------------------------------------ */

static struct str name_of(struct ctl *ctl, uid_t uid)
{
    const struct passwd *entry = getpwuid(uid);

    return entry ? arena_dup(&ctl->arena, str_of(entry->pw_name))
                 : arena_printf(&ctl->arena, "uid %u", (unsigned)uid);
}

/* The user who logged in, whatever he has become since. */
static bool read_login(uid_t *uid)
{
    FILE *file = fopen("/proc/self/loginuid", "r");
    unsigned value = 0;
    bool is_set =
        file && fscanf(file, "%u", &value) == 1 && value != (unsigned)-1;

    if (file)
        fclose(file);
    *uid = (uid_t)value;
    return is_set;
}

struct str audit_administrator(struct ctl *ctl)
{
    const char *caller = getenv("SUDO_USER");
    uid_t uid;

    if (read_login(&uid))
        return name_of(ctl, uid);
    /* Only root may say for whom it works. */
    if (geteuid() == 0 && caller && *caller)
        return arena_dup(&ctl->arena, str_of(caller));
    return name_of(ctl, getuid());
}

struct str audit_reason(struct ctl *ctl)
{
    const char *reason = ctl_option(ctl, "--reason");

    if (reason && *reason)
        return str_of(reason);
    ctl_refuse("--reason: expected why; it is written into the journal");
    return STR_NONE;
}

/* --- which lines ---------------------------------------------------------- */

/* Content is XML: what is looked for is written as it is written there. */
static struct str pattern_of(struct ctl *ctl, const char *word)
{
    struct buf escaped = {0}, pattern = {0};
    struct str text;

    xml_escape(&escaped, str_of(word));
    text = buf_view(&escaped);
    buf_add_char(&pattern, '%');
    for (size_t i = 0; i < text.len; i++) {
        if (strchr("%_\\", text.p[i]))
            buf_add_char(&pattern, '\\');
        buf_add_char(&pattern, text.p[i]);
    }
    buf_add_char(&pattern, '%');
    text = arena_dup(&ctl->arena, buf_view(&pattern));
    buf_clear(&escaped);
    buf_clear(&pattern);
    return text;
}

bool audit_filter_read(struct ctl *ctl, struct audit_filter *filter)
{
    const char *person = ctl_option(ctl, "--person");
    const char *word = ctl_option(ctl, "--word");
    const char *department = ctl_option(ctl, "--department");
    struct jid jid;

    *filter = (struct audit_filter){
        .from = str_of(ctl_option(ctl, "--from")),
        .until = str_of(ctl_option(ctl, "--until")),
    };
    if (!ctl_domain(ctl, &filter->domain) ||
        (department &&
         !ctl_department(ctl, filter->domain, department, &filter->department)))
        return false;
    if (person &&
        (!jid_parse(&jid, &ctl->arena, str_of(person)) || !jid_is_bare(&jid))) {
        ctl_refuse("\"%s\" is no address of the form user@domain", person);
        return false;
    }
    if (person)
        filter->person = jid.bare;
    if (word)
        filter->word = pattern_of(ctl, word);
    return true;
}

/* --- that it was read ----------------------------------------------------- */

static int64_t now_id(void)
{
    struct timespec now;
    uint32_t low;

    clock_gettime(CLOCK_REALTIME, &now);
    random_bytes(&low, sizeof(low));
    return archive_id_at(now.tv_sec * 1000 + now.tv_nsec / 1000000) +
           (low & 0xfffff);
}

static void add_field(struct buf *text, const char *name, struct str value)
{
    if (value.p)
        buf_printf(text, "%s%s=\"%.*s\"", buf_len(text) ? " " : "", name,
                   STR_ARG(value));
}

static struct str describe(struct ctl *ctl, const struct audit_filter *filter,
                           struct str reason)
{
    struct buf text = {0};
    struct str description;

    add_field(&text, "reason", reason);
    add_field(&text, "person", filter->person);
    add_field(&text, "department", filter->department);
    add_field(&text, "from", filter->from);
    add_field(&text, "until", filter->until);
    add_field(&text, "word", filter->word);
    description = arena_dup(&ctl->arena, buf_view(&text));
    buf_clear(&text);
    return description;
}

static struct str hex_column(struct ctl *ctl, struct str digits)
{
    return arena_printf(&ctl->arena, "\\x%.*s", STR_ARG(digits));
}

bool audit_note(struct ctl *ctl, const char *what,
                const struct audit_filter *filter, struct str reason)
{
    struct audit_hasher *hasher = audit_hasher_new();
    char salt[8], id[24], writer[24];
    struct audit_line line = {
        .id = now_id(),
        .writer = AUDIT_WRITER_CTL,
        .kind = arena_printf(&ctl->arena, "audit/%s", what),
        .verdict = STR("allowed"),
        .sender = audit_administrator(ctl),
        .recipient = STR(""),
        .stanza_id = STR(""),
        .content = describe(ctl, filter, reason),
    };
    struct str line_hash;

    random_bytes(salt, sizeof(salt));
    line.salt = hex_encode(&ctl->arena, (struct str){salt, sizeof(salt)});
    line.content_hash =
        audit_hash_content(hasher, &ctl->arena, line.salt, line.content);
    line_hash = audit_hash_line(hasher, &ctl->arena, &line);
    audit_hasher_free(hasher);
    return ctl_change(ctl, CTL_AUDIT_NOTE,
                      (struct str[]){db_number(id, line.id),
                                     db_number(writer, line.writer), line.kind,
                                     line.verdict, line.sender, line.recipient,
                                     line.stanza_id, line.content, line.salt,
                                     hex_column(ctl, line.content_hash),
                                     hex_column(ctl, line_hash)}) == 1;
}

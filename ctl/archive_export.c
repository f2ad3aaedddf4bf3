/* A person's archive as he may take it with him (XEP-0227 §4.14): a series of
 * <result/> of XEP-0313, the oldest first. */
#include <stdlib.h>
#include <unistd.h>

#include "archive.h"
#include "common/archive/archive.h"
#include "ctl_statements.h"
#include "file.h"

struct export
{
    FILE *file;
    struct xml_parser *parser;
    struct arena arena; /* of one row */
    struct buf text;
    unsigned long messages;
};

static void write_text(struct export *export)
{
    struct str text = buf_view(&export->text);

    (void)fwrite(text.p, 1, text.len, export->file); /* ferror() in the end */
    buf_reset(&export->text);
}

static void begin_document(struct export *export, const struct jid *jid)
{
    buf_add_text(&export->text, "<?xml version='1.0' encoding='UTF-8'?>\n"
                                "<server-data xmlns='urn:xmpp:pie:0'>\n"
                                "  <host jid='");
    xml_escape(&export->text, jid->domain);
    buf_add_text(&export->text, "'>\n    <user name='");
    xml_escape(&export->text, jid->local);
    buf_add_text(&export->text,
                 "'>\n      <archive xmlns='urn:xmpp:pie:0#mam'>\n");
    write_text(export);
}

static void end_document(struct export *export)
{
    buf_add_text(&export->text, "      </archive>\n    </user>\n  </host>\n"
                                "</server-data>\n");
    write_text(export);
}

static void on_row(void *ctx, const PGresult *result)
{
    static const struct archive_query nobodys = {0};
    struct export *export = ctx;
    struct arena *arena = &export->arena;
    const struct xml *outer;
    struct archive_row row;

    arena_reset(arena);
    if (!archive_row_read(&row, arena, export->parser, result))
        return;
    outer = archive_result(arena, &nobodys, archive_id_text(arena, row.id),
                           archive_ms_of(row.id), row.message);
    buf_add_text(&export->text, "        ");
    xml_write(&export->text, xml_child(outer, NS_MAM, "result"), STR_NONE);
    buf_add_char(&export->text, '\n');
    write_text(export);
    export->messages++;
}

static bool write_all(struct export *export, struct ctl *ctl,
                      const struct archive_account *account)
{
    struct str everything[6] = {account->number};
    bool is_done;

    export->parser = archive_parser_new();
    begin_document(export, &account->jid);
    is_done = ctl_each(ctl, CTL_ARCHIVE_SEARCH, everything, on_row, export);
    end_document(export);
    xml_parser_free(export->parser);
    arena_clear(&export->arena);
    buf_clear(&export->text);
    return is_done;
}

int archive_export(struct ctl *ctl)
{
    const char *path = ctl->argv[1];
    struct archive_account account;
    struct audit_reading reading;
    struct export export = {0};
    bool is_written;

    if (!archive_account_find(ctl, ctl->argv[0], &account) ||
        !audit_reading_begin(ctl, "archive-export", account.jid.bare, &reading))
        return EXIT_REFUSED;
    if (reading.filter.from.p || reading.filter.until.p ||
        reading.filter.word.p)
        return ctl_refuse("an archive is exported as a whole");
    export.file = file_create(path);
    if (!export.file)
        return EXIT_REFUSED;
    is_written = write_all(&export, ctl, &account) && !ferror(export.file);
    if (fclose(export.file) != 0 || !is_written) {
        (void)unlink(path); /* half of it helps nobody */
        return ctl_refuse("%s could not be written", path);
    }
    printf(ctl->json ? "{\"messages\": %lu}\n" : "%lu messages\n",
           export.messages);
    return EXIT_SUCCESS;
}

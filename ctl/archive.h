/* What the commands on one account's archive share. */
#ifndef POSTHOUSE_CTL_ARCHIVE_H
#define POSTHOUSE_CTL_ARCHIVE_H

#include "audit.h"
#include "common/stanza/stanza.h"
#include "common/xml/xml.h"

/* Whose archive. */
struct archive_account {
    struct jid jid;
    struct str number; /* account.number, in digits */
};
/* Finds the account with this bare JID. False after a message. */
MUST_CHECK bool archive_account_find(struct ctl *ctl, const char *text,
                                     struct archive_account *account);

/* One message of an archive, as CTL_ARCHIVE_SEARCH gives it. */
struct archive_row {
    int64_t id;
    struct xml *message;
};
/* Reads a row. In the arena; false when it is none. */
MUST_CHECK bool archive_row_read(struct archive_row *row, struct arena *arena,
                                 struct xml_parser *parser,
                                 const PGresult *result);
/* A parser for what an archive contains. */
struct xml_parser *archive_parser_new(void);

#endif

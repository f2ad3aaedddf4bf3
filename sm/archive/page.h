/* What a question to an archive asks of the store (XEP-0313 §4.1). */
#ifndef POSTHOUSE_SM_PAGE_H
#define POSTHOUSE_SM_PAGE_H

#include "common/archive/archive.h"
#include "sm/session/session.h"
#include "sm/store/store.h"

/* The part of the account's archive that the question is about: between which
 * ids, with whom, with which words in bodies, and one message more than it
 * wants at most, which tells that there are more. Ids of the question that can
 * be none are passed over. Texts lie in the arena. */
void page_of_question(struct store_page *page, struct arena *arena,
                      const struct archive_query *query,
                      const struct account *account);

#endif

/* Queries to the service, to rooms, and through rooms to occupants: dispatch by
 * a table that also feeds service discovery. */
#ifndef POSTHOUSE_MUCD_IQ_H
#define POSTHOUSE_MUCD_IQ_H

#include "room.h"

enum iq_place { IQ_AT_SERVICE = 1, IQ_AT_ROOM = 2 };

/* One get or set that is being answered, on the stack of its dispatch or, after
 * iq_keep, on the heap. */
struct iq_request {
    struct mucd *mucd;
    struct duty *duty;
    struct arena *arena;
    struct xml *iq;
    struct xml *payload;
    struct jid from, to;
    struct room *room;  /* NULL at the service; not in a kept request */
    struct seat *seat;  /* the sender's in the room; NULL: none; as above */
    struct arena own;   /* of a kept one */
    struct xml *result; /* for a handler: the answer in the making */
    void *data;         /* for a handler; in the arena */
};

typedef void iq_handler(struct iq_request *request);

struct iq_row {
    const char *type;
    const char *element;
    struct str ns;
    unsigned places;
    iq_handler *handler;
    bool is_hidden; /* not advertised as a feature */
};
extern const struct iq_row iq_rows[];
extern const size_t iq_row_count;

/* A query, or an answer to one of ours, to the service, a room or an occupant.
 * Every get and set is answered once. */
void iq_receive(struct mucd *mucd, struct duty *duty, struct xml *iq,
                const struct jid *from, const struct jid *to);

/* An empty <iq type='result'/> to the asker, in the request's arena. */
struct xml *iq_make_result(struct iq_request *request);
/* Sends the answer and ends the request (frees a kept one). */
void iq_answer(struct iq_request *request, struct xml *result);
/* Answers with this error, and ends the request. text may be NULL. */
void iq_refuse(struct iq_request *request, enum stanza_error condition,
               const char *text);
/* An empty result. */
void iq_done(struct iq_request *request);
/* A copy that outlives the call, holding the duty. */
struct iq_request *iq_keep(struct iq_request *request);
/* What the asker may do in the room. */
enum affiliation iq_standing(const struct iq_request *request);

/* XEP-0030, 0199, 0092 */
iq_handler handle_disco_info, handle_disco_items, handle_ping, handle_version;
/* XEP-0045 §8, §9; §10 */
iq_handler handle_admin_get, handle_admin_set, handle_owner_get,
    handle_owner_set;
/* §7.10 */
iq_handler handle_register_get, handle_register_set;
/* XEP-0313 */
iq_handler handle_archive_form, handle_archive_query, handle_archive_metadata;
/* XEP-0050 for 0317; 0425; 0054 */
iq_handler handle_command, handle_moderate, handle_fastened, handle_vcard_get,
    handle_vcard_set;

#endif

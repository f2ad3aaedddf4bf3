/* People who chat, keep rosters, leave and come back while somebody kills the
 * server's daemons; they remember every stanza, so that in the end they can
 * tell what was acknowledged and did not arrive, arrived twice or out of order.
 */
#ifndef POSTHOUSE_CHAOS_H
#define POSTHOUSE_CHAOS_H

#include "common/xml/xml.h"
#include "tests/client/client.h"

/* Followed by the domain. */
#define ROOM "chaos@conference."

struct options {
    const char *host;
    unsigned port;
    const char *domain;
    const char *password;
    unsigned users; /* user0@domain … */
    unsigned rate;  /* messages per second of all together */
    unsigned seed;
    unsigned regulars; /* the first so many stay in a room; 0: no room */
    /* Where every second person lives; NULL: where all do. */
    const char *other_domain;
    unsigned other_port;
    bool may_double; /* what somebody got twice is no failure */
};

/* --- ledger.c: every message ever sent ------------------------------------
 * One to a room is as many as it has regulars, one behind the other, all of
 * them acknowledged at once; in order among those to the room. */

struct message {
    uint32_t sender, receiver;
    uint32_t ordinal; /* of this pair, from 1 */
    uint32_t got_in;  /* the receiver's session that first got it */
    uint64_t sent_ms, acked_ms, got_ms;
    bool is_bounced;
    bool is_in_room;
    bool is_resent; /* in a new session, after a refused resume */
};

struct ledger {
    struct message *messages;
    size_t count, cap;
    size_t chats, room_messages; /* stanzas */
    unsigned users;
    uint32_t *sent; /* by pair, then the same in rooms: the last ordinal */
    uint32_t *got;  /* likewise: the highest ordinal that arrived */
    uint64_t acked, arrived;
    unsigned doubled, reordered, bounced, strange;
    unsigned overtaken; /* stored, and passed by one to the full address */
    unsigned forgiven;  /* doubled by a refused resume */
};

/* An empty ledger for so many users. */
void ledger_open(struct ledger *ledger, unsigned users);
/* Frees it. */
void ledger_close(struct ledger *ledger);
/* The index of a new message. */
uint32_t ledger_add(struct ledger *ledger, unsigned sender, unsigned receiver);
/* The first index of a message to all regulars. */
uint32_t ledger_add_to_room(struct ledger *ledger, unsigned sender,
                            unsigned regulars);
/* The server has acknowledged the message to its sender. */
void ledger_acked(struct ledger *ledger, uint32_t index);
/* What is known of a message's arrival. */
struct arrival {
    unsigned receiver;
    uint32_t session;
    uint32_t refused; /* the receiver's last session that was not resumed */
    bool was_stored;  /* it comes with a delay: a later one to the full address
                       * of a session just bound may have passed it */
};
/* The message has come to its receiver. */
void ledger_arrived(struct ledger *ledger, uint32_t index,
                    const struct arrival *arrival);
/* Messages that are not at an end yet: unacknowledged, or acknowledged and
 * neither arrived nor bounced. */
size_t ledger_open_ends(const struct ledger *ledger, size_t *unacknowledged,
                        bool tell);
/* Prints the sums. */
void ledger_print(const struct ledger *ledger);

/* --- person.c, session.c, stanza.c: one user ------------------------------ */

enum stage {
    AWAY,    /* offline on purpose until `due_ms` */
    WAITING, /* without a connection until `due_ms` */
    LOGIN,
    RESUMING,
    BINDING,
    ENABLING,
    ONLINE,
    LEAVING, /* unavailable; waits until all is acknowledged */
    CLOSING  /* has closed its stream */
};

/* A stanza that the server has not acknowledged. */
struct unacked {
    char *text;
    uint32_t message; /* NO_MESSAGE, or its index in the ledger */
    uint32_t copies;  /* so many indexes from there on */
    uint64_t sent_ms;
};
#define NO_MESSAGE UINT32_MAX

struct chaos;

struct person {
    struct client client; /* first: callbacks get its address */
    struct chaos *chaos;
    unsigned number;
    enum stage stage;
    uint64_t due_ms, since_ms;
    struct xml_stream *parser;
    char resume_id[200];
    uint32_t session; /* how many it has had */
    uint32_t refused; /* the last of them that was not resumed */
    bool is_leaving;  /* has said that it is unavailable */
    bool is_in_room;
    bool was_closing; /* the connection broke behind our own </stream:stream> */
    uint32_t received, acked, seen_requests;
    uint64_t asked_ms; /* since when an <r/> waits for an answer */
    struct unacked *queue;
    size_t first, count, cap;
    uint32_t roster_sent, roster_done, roster_seen;
    bool asks_roster, knows_roster;
};

/* person.c */
/* 0, or 1 for who lives in the other domain. */
unsigned person_side(const struct chaos *chaos, unsigned number);
/* The domain of that person. */
const char *person_domain(const struct chaos *chaos, unsigned number);
void person_start(struct chaos *chaos, unsigned number);
/* What is due for this person now. */
void person_tick(struct person *person);
/* Goes unavailable and closes the stream, when online. */
void person_leave(struct person *person);
/* Sends the next message to the receiver, when in a state to do so. */
bool person_chats(struct person *person, unsigned receiver);
/* Tells the room the next message, when in a state to do so. */
bool person_tells_room(struct person *person);
/* Whether he never leaves the room. */
bool person_is_regular(const struct person *person);
/* Sets an item of his roster. */
void person_changes_roster(struct person *person);
/* Frees him; his connection must be closed. */
void person_free(struct person *person);

/* session.c: connections, XEP-0198 */
void session_on_ready(struct client *client);
/* The connection is gone, or never came. */
void session_on_failed(struct client *client, enum client_state state,
                       const char *why);
/* An element of ours in the namespace of XEP-0198. */
void session_on_ack_element(struct person *person, const struct xml *element);
/* Asks for a resource, not for resumption. */
void session_bind(struct person *person);
/* The resource is there: enables XEP-0198. */
void session_bound(struct person *person);
/* The server ended the stream. */
void session_on_close(struct person *person);
/* Keeps and sends; the text is copied. */
void session_send(struct person *person, const char *text, uint32_t message);
/* The same with a message to the room. */
void session_send_to_room(struct person *person, const char *text,
                          uint32_t message);
/* Asks the server for an acknowledgement. */
void session_request(struct person *person);

/* stanza.c: what comes in */
void stanza_on_input(struct client *client);

/* --- chaos.c -------------------------------------------------------------- */

struct chaos {
    struct options options;
    struct client_wire wires[2]; /* to the servers of both domains */
    struct person *people;
    struct ledger ledger;
    struct arena arena;
    uint64_t now_ms, start_ms;
    uint64_t
        forgiven_until_ms; /* connections that break belong to a killed c2sd */
    uint64_t random;
    uint64_t sent, last_arrival_ms;
    uint64_t longest_silence_ms; /* from a stanza to its acknowledgement */
    uint64_t longest_gap_ms;     /* in which nobody got anything */
    bool is_ending, is_over;
    unsigned broken, resumed, dropped, hung, wrong_counts, refused_logins;
    unsigned roster_wrong;
    unsigned put_out; /* of the room, who had not left it */
};

/* Prints "SECONDS.MS user: …". */
void tell(const struct chaos *chaos, const struct person *person,
          const char *format, ...) PRINTF_LIKE(3, 4);
/* A number below `below`, the same for the same seed. */
unsigned chaos_random(struct chaos *chaos, unsigned below);
/* Runs until the end; true when nothing was wrong. */
bool chaos_run(struct chaos *chaos);

#endif

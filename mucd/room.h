/* A room and who is in it. All that is here is kept in the database too
 * (store.h), so that it survives the process. */
#ifndef POSTHOUSE_MUCD_ROOM_H
#define POSTHOUSE_MUCD_ROOM_H

#include <stdlib.h>
#include "common/mem/hash.h"

#include "duty.h"
#include "mucd.h"
#include "settings.h"

#define OCCUPANT_ID_LEN 43  /* Base64 of 32 bytes without padding */
#define REMEMBERED      256 /* messages of a room, and origins besides them */
#define ROOM_SECRET_LEN 32
#define STANZA_ID_LEN   32

/* Who has an affiliation, or a nickname of his own. */
struct member {
    struct str jid; /* bare; heap */
    enum affiliation affiliation;
    struct str nick, reason; /* heap; may be absent */
    struct str key;          /* of the nickname (nick_key); heap; likewise */
    UT_hash_handle hh;       /* room->members */
};

/* One resource of an occupant. */
struct seat {
    struct occupant *occupant;
    struct seat *prev, *next;  /* of the occupant */
    struct seat *next_foreign; /* of the fan-out at hand */
    struct jid jid;            /* full; heap */
    struct str wire;           /* the same, escaped for XML; heap */
    unsigned shard;
    bool is_local;     /* a user of this suite: reached through sm */
    int64_t heard_ms;  /* last stanza from there */
    int64_t pinged_ms; /* asked whether it is still there; 0: not asked */
    int64_t tokens_ms; /* rate of messages: a bucket, in milliseconds */
    UT_hash_handle hh; /* room->seats, by full JID */
};

/* A nickname with the one user behind it. */
struct occupant {
    struct room *room;
    struct str nick, key; /* key: what no two may share; heap */
    struct str bare;      /* heap */
    enum role role;
    struct str presence; /* as the client sent it, without addresses; heap */
    /* As others see it, without `to`: [1] with the real JID. */
    struct str shown[2];
    char id[OCCUPANT_ID_LEN + 1]; /* XEP-0421 */
    struct seat *seats;
    UT_hash_handle hh; /* room->occupants, by key */
};

/* A message that who enters gets to read. */
struct entry {
    struct entry *prev, *next;
    uint64_t id; /* grows within the room */
    int64_t sent_ms;
    char stanza_id[STANZA_ID_LEN + 1]; /* XEP-0359 */
    bool is_restored;  /* an earlier process may not have sent it to all */
    struct str stanza; /* without `to`; heap; absent: only the origin counts */
    struct str origin; /* heap */
    struct str nick;   /* heap */
};

struct room {
    struct mucd *mucd;
    struct jid jid; /* bare; heap */
    struct settings settings;
    struct occupant *occupants;
    struct seat *seats;
    struct member *members;
    struct held *held;     /* utlist: what it will say, in this order */
    struct entry *entries; /* utlist, oldest first */
    unsigned entry_count;
    unsigned kept_count; /* of the entries: those with a stanza */
    size_t kept_bytes;   /* of their stanzas */
    /* Whose room it is, as "domain/name" (department.h); heap; empty: people's
     * own. */
    struct str department;
    struct str subject, subject_nick; /* heap */
    struct str vcard;                 /* canonical; heap */
    struct hat *hats;                 /* utlist (hats.h) */
    struct str avatar;  /* hash of the picture in it; heap; absent: none */
    int64_t subject_ms; /* 0: never set */
    uint64_t last_id;
    int64_t created_ms;
    bool is_locked; /* its creator has not configured it yet (§10.1.1) */
    char secret[ROOM_SECRET_LEN + 1]; /* of occupant ids */
    UT_hash_handle hh;
};

/* Frees a slice of the heap and makes it absent. */
static inline void text_drop(struct str *text)
{
    free((char *)text->p);
    *text = STR_NONE;
}

/* The room at this bare JID, prepared; NULL: there is none in this process. */
struct room *room_find(const struct mucd *mucd, struct str bare);
/* A new room in memory alone. */
struct room *room_new(struct mucd *mucd, const struct jid *jid);
/* Frees it; nothing is sent and nothing written. */
void room_free(struct room *room);
/* Takes the room away, from the database too. Nobody may be in it. */
void room_remove(struct room *room, struct duty *duty);
/* Removes a temporary room that has become empty. */
void room_settle(struct room *room, struct duty *duty);
/* Gives what the room says to many the language of its discussions, if that is
 * one that there are texts in; its texts are then those of stanza_text. */
void room_set_lang(const struct room *room, struct xml *message);

/* Who has an affiliation or a nickname of his own, by bare JID; NULL: he has
 * neither. The room owns it. */
struct member *room_member(const struct room *room, struct str bare);
/* NONE for who is unknown to the room; OUTCAST for who is, and whose whole
 * domain is banned (XEP-0045 §9.2). */
enum affiliation room_affiliation(const struct room *room, struct str bare);
/* The same for what somebody asks for: an administrator of the service may do
 * what an owner may. */
enum affiliation room_standing(const struct room *room, struct str bare);
/* Sets it in memory and database; NONE without a nickname forgets the member.
 */
void room_set_affiliation(struct room *room, struct duty *duty, struct str bare,
                          enum affiliation affiliation, struct str reason);
/* Keeps a nickname for somebody with an affiliation, in memory and database; an
 * empty one frees what he had. The caller has seen that nobody else has it. */
void room_reserve_nick(struct room *room, struct duty *duty, struct str bare,
                       struct str nick);
/* Sets the nickname in memory; an empty one takes it away. */
void member_set_nick(const struct room *room, struct member *member,
                     struct str nick);
/* The member in memory, made when it is not there. */
struct member *room_member_get(struct room *room, struct str bare);
/* Takes a member out of memory and frees him; the database is not touched. */
void room_member_free(struct room *room, struct member *member);
/* Whether mucd.max-affiliations has room for so many users besides those who
 * are known to the room. */
bool room_has_space_for(const struct room *room, unsigned more);
/* Bytes of a subject or a reason (mucd.max-text-size). */
size_t room_max_text(const struct room *room);
/* How many users have exactly this affiliation. */
unsigned room_count_affiliation(const struct room *room,
                                enum affiliation affiliation);

/* The seat of this full JID; NULL: he is not in the room. The room owns it. */
struct seat *room_seat(const struct room *room, struct str full);
/* Who has this nickname, or one that is as good as it (nick_key); NULL: nobody.
 * Uses the event's arena. */
struct occupant *room_occupant(const struct room *room, struct str nick);
/* How many resources of this bare JID are in the room. Linear. */
unsigned room_count_seats_of(const struct room *room, struct str bare);
/* An occupant of this bare JID, the first of several; NULL: none. Linear. */
struct occupant *room_occupant_of(const struct room *room, struct str bare);
/* The JID of an occupant, in the event's arena. */
struct str room_occupant_jid(const struct room *room, struct str nick);

/* Counts one more stanza of it; true above mucd.message-rate. */
bool seat_is_too_fast(struct seat *seat);
/* A new seat, with the occupant when the nickname is new. Memory alone. */
struct seat *seat_new(struct room *room, const struct jid *full,
                      struct str nick, enum role role);
/* Takes it away, with the occupant when it was the last. Memory alone. */
void seat_free(struct seat *seat);
/* Another nickname, which nobody has. Memory alone. */
void occupant_rename(struct occupant *occupant, struct str nick);

/* Frees all that is in memory of what was said. */
void room_forget_entries(struct room *room);
/* The message that this origin has made already; NULL: none. */
struct entry *room_entry_of(const struct room *room, struct str origin);
/* The message with this stanza id (XEP-0359), if it is in memory; else NULL. */
struct entry *room_entry_by_stanza_id(const struct room *room, struct str id);
/* The stanza id of what came by this origin: always the same, so that a process
 * that comes back makes the same stanza of it. */
void room_stanza_id(const struct room *room, struct str origin,
                    char into[STANZA_ID_LEN + 1]);
/* Remembers a message; stanza absent: its origin alone. Returns the entry,
 * which the room owns. */
struct entry *room_add_entry(struct room *room, uint64_t id, int64_t sent_ms,
                             struct str stanza, struct str origin,
                             struct str nick);
/* Puts another stanza in the place of an entry's. */
void entry_replace(struct room *room, struct entry *entry, struct str stanza);
/* An id larger than all before it. */
uint64_t room_next_id(struct room *room);

#endif

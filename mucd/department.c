#include "department.h"

#include <stdlib.h>
#include <string.h>

#include "affiliation.h"
#include "common/log/log.h"
#include "common/service/service.h"
#include "store.h"

#define PROPERTY "room"

struct reserved {
    struct str bare; /* heap */
    UT_hash_handle hh;
};

/* --- where a department's room is ----------------------------------------- */

/* The service's domain for users of the department's. */
static struct str service_for(struct mucd *mucd, struct str served)
{
    size_t count = service_count(mucd->config, SERVICE_ROOMS);

    for (size_t i = 0; i < count; i++) {
        struct str domain =
            service_domain(mucd->config, SERVICE_ROOMS, &mucd->arena, i);

        if (service_is_for(mucd->config, SERVICE_ROOMS, domain, served))
            return domain;
    }
    return STR_NONE;
}

/* False when the name makes no address. */
static bool address_of(struct mucd *mucd, const struct directory *directory,
                       const struct directory_department *department,
                       struct jid *jid)
{
    struct str domain = service_for(mucd, department->domain);
    struct str name = directory_owns_name(directory, department)
                          ? department->name
                          : department->address;
    struct str local =
        jid_prep_local(&mucd->arena, jid_escape_local(&mucd->arena, name));

    if (!domain.p || !local.len)
        return false;
    *jid = jid_make(&mucd->arena, local, domain, STR_NONE);
    return true;
}

void departments_forget(struct mucd *mucd)
{
    struct reserved *reserved, *next;

    HASH_ITER(hh, mucd->reserved, reserved, next)
    {
        HASH_DEL(mucd->reserved, reserved);
        text_drop(&reserved->bare);
        free(reserved);
    }
}

bool department_reserves(const struct mucd *mucd, struct str bare)
{
    struct reserved *reserved;

    HASH_FIND(hh, mucd->reserved, bare.p, bare.len, reserved);
    return reserved != NULL;
}

void departments_reserve(struct mucd *mucd, const struct directory *directory)
{
    const struct directory_department *department = directory->departments;

    departments_forget(mucd);
    for (; department; department = department->hh.next) {
        struct reserved *reserved;
        struct jid jid;

        arena_reset(&mucd->arena);
        if (!address_of(mucd, directory, department, &jid) ||
            !mucd_owns(mucd, jid.bare) ||
            department_reserves(mucd, jid.bare))
            continue;
        reserved = NEW(struct reserved);
        reserved->bare = str_dup(jid.bare);
        HASH_ADD_KEYPTR(hh, mucd->reserved, reserved->bare.p,
                        reserved->bare.len, reserved);
    }
}

static bool has_room(const struct directory_department *department)
{
    return str_is(directory_inherited(department, PROPERTY, NULL), "yes");
}

/* --- the room ------------------------------------------------------------- */

static struct room *make_room(struct mucd *mucd, const struct jid *jid,
                              const struct directory_department *department)
{
    struct room *room = room_new(mucd, jid);
    struct settings *settings = &room->settings;

    room->department = str_dup(department->key);
    free((char *)settings->name.p);
    settings->name = str_dup(department->label);
    settings->is_public = false;
    settings->whois = WHOIS_ANYONE; /* colleagues know each other */
    department_keep_settings(room);
    store_room_put(mucd->store, room, NULL);
    log_event(LOG_LEVEL_INFO, "room-created", LOG_STR("room", room->jid.bare),
              LOG_STR("department", department->key));
    return room;
}

/* NULL when the address is another's: of a room that people have made
 * themselves, or of a department whose name differs in nothing but its case. */
static struct room *room_of(struct mucd *mucd, const struct jid *jid,
                            const struct directory_department *department)
{
    struct room *room = room_find(mucd, jid->bare);

    if (!room)
        return make_room(mucd, jid, department);
    if (str_eq(room->department, department->key))
        return room;
    log_event(LOG_LEVEL_WARN, "department-room-taken",
              LOG_STR("room", jid->bare),
              LOG_STR("department", department->key));
    return NULL;
}

void department_keep_settings(struct room *room)
{
    struct settings *settings = &room->settings;

    settings->is_persistent = true;
    settings->is_members_only = true;
    settings->may_invite = false;
    settings->may_register = false;
}

/* --- who is in it --------------------------------------------------------- */

static enum affiliation
affiliation_in(const struct directory *directory,
               const struct directory_department *department, struct str bare)
{
    const struct directory_person *person = directory_find(directory, bare);
    const struct directory_membership *m = person ? person->memberships : NULL;

    while (m && m->department != department)
        m = m->next_of_person;
    if (!m || !department)
        return AFFILIATION_NONE;
    return m->is_admin ? AFFILIATION_ADMIN : AFFILIATION_MEMBER;
}

static void change(struct room *room, struct str bare,
                   enum affiliation affiliation)
{
    if (room_affiliation(room, bare) != affiliation)
        affiliation_apply(room, NULL, bare, affiliation, STR_NONE, STR_NONE);
}

/* department NULL: the room is nobody's any more. */
static void agree(struct room *room, const struct directory *directory,
                  const struct directory_department *department)
{
    struct member *member, *next;

    HASH_ITER(hh, room->members, member, next)
    change(room, member->jid,
           affiliation_in(directory, department, member->jid));
    for (const struct directory_membership *m = department ? department->members
                                                           : NULL;
         m; m = m->next_of_department)
        change(room, m->person->jid,
               m->is_admin ? AFFILIATION_ADMIN : AFFILIATION_MEMBER);
}

/* --- all of them ---------------------------------------------------------- */

/* The department whose room this is by the directory; NULL: there is none. */
static const struct directory_department *
owner_of(struct mucd *mucd, const struct directory *directory,
         const struct room *room)
{
    struct str name = room->department;
    struct str domain = str_cut(&name, '/');
    const struct directory_department *department =
        directory_department_at(directory, domain, name);
    struct jid jid;

    if (!department || !has_room(department) ||
        !address_of(mucd, directory, department, &jid) || !jid_eq(&jid, &room->jid))
        return NULL;
    return department;
}

static void empty_abandoned(struct mucd *mucd,
                            const struct directory *directory)
{
    struct room *room, *next;

    HASH_ITER(hh, mucd->rooms, room, next)
    {
        arena_reset(&mucd->arena);
        if (!room->department.len || !room->members ||
            owner_of(mucd, directory, room))
            continue;
        log_event(LOG_LEVEL_INFO, "department-room-closed",
                  LOG_STR("room", room->jid.bare),
                  LOG_STR("department", room->department));
        agree(room, directory, NULL);
    }
}

static void serve(struct mucd *mucd, const struct directory *directory,
                  const struct directory_department *department)
{
    struct room *room;
    struct jid jid;

    if (!has_room(department))
        return;
    if (!address_of(mucd, directory, department, &jid)) {
        log_event(LOG_LEVEL_WARN, "department-room-impossible",
                  LOG_STR("department", department->key));
        return;
    }
    if (!mucd_owns(mucd, jid.bare))
        return; /* another process has it */
    room = room_of(mucd, &jid, department);
    if (room)
        agree(room, directory, department);
}

void departments_apply(struct mucd *mucd, const struct directory *directory)
{
    const struct directory_department *department = directory->departments;

    departments_reserve(mucd, directory);
    empty_abandoned(mucd, directory);
    for (; department; department = department->hh.next) {
        arena_reset(&mucd->arena);
        serve(mucd, directory, department);
    }
}

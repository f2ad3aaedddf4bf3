-- Statements of mucd.

-- name: room_put
INSERT INTO room (domain, name, title, is_public, is_locked, settings, subject,
                  subject_nick, subject_at, vcard, secret, department,
                  hats)
VALUES ($1, $2, $3, $4::boolean, $5::boolean, $6, $7, $8,
        to_timestamp(nullif($9::bigint, 0) / 1000.0), $10, $11, $12, $13)
ON CONFLICT (domain, name) DO UPDATE
SET title = excluded.title, is_public = excluded.is_public,
    is_locked = excluded.is_locked, settings = excluded.settings,
    subject = excluded.subject, subject_nick = excluded.subject_nick,
    subject_at = excluded.subject_at, vcard = excluded.vcard,
    department = excluded.department, hats = excluded.hats;

-- name: room_remove
DELETE FROM room WHERE domain = $1 AND name = $2;

-- name: member_put
INSERT INTO room_member (domain, name, jid, affiliation, nick, reason)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (domain, name, jid) DO UPDATE
SET affiliation = excluded.affiliation, nick = excluded.nick,
    reason = excluded.reason;

-- name: member_remove
DELETE FROM room_member WHERE domain = $1 AND name = $2 AND jid = $3;

-- name: occupant_put
INSERT INTO room_occupant (domain, name, jid, nick, role, presence)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (domain, name, jid) DO UPDATE
SET nick = excluded.nick, role = excluded.role, presence = excluded.presence;

-- name: occupant_remove
DELETE FROM room_occupant WHERE domain = $1 AND name = $2 AND jid = $3;

-- name: message_add
INSERT INTO room_message (domain, name, id, created, origin, sender, nick,
                          stanza, stanza_id)
VALUES ($1, $2, $3::bigint, to_timestamp($4::bigint / 1000.0), $5, $6, $7, $8,
        $9)
ON CONFLICT (domain, name, origin) DO NOTHING;

-- name: message_replace
UPDATE room_message SET stanza = $4
WHERE domain = $1 AND name = $2 AND stanza_id = $3;

-- name: messages_trim
-- Rooms without an archive keep what who enters gets to read.
DELETE FROM room_message WHERE domain = $1 AND name = $2 AND id < $3::bigint;

-- name: archive_read
-- The first $9 of those that room_messages.sql says.
SELECT stanza_id, (extract(epoch FROM created) * 1000)::bigint, stanza, sender
-- include: room_messages.sql
ORDER BY id LIMIT $9::bigint;

-- name: archive_read_back
-- The same, the last $9, newest first.
SELECT stanza_id, (extract(epoch FROM created) * 1000)::bigint, stanza, sender
-- include: room_messages.sql
ORDER BY id DESC LIMIT $9::bigint;

-- name: archive_count
-- How many they are without $9.
SELECT count(*)
-- include: room_messages.sql
HAVING $9::bigint > 0;

-- name: archive_named
-- Those with the stanza ids $3.
SELECT stanza_id, (extract(epoch FROM created) * 1000)::bigint, stanza, sender
FROM room_message
WHERE domain = $1 AND name = $2
AND stanza_id = ANY (string_to_array($3, chr(31)))
ORDER BY id;

-- name: archive_ends
SELECT stanza_id, (extract(epoch FROM created) * 1000)::bigint FROM (
    (SELECT * FROM room_message WHERE domain = $1 AND name = $2
     ORDER BY id LIMIT 1)
    UNION ALL
    (SELECT * FROM room_message WHERE domain = $1 AND name = $2
     ORDER BY id DESC LIMIT 1)) ends
ORDER BY id;

-- name: rooms_list
-- A hidden room is listed to who belongs there.
SELECT name, title FROM room
WHERE domain = $1 AND name > $2 AND NOT is_locked
  AND (is_public OR EXISTS (
      SELECT FROM room_member m
      WHERE m.domain = $1 AND m.name = room.name AND m.jid = $4
        AND m.affiliation IN ('member', 'admin', 'owner')))
ORDER BY name LIMIT $3::bigint;

-- name: load_rooms
SELECT domain, name, is_locked, settings, subject, subject_nick,
       coalesce((extract(epoch FROM subject_at) * 1000)::bigint, 0), vcard,
       secret, department, hats
FROM room;

-- name: load_members
SELECT domain, name, jid, affiliation, nick, reason FROM room_member;

-- name: load_occupants
SELECT domain, name, jid, nick, role, presence FROM room_occupant
ORDER BY place;

-- name: load_messages
-- The last $1 of each room.
SELECT room.domain, room.name, last.id,
       (extract(epoch FROM last.created) * 1000)::bigint, last.origin,
       last.nick, last.stanza
FROM room CROSS JOIN LATERAL (
    SELECT id, created, origin, nick, stanza FROM room_message m
    WHERE m.domain = room.domain AND m.name = room.name
    ORDER BY id DESC LIMIT $1::bigint) last
ORDER BY last.id;

-- name: epoch_next
-- Ends what an earlier process of this instance has left at the server: none of
-- its commits may come after this.
SELECT nextval('room_epoch') + 0 * fenced
FROM (SELECT count(*) FILTER (WHERE pg_terminate_backend(pid, 5000)) AS fenced
      FROM pg_stat_activity
      WHERE usename = current_user
      AND application_name LIKE
          split_part(current_setting('application_name'), '/', 1) || '/%'
      AND application_name <> current_setting('application_name')) earlier;

-- name: directory_load
-- Departments, their properties and members (common/directory); no names of
-- people.
SELECT kind, domain, name, key, value, flags FROM (
    SELECT 1, 'department', d.domain, d.path, above.path, d.rank::text,
           d.id || ' ' || d.name, 0
    FROM department d
    LEFT JOIN department above ON above.domain = d.domain AND above.id = d.parent
    UNION ALL
    SELECT 2, 'department-property', p.domain, d.path, p.name, p.value, '', 0
    FROM department_property p
    JOIN department d ON d.domain = p.domain AND d.id = p.department
    UNION ALL
    SELECT 3, 'member', m.domain, m.username, d.path, '',
           CASE WHEN m.is_admin THEN 'admin' ELSE '' END, d.rank
    FROM department_member m
    JOIN department d ON d.domain = m.domain AND d.id = m.department
) AS r (part, kind, domain, name, key, value, flags, place)
ORDER BY part, domain, name, place, key;

-- Statements of sm.

-- name: account_load
-- All of an account in one answer, each part in the columns that are its own: the
-- account ('a'), contacts ('c'), requests that wait ('r'), privacy lists ('p').
-- Lists are joined by a character that XML cannot contain.
SELECT 'a', a.enabled,
       EXISTS (SELECT FROM offline WHERE owner = a.number AND NOT is_fetched),
       EXISTS (SELECT FROM offline WHERE owner = a.number
               AND held_by IS NOT NULL AND NOT is_fetched),
       EXISTS (SELECT FROM pep_node n
               WHERE n.domain = a.domain AND n.username = a.username),
       a.number, p.standard,
       array_to_string(p.always, chr(31)), array_to_string(p.never, chr(31)),
       v.photo
FROM account a LEFT JOIN archive_preference p USING (domain, username)
LEFT JOIN vcard v USING (domain, username)
WHERE a.domain = $1 AND a.username = $2
UNION ALL
SELECT 'c', ask, approved, NULL, NULL,
       NULL, jid, name, subscription, array_to_string(groups, chr(31))
FROM roster WHERE domain = $1 AND username = $2
UNION ALL
SELECT 'r', NULL, NULL, NULL, NULL, NULL, jid, stanza, NULL, NULL
FROM (SELECT jid, stanza FROM subscription_request
      WHERE domain = $1 AND username = $2 ORDER BY created) request
UNION ALL
SELECT 'p', is_default, NULL, NULL, NULL, NULL, name, items, NULL, NULL
FROM privacy_list WHERE domain = $1 AND username = $2;

-- name: account_enabled
SELECT enabled FROM account WHERE domain = $1 AND username = $2;

-- name: roster_upsert
-- $8: the groups, joined as account_load gives them.
INSERT INTO roster (domain, username, jid, name, subscription, ask, approved,
                    groups)
VALUES ($1, $2, $3, $4, $5, $6::boolean, $7::boolean, string_to_array($8, chr(31)))
ON CONFLICT (domain, username, jid) DO UPDATE
SET name = excluded.name, subscription = excluded.subscription,
    ask = excluded.ask, approved = excluded.approved,
    groups = excluded.groups;

-- name: roster_remove
DELETE FROM roster WHERE domain = $1 AND username = $2 AND jid = $3;

-- name: request_upsert
INSERT INTO subscription_request (domain, username, jid, stanza)
VALUES ($1, $2, $3, $4)
ON CONFLICT (domain, username, jid) DO UPDATE SET stanza = excluded.stanza;

-- name: request_remove
DELETE FROM subscription_request
WHERE domain = $1 AND username = $2 AND jid = $3;

-- name: message_add batch
-- id, sender, recipient, their peers, ordinal, origin, stanza, is_passing.
INSERT INTO message (id, sender, recipient, sender_peer, recipient_peer, ordinal,
                     is_passing, origin, stanza)
SELECT id::bigint, sender::bigint, recipient::bigint, sender_peer::bigint,
       recipient_peer::bigint, ordinal::integer, is_passing::boolean, origin,
       stanza
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[],
            $6::text[], $7::text[], $8::text[], $9::text[])
     n (id, sender, recipient, sender_peer, recipient_peer, ordinal, origin,
        stanza, is_passing)
ON CONFLICT DO NOTHING;

-- name: message_add_early batch
-- The same in the first day of a month, whose partition does not know what the
-- one before it has. LIMIT: so that each is looked up by its key.
INSERT INTO message (id, sender, recipient, sender_peer, recipient_peer, ordinal,
                     is_passing, origin, stanza)
SELECT id::bigint, sender::bigint, recipient::bigint, sender_peer::bigint,
       recipient_peer::bigint, ordinal::integer, is_passing::boolean, origin,
       stanza
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[],
            $6::text[], $7::text[], $8::text[], $9::text[])
     n (id, sender, recipient, sender_peer, recipient_peer, ordinal, origin,
        stanza, is_passing)
WHERE (SELECT count(*) FROM (
    SELECT FROM message m
    WHERE m.origin = n.origin AND m.recipient = n.recipient::bigint
    AND m.ordinal = n.ordinal::integer
    AND m.id BETWEEN n.id::bigint - (172800000::bigint << 20) AND n.id::bigint
    LIMIT 1) before) = 0
ON CONFLICT DO NOTHING;

-- name: offline_add batch
-- The same for what waits, with created_ms and the session that it is
-- held for (NULL: none). It waits once, be it written before or not: only what was
-- is looked for in the queue.
WITH n AS (
    SELECT id::bigint, sender::bigint, recipient::bigint, sender_peer::bigint,
           recipient_peer::bigint, ordinal::integer, origin, stanza,
           is_passing::boolean, created_ms::bigint, holder
    FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[],
                $6::text[], $7::text[], $8::text[], $9::text[], $10::text[],
                $11::text[])
         n (id, sender, recipient, sender_peer, recipient_peer, ordinal, origin,
            stanza, is_passing, created_ms, holder)
), added AS (
    INSERT INTO message (id, sender, recipient, sender_peer, recipient_peer,
                         ordinal, is_passing, origin, stanza)
    SELECT id, sender, recipient, sender_peer, recipient_peer, ordinal,
           is_passing, origin, stanza
    FROM n
    ON CONFLICT DO NOTHING
    RETURNING id
), fresh AS (
    INSERT INTO offline (owner, message, created_ms, size, held_by)
    SELECT recipient, id, created_ms, octet_length(stanza), holder
    FROM n JOIN added USING (id)
    ORDER BY id
)
INSERT INTO offline (owner, message, created_ms, size, held_by)
SELECT recipient, found, created_ms, octet_length(stanza), holder
FROM (SELECT n.*, (SELECT m.id FROM message m
                   WHERE m.origin = n.origin AND m.recipient = n.recipient
                   AND m.ordinal = n.ordinal
                   AND m.id BETWEEN n.id - (172800000::bigint << 20) AND n.id
                   LIMIT 1) AS found
      FROM n WHERE id NOT IN (SELECT id FROM added)) earlier
WHERE found IS NOT NULL
ORDER BY id
ON CONFLICT DO NOTHING;

-- name: offline_add_early batch
-- The same in the first day of a month, whose partition does not know what the
-- one before it has.
WITH n AS (
    SELECT id::bigint, sender::bigint, recipient::bigint, sender_peer::bigint,
           recipient_peer::bigint, ordinal::integer, origin, stanza,
           is_passing::boolean, created_ms::bigint, holder
    FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[],
                $6::text[], $7::text[], $8::text[], $9::text[], $10::text[],
                $11::text[])
         n (id, sender, recipient, sender_peer, recipient_peer, ordinal, origin,
            stanza, is_passing, created_ms, holder)
), earlier AS (
    SELECT n.id, (SELECT m.id FROM message m
                  WHERE m.origin = n.origin AND m.recipient = n.recipient
                  AND m.ordinal = n.ordinal
                  AND m.id BETWEEN n.id - (172800000::bigint << 20) AND n.id
                  LIMIT 1) AS found
    FROM n
), added AS (
    INSERT INTO message (id, sender, recipient, sender_peer, recipient_peer,
                         ordinal, is_passing, origin, stanza)
    SELECT n.id, sender, recipient, sender_peer, recipient_peer, ordinal,
           is_passing, origin, stanza
    FROM n JOIN earlier USING (id) WHERE found IS NULL
    ON CONFLICT DO NOTHING
)
INSERT INTO offline (owner, message, created_ms, size, held_by)
SELECT recipient, coalesce(found, n.id), created_ms, octet_length(stanza), holder
FROM n JOIN earlier USING (id)
ORDER BY n.id
ON CONFLICT DO NOTHING;

-- name: offline_refer
-- $3: a message that is there already; nothing waits when it is not his. Who sent it
-- again after a death gave it a new id, and it is there by $6, its origin. One that
-- was fetched, or is being fetched, and did not reach its client waits again, behind
-- what the delivery under way may mark; not so when this is said once more, because
-- nobody heard of its commit.
INSERT INTO offline (owner, message, created_ms, size, held_by)
SELECT a.number, m.id, $4::bigint, octet_length(m.stanza), $5
FROM account a CROSS JOIN LATERAL (
    SELECT id, stanza FROM message
    WHERE recipient = a.number AND recipient > 0 AND id = $3::bigint
    UNION ALL
    SELECT id, stanza FROM message
    WHERE origin = $6 AND recipient = a.number AND recipient > 0 AND ordinal = 0
    AND id BETWEEN $3::bigint - (172800000::bigint << 20) AND $3::bigint
    LIMIT 1) m
WHERE a.domain = $1 AND a.username = $2
ON CONFLICT (owner, message, (coalesce(held_by, '')))
DO UPDATE SET is_fetched = false, place = EXCLUDED.place,
    created_ms = EXCLUDED.created_ms
WHERE offline.is_fetched OR offline.created_ms <> EXCLUDED.created_ms;

-- name: offline_taken
-- $3: the session that has what was held for it.
WITH taken AS (
    UPDATE offline SET is_fetched = true
    FROM account a
    WHERE a.domain = $1 AND a.username = $2 AND owner = a.number
    AND held_by = $3 AND NOT is_fetched
    RETURNING owner, message)
UPDATE message m SET stanza = '' FROM taken t
WHERE m.recipient = t.owner AND m.recipient > 0 AND m.id = t.message
AND m.is_passing AND m.sender = 0;

-- name: offline_release
-- $3: the session that was given up; NULL: all. The rows get new places, behind
-- those that a delivery under way may mark as fetched. What was held for several
-- sessions, or waits already, waits once. What had been fetched by the session
-- before, which did not get it, waits again.
WITH held AS (
    SELECT o.owner, o.place, nextval('offline_place_seq') AS fresh,
           (SELECT e.place FROM offline e WHERE e.owner = o.owner
            AND e.message = o.message AND e.held_by IS NULL) AS earlier,
           row_number() OVER (PARTITION BY o.message ORDER BY o.place) = 1
           AS is_first
    FROM (SELECT offline.* FROM offline
          JOIN account a ON owner = a.number
          WHERE a.domain = $1 AND a.username = $2 AND held_by IS NOT NULL
          AND NOT is_fetched AND ($3::text IS NULL OR held_by = $3)
          ORDER BY place) o),
doubles AS (
    DELETE FROM offline o USING held h
    WHERE o.owner = h.owner AND o.place = h.place
    AND (NOT is_first OR earlier IS NOT NULL)),
again AS (
    UPDATE offline o SET is_fetched = false, place = h.fresh FROM held h
    WHERE o.owner = h.owner AND o.place = h.earlier AND is_first AND o.is_fetched)
UPDATE offline o SET held_by = NULL, place = h.fresh FROM held h
WHERE o.owner = h.owner AND o.place = h.place AND is_first AND earlier IS NULL;

-- name: offline_load
-- The message's id only when it is part of the archive.
SELECT o.place, m.stanza, o.created_ms, m.origin,
       CASE WHEN NOT m.is_passing THEN m.id END
FROM account a
JOIN offline o ON o.owner = a.number
JOIN message m ON m.recipient = o.owner AND m.id = o.message
WHERE a.domain = $1 AND a.username = $2 AND m.recipient > 0
AND NOT o.is_fetched AND o.held_by IS NULL
ORDER BY o.place;

-- name: offline_fetched
-- Up to $3, the last place of a load that was delivered.
WITH fetched AS (
    UPDATE offline SET is_fetched = true
    FROM account a
    WHERE a.domain = $1 AND a.username = $2 AND owner = a.number
    AND place <= $3::bigint AND NOT is_fetched AND held_by IS NULL
    RETURNING owner, message)
UPDATE message m SET stanza = '' FROM fetched f
WHERE m.recipient = f.owner AND m.recipient > 0 AND m.id = f.message
AND m.is_passing AND m.sender = 0;

-- name: offline_remove
WITH fetched AS (
    UPDATE offline SET is_fetched = true
    FROM account a
    WHERE a.domain = $1 AND a.username = $2 AND owner = a.number
    AND place = $3::bigint AND NOT is_fetched
    RETURNING owner, message)
UPDATE message m SET stanza = '' FROM fetched f
WHERE m.recipient = f.owner AND m.recipient > 0 AND m.id = f.message
AND m.is_passing AND m.sender = 0;

-- name: offline_archived
-- What waits and is part of the archive, where the user reads it: from id $3 to
-- $4.
UPDATE offline o SET is_fetched = true
FROM account a, message m
WHERE a.domain = $1 AND a.username = $2 AND o.owner = a.number
AND NOT o.is_fetched AND o.held_by IS NULL
AND o.message BETWEEN $3::bigint AND $4::bigint
AND m.recipient = o.owner AND m.recipient > 0 AND m.id = o.message
AND NOT m.is_passing;

-- name: offline_count
SELECT count(*), coalesce(sum(size), 0)::bigint
FROM offline JOIN account a ON owner = a.number
WHERE a.domain = $1 AND a.username = $2 AND NOT is_fetched AND held_by IS NULL;

-- name: archive_partitions
SELECT archive_make_partitions(2), audit_make_partitions(2);

-- name: archive_page
-- $1: the account; between ids $2 and $3, exclusive; the first $4.
SELECT id, stanza FROM (
    (SELECT id, stanza FROM message
     WHERE sender = $1::bigint AND sender > 0
     AND id > $2::bigint AND id < $3::bigint
     ORDER BY id LIMIT $4::bigint)
    UNION ALL
    (SELECT id, stanza FROM message
     WHERE recipient = $1::bigint AND recipient > 0 AND NOT is_passing
     AND id > $2::bigint AND id < $3::bigint
     ORDER BY id LIMIT $4::bigint)) both_sides
ORDER BY id LIMIT $4::bigint;

-- name: archive_page_back
-- The same, the last $4, newest first.
SELECT id, stanza FROM (
    (SELECT id, stanza FROM message
     WHERE sender = $1::bigint AND sender > 0
     AND id > $2::bigint AND id < $3::bigint
     ORDER BY id DESC LIMIT $4::bigint)
    UNION ALL
    (SELECT id, stanza FROM message
     WHERE recipient = $1::bigint AND recipient > 0 AND NOT is_passing
     AND id > $2::bigint AND id < $3::bigint
     ORDER BY id DESC LIMIT $4::bigint)) both_sides
ORDER BY id DESC LIMIT $4::bigint;

-- name: archive_page_with
-- The same as archive_page for one peer: $6, which the index alone is searched for,
-- and $5, a pattern for the start tag.
SELECT id, stanza FROM (
    (SELECT id, stanza FROM message
     WHERE sender = $1::bigint AND sender > 0
     AND sender_peer = $6::bigint AND stanza ~ $5
     AND id > $2::bigint AND id < $3::bigint
     ORDER BY id LIMIT $4::bigint)
    UNION ALL
    (SELECT id, stanza FROM message
     WHERE recipient = $1::bigint AND recipient > 0 AND NOT is_passing
     AND recipient_peer = $6::bigint AND stanza ~ $5
     AND id > $2::bigint AND id < $3::bigint
     ORDER BY id LIMIT $4::bigint)) both_sides
ORDER BY id LIMIT $4::bigint;

-- name: archive_page_with_back
SELECT id, stanza FROM (
    (SELECT id, stanza FROM message
     WHERE sender = $1::bigint AND sender > 0
     AND sender_peer = $6::bigint AND stanza ~ $5
     AND id > $2::bigint AND id < $3::bigint
     ORDER BY id DESC LIMIT $4::bigint)
    UNION ALL
    (SELECT id, stanza FROM message
     WHERE recipient = $1::bigint AND recipient > 0 AND NOT is_passing
     AND recipient_peer = $6::bigint AND stanza ~ $5
     AND id > $2::bigint AND id < $3::bigint
     ORDER BY id DESC LIMIT $4::bigint)) both_sides
ORDER BY id DESC LIMIT $4::bigint;

-- name: archive_search search
-- The same as archive_page_with ($6 0: anybody, $5 NULL: any) with a pattern for
-- bodies in $7; NULL: any. Each message may have to be looked at.
SELECT id, stanza FROM (
    (SELECT id, stanza FROM message
     WHERE sender = $1::bigint AND sender > 0
     AND ($6::bigint = 0 OR sender_peer = $6::bigint)
     AND id > $2::bigint AND id < $3::bigint
     AND ($5::text IS NULL OR stanza ~ $5)
     AND ($7::text IS NULL OR stanza ~* $7)
     ORDER BY id LIMIT $4::bigint)
    UNION ALL
    (SELECT id, stanza FROM message
     WHERE recipient = $1::bigint AND recipient > 0 AND NOT is_passing
     AND ($6::bigint = 0 OR recipient_peer = $6::bigint)
     AND id > $2::bigint AND id < $3::bigint
     AND ($5::text IS NULL OR stanza ~ $5)
     AND ($7::text IS NULL OR stanza ~* $7)
     ORDER BY id LIMIT $4::bigint)) both_sides
ORDER BY id LIMIT $4::bigint;

-- name: archive_search_back search
SELECT id, stanza FROM (
    (SELECT id, stanza FROM message
     WHERE sender = $1::bigint AND sender > 0
     AND ($6::bigint = 0 OR sender_peer = $6::bigint)
     AND id > $2::bigint AND id < $3::bigint
     AND ($5::text IS NULL OR stanza ~ $5)
     AND ($7::text IS NULL OR stanza ~* $7)
     ORDER BY id DESC LIMIT $4::bigint)
    UNION ALL
    (SELECT id, stanza FROM message
     WHERE recipient = $1::bigint AND recipient > 0 AND NOT is_passing
     AND ($6::bigint = 0 OR recipient_peer = $6::bigint)
     AND id > $2::bigint AND id < $3::bigint
     AND ($5::text IS NULL OR stanza ~ $5)
     AND ($7::text IS NULL OR stanza ~* $7)
     ORDER BY id DESC LIMIT $4::bigint)) both_sides
ORDER BY id DESC LIMIT $4::bigint;

-- name: archive_count search
-- How many archive_search would find without $4.
SELECT
    (SELECT count(*) FROM message
     WHERE sender = $1::bigint AND sender > 0
     AND ($6::bigint = 0 OR sender_peer = $6::bigint)
     AND id > $2::bigint AND id < $3::bigint
     AND ($5::text IS NULL OR stanza ~ $5)
     AND ($7::text IS NULL OR stanza ~* $7))
  + (SELECT count(*) FROM message
     WHERE recipient = $1::bigint AND recipient > 0 AND NOT is_passing
     AND ($6::bigint = 0 OR recipient_peer = $6::bigint)
     AND id > $2::bigint AND id < $3::bigint
     AND ($5::text IS NULL OR stanza ~ $5)
     AND ($7::text IS NULL OR stanza ~* $7))
WHERE $4::bigint > 0;

-- name: archive_by_id
-- $2: ids, joined by commas; $3: not those below.
SELECT id, stanza FROM message
WHERE id = ANY (string_to_array($2, ',')::bigint[]) AND id > $3::bigint
AND sender = $1::bigint AND sender > 0
UNION ALL
SELECT id, stanza FROM message
WHERE id = ANY (string_to_array($2, ',')::bigint[]) AND id > $3::bigint
AND recipient = $1::bigint AND recipient > 0 AND NOT is_passing
ORDER BY id;

-- name: archive_ends
-- The first and the last id above $2; NULL: it is empty.
SELECT least(
    (SELECT id FROM message WHERE sender = $1::bigint AND sender > 0
     AND id > $2::bigint ORDER BY id LIMIT 1),
    (SELECT id FROM message WHERE recipient = $1::bigint AND recipient > 0
     AND NOT is_passing AND id > $2::bigint ORDER BY id LIMIT 1)),
  greatest(
    (SELECT id FROM message WHERE sender = $1::bigint AND sender > 0
     AND id > $2::bigint ORDER BY id DESC LIMIT 1),
    (SELECT id FROM message WHERE recipient = $1::bigint AND recipient > 0
     AND NOT is_passing AND id > $2::bigint ORDER BY id DESC LIMIT 1));

-- name: audit_add batch_last
-- One statement a commit: its trigger adds one link to the chain.
INSERT INTO audit (id, writer, kind, verdict, sender, recipient, stanza_id, content,
                   salt, content_hash, line_hash, origin, part)
SELECT id::bigint, writer::integer, kind, verdict, sender, recipient, stanza_id,
       content, salt, content_hash::bytea, line_hash::bytea, origin, part::bigint
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[],
            $6::text[], $7::text[], $8::text[], $9::text[], $10::text[],
            $11::text[], $12::text[], $13::text[])
     n (id, writer, kind, verdict, sender, recipient, stanza_id, content, salt,
        content_hash, line_hash, origin, part)
ON CONFLICT DO NOTHING;

-- name: archive_prefer
-- $4, $5: lists, joined as account_load gives them.
INSERT INTO archive_preference (domain, username, standard, always, never)
VALUES ($1, $2, $3, string_to_array($4, chr(31)), string_to_array($5, chr(31)))
ON CONFLICT (domain, username) DO UPDATE
SET standard = excluded.standard, always = excluded.always,
    never = excluded.never;

-- name: vcard_get
SELECT content FROM vcard WHERE domain = $1 AND username = $2;

-- name: vcard_set
INSERT INTO vcard (domain, username, content, fullname, email, photo)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (domain, username) DO UPDATE
SET content = excluded.content, fullname = excluded.fullname,
    email = excluded.email, photo = excluded.photo;

-- name: private_get
SELECT content FROM private_storage
WHERE domain = $1 AND username = $2 AND namespace = $3 AND element = $4;

-- name: private_set
-- No row comes back when there are $6 elements already (0: no limit).
INSERT INTO private_storage (domain, username, namespace, element, content)
SELECT $1, $2, $3, $4, $5
WHERE $6::bigint = 0
   OR EXISTS (SELECT FROM private_storage
              WHERE domain = $1 AND username = $2 AND namespace = $3
                AND element = $4)
   OR (SELECT count(*) FROM private_storage
       WHERE domain = $1 AND username = $2) < $6::bigint
ON CONFLICT (domain, username, namespace, element) DO UPDATE
SET content = excluded.content
RETURNING 1;

-- name: privacy_set
INSERT INTO privacy_list (domain, username, name, items)
VALUES ($1, $2, $3, $4)
ON CONFLICT (domain, username, name) DO UPDATE SET items = excluded.items;

-- name: privacy_remove
DELETE FROM privacy_list WHERE domain = $1 AND username = $2 AND name = $3;

-- name: privacy_clear_default
UPDATE privacy_list SET is_default = false
WHERE domain = $1 AND username = $2 AND is_default;

-- name: privacy_make_default
UPDATE privacy_list SET is_default = true
WHERE domain = $1 AND username = $2 AND name = $3;

-- name: last_get
SELECT extract(epoch FROM left_at)::bigint, status FROM last_activity
WHERE domain = $1 AND username = $2;

-- name: last_set
INSERT INTO last_activity (domain, username, left_at, status)
VALUES ($1, $2, to_timestamp($3::bigint), $4)
ON CONFLICT (domain, username) DO UPDATE
SET left_at = excluded.left_at, status = excluded.status;

-- name: user_search
-- Patterns are escaped by the caller; an absent one asks for nothing. What a
-- user tells of himself in his vCard goes before what he was registered with.
-- $7: numbers of the departments of whose people the seeker $8 may know; NULL: of
-- all; a path has names of others above it. $9, $10: names and patterns of
-- properties, joined.
SELECT a.username, p.name, p.email
FROM account a
LEFT JOIN vcard v ON v.domain = a.domain AND v.username = a.username
CROSS JOIN LATERAL (SELECT coalesce(nullif(v.fullname, ''), a.realname) AS name,
                           coalesce(nullif(v.email, ''), a.email) AS email) p
WHERE a.domain = $1 AND a.enabled
  AND ($2::text IS NULL OR a.username LIKE $2)
  AND ($3::text IS NULL OR p.name ILIKE $3)
  AND ($4::text IS NULL OR p.email ILIKE $4)
  AND ($7::text IS NULL OR a.username = $8 OR NOT EXISTS (
      SELECT FROM department_member m
      WHERE m.domain = a.domain AND m.username = a.username) OR EXISTS (
      SELECT FROM department_member m
      WHERE m.domain = a.domain AND m.username = a.username
        AND m.department = ANY (string_to_array($7, ',')::bigint[])))
  AND ($6::text IS NULL OR EXISTS (
      SELECT FROM department_member m
      JOIN department d ON d.domain = m.domain AND d.id = m.department
      WHERE m.domain = a.domain AND m.username = a.username
        AND ($7::text IS NULL OR a.username = $8
             OR d.id = ANY (string_to_array($7, ',')::bigint[]))
        AND (d.name ILIKE $6 OR ($7::text IS NULL AND d.path ILIKE $6))))
  AND NOT EXISTS (
      SELECT FROM unnest(string_to_array($9, chr(31)),
                         string_to_array($10, chr(31))) w (name, pattern)
      WHERE NOT EXISTS (
          SELECT FROM account_property o
          WHERE o.domain = a.domain AND o.username = a.username
            AND o.name = w.name AND o.value ILIKE w.pattern))
ORDER BY a.username LIMIT $5::integer;

-- name: epoch_next
-- Ends what an earlier process of this instance has left at the server: none of
-- its commits may come after this.
SELECT nextval('shard_epoch') + 0 * fenced
FROM (SELECT count(*) FILTER (WHERE pg_terminate_backend(pid, 5000)) AS fenced
      FROM pg_stat_activity
      WHERE usename = current_user
      AND application_name LIKE
          split_part(current_setting('application_name'), '/', 1) || '/%'
      AND application_name <> current_setting('application_name')) earlier;

-- name: offer_add
INSERT INTO file_offer (origin, sender, domain, username, filename, iq, created_ms)
VALUES ($1, $2, $3, $4, $5, $6, $7::bigint) ON CONFLICT (origin) DO NOTHING;

-- name: offer_remove
DELETE FROM file_offer WHERE origin = $1;

-- name: offer_load
SELECT origin, sender, domain, username, filename, iq, created_ms
FROM file_offer ORDER BY created_ms, origin;

-- name: transfer_rules
-- Members of the rule's department and of all below it, joined by a character
-- that a name cannot contain; NULL without a department.
SELECT r.id, r.domain, r.action, r.direction, r.larger_than, r.name_pattern,
       r.mime_pattern, r.reason,
       CASE WHEN r.department IS NOT NULL THEN coalesce((
           WITH RECURSIVE below (id) AS (
               SELECT r.department
               UNION
               SELECT d.id FROM department d JOIN below b ON d.parent = b.id
               WHERE d.domain = r.domain
           )
           SELECT string_agg(m.username, chr(31))
           FROM department_member m JOIN below ON below.id = m.department
           WHERE m.domain = r.domain), '') END
FROM transfer_rule r ORDER BY r.rank, r.id;

-- include: directory.sql

-- include: broadcast.sql

-- name: broadcast_open
-- What instance $1 of $2 has to hand out next, behind broadcast $4 and user $5.
SELECT b.id, b.attempt, r.username, r.domain, b.target, b.stanza
FROM broadcast b
JOIN broadcast_recipient r ON r.broadcast = b.id AND r.domain = b.domain
WHERE r.handed IS NULL AND b.shard % $2::integer = $1::integer
  AND (b.id, r.username) > ($4::bigint, $5)
ORDER BY b.id, r.username LIMIT $3::integer;

-- name: broadcast_handed batch
UPDATE broadcast_recipient r SET handed = now()
FROM unnest($1::text[], $2::text[], $3::text[])
     AS got (broadcast, domain, username)
WHERE r.broadcast = got.broadcast::bigint AND r.domain = got.domain
  AND r.username = got.username;

-- name: broadcast_acknowledged batch
UPDATE broadcast_recipient r
SET acknowledged = coalesce(acknowledged, now()),
    displayed = CASE WHEN got.shown = 't' THEN coalesce(displayed, now())
                ELSE displayed END
FROM (SELECT broadcast, domain, username, max(shown) AS shown
      FROM unnest($1::text[], $2::text[], $3::text[], $4::text[])
           AS each (broadcast, domain, username, shown)
      GROUP BY broadcast, domain, username) got
WHERE r.broadcast = got.broadcast::bigint AND r.domain = got.domain
  AND r.username = got.username;

-- name: account_list
-- How many accounts of the domain, or disabled ones, there are, and behind it the
-- first $4. $3: numbers of departments: those who are in some of them and in no
-- other; NULL: all.
WITH found AS (
    SELECT username FROM account a
    WHERE domain = $1 AND (NOT $2::boolean OR NOT enabled)
      AND ($3::text IS NULL OR (
          EXISTS (SELECT FROM department_member m
                  WHERE m.domain = a.domain AND m.username = a.username)
          AND NOT EXISTS (
              SELECT FROM department_member m
              WHERE m.domain = a.domain AND m.username = a.username
                AND m.department <> ALL (string_to_array($3, ',')::bigint[]))))
)
SELECT count(*), NULL FROM found
UNION ALL
(SELECT NULL, username FROM found ORDER BY username LIMIT $4::integer);

-- name: account_find
-- $2: of this name alone; $3: in departments of these numbers and in no other; $4: in
-- one of these; $5: enabled or not; $6: a pattern of name, real name or address; $7:
-- behind this name. NULL: any. The first $8.
SELECT a.username, a.realname, a.email,
       CASE WHEN a.enabled THEN 'true' ELSE 'false' END,
       to_char(a.created AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
       (SELECT string_agg(d.path, chr(31) ORDER BY m.is_main DESC, d.path)
        FROM department_member m
        JOIN department d ON d.domain = m.domain AND d.id = m.department
        WHERE m.domain = a.domain AND m.username = a.username)
FROM account a
WHERE a.domain = $1 AND ($2::text IS NULL OR a.username = $2)
  AND ($3::text IS NULL OR (
      EXISTS (SELECT FROM department_member m
              WHERE m.domain = a.domain AND m.username = a.username)
      AND NOT EXISTS (
          SELECT FROM department_member m
          WHERE m.domain = a.domain AND m.username = a.username
            AND m.department <> ALL (string_to_array($3, ',')::bigint[]))))
  AND ($4::text IS NULL OR EXISTS (
      SELECT FROM department_member m
      WHERE m.domain = a.domain AND m.username = a.username
        AND m.department = ANY (string_to_array($4, ',')::bigint[])))
  AND ($5::boolean IS NULL OR a.enabled = $5::boolean)
  AND ($6::text IS NULL OR a.username ILIKE $6 OR a.realname ILIKE $6
       OR a.email ILIKE $6)
  AND ($7::text IS NULL OR a.username > $7)
ORDER BY a.username LIMIT $8::integer;

-- name: department_page
-- $2: numbers, separated by commas; NULL: all. $3: behind this path. The first $4.
SELECT d.path, d.id, d.name, above.path, d.rank, d.description,
       (SELECT count(*) FROM department_member m
        WHERE m.domain = d.domain AND m.department = d.id)
FROM department d
LEFT JOIN department above ON above.domain = d.domain AND above.id = d.parent
WHERE d.domain = $1
  AND ($2::text IS NULL OR d.id = ANY (string_to_array($2, ',')::bigint[]))
  AND ($3::text IS NULL OR d.path > $3)
ORDER BY d.path LIMIT $4::integer;

-- name: member_page
-- Behind the address $3; the first $4.
SELECT m.username || '@' || m.domain, a.realname,
       CASE WHEN m.is_admin THEN 'true' ELSE 'false' END,
       CASE WHEN m.is_main THEN 'true' ELSE 'false' END
FROM department_member m JOIN account a USING (domain, username)
WHERE m.domain = $1 AND m.department = $2::bigint
  AND ($3::text IS NULL OR m.username > split_part($3, '@', 1))
ORDER BY m.username LIMIT $4::integer;

-- include: organisation.sql

-- name: api_tokens
SELECT hash FROM api_token;

-- name: api_token_use
-- By its hash: what the token may do, while it holds and its administrator's account
-- is enabled. That it is used is noted to the minute.
WITH found AS (
    SELECT t.name, t.username || '@' || t.domain AS administrator,
           array_to_string(t.commands, ' ') AS commands, t.used
    FROM api_token t JOIN account a USING (domain, username)
    WHERE t.hash = $1 AND a.enabled
      AND (t.expires IS NULL OR t.expires > now())
), noted AS (
    UPDATE api_token t SET used = now() FROM found
    WHERE t.name = found.name
      AND (found.used IS NULL OR found.used < now() - interval '1 minute')
)
SELECT name, administrator, commands FROM found;

-- include: notice.sql

-- name: notices
SELECT domain, kind, number, text FROM notice;

-- name: notices_due
-- What the account has not seen; a welcome is for those who came after it was set.
SELECT n.kind FROM notice n JOIN account a USING (domain)
WHERE a.domain = $1 AND a.username = $2
  AND CASE n.kind WHEN 'welcome' THEN a.created >= n.created ELSE true END
  AND NOT EXISTS (
      SELECT FROM notice_seen s
      WHERE s.domain = a.domain AND s.username = a.username AND s.kind = n.kind
        AND (s.kind = 'welcome' OR s.number >= n.number))
ORDER BY n.kind DESC;

-- name: notice_seen
INSERT INTO notice_seen (domain, username, kind, number)
VALUES ($1, $2, $3, $4::bigint)
ON CONFLICT (domain, username, kind) DO UPDATE
SET number = greatest(notice_seen.number, excluded.number);

-- name: pep_nodes
SELECT node, settings, affiliations FROM pep_node
WHERE domain = $1 AND username = $2;

-- name: pep_node_set
INSERT INTO pep_node (domain, username, node, settings, affiliations)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (domain, username, node) DO UPDATE
SET settings = excluded.settings, affiliations = excluded.affiliations;

-- name: pep_node_remove
DELETE FROM pep_node WHERE domain = $1 AND username = $2 AND node = $3;

-- name: pep_publish
-- id, published_ms, payload, how many items the node keeps: the oldest others
-- make room.
WITH room AS (
    DELETE FROM pep_item
    WHERE domain = $1 AND username = $2 AND node = $3 AND id <> $4
    AND place <= (SELECT place FROM pep_item
                  WHERE domain = $1 AND username = $2 AND node = $3 AND id <> $4
                  ORDER BY place DESC OFFSET $7::bigint - 1 LIMIT 1)
)
INSERT INTO pep_item (domain, username, node, id, published_ms, payload)
VALUES ($1, $2, $3, $4, $5::bigint, $6)
ON CONFLICT (domain, username, node, id) DO UPDATE
SET place = nextval('pep_place'), published_ms = excluded.published_ms,
    payload = excluded.payload;

-- name: pep_trim
-- What a node keeps no longer: all but its newest $4.
DELETE FROM pep_item
WHERE domain = $1 AND username = $2 AND node = $3
AND place <= (SELECT place FROM pep_item
              WHERE domain = $1 AND username = $2 AND node = $3
              ORDER BY place DESC OFFSET $4::bigint LIMIT 1);

-- name: pep_retract
DELETE FROM pep_item
WHERE domain = $1 AND username = $2 AND node = $3 AND id = $4;

-- name: pep_items
-- The newest first. $4: ids, joined by a character that XML cannot contain; NULL:
-- all of them.
SELECT id, published_ms, payload FROM pep_item
WHERE domain = $1 AND username = $2 AND node = $3
AND ($4::text IS NULL OR id = ANY (string_to_array($4, chr(31))))
ORDER BY place DESC LIMIT $5::bigint;

-- name: pep_last
-- The last item of each of these nodes, joined as above.
SELECT n.node, n.settings, n.affiliations, i.id, i.published_ms, i.payload
FROM pep_node n
JOIN LATERAL (SELECT id, published_ms, payload FROM pep_item
              WHERE domain = n.domain AND username = n.username
              AND node = n.node ORDER BY place DESC LIMIT 1) i ON true
WHERE n.domain = $1 AND n.username = $2
AND n.node = ANY (string_to_array($3, chr(31)));

-- name: quiet_set
SELECT quiet_set($1, $2, $3, $4);

-- Statements of sm.

-- name: account_load
SELECT enabled, EXISTS (SELECT FROM offline
                        WHERE domain = $1 AND username = $2
                        AND held_by IS NOT NULL)
FROM account WHERE domain = $1 AND username = $2;

-- name: roster_load
-- Groups are joined by a character that XML cannot contain.
SELECT jid, name, subscription, ask, approved, array_to_string(groups, chr(31))
FROM roster WHERE domain = $1 AND username = $2;

-- name: roster_upsert
-- $8: the groups, joined as roster_load gives them.
INSERT INTO roster (domain, username, jid, name, subscription, ask, approved,
                    groups)
VALUES ($1, $2, $3, $4, $5, $6::boolean, $7::boolean, string_to_array($8, chr(31)))
ON CONFLICT (domain, username, jid) DO UPDATE
SET name = excluded.name, subscription = excluded.subscription,
    ask = excluded.ask, approved = excluded.approved,
    groups = excluded.groups;

-- name: roster_remove
DELETE FROM roster WHERE domain = $1 AND username = $2 AND jid = $3;

-- name: request_load
SELECT jid, stanza FROM subscription_request
WHERE domain = $1 AND username = $2 ORDER BY created;

-- name: request_upsert
INSERT INTO subscription_request (domain, username, jid, stanza)
VALUES ($1, $2, $3, $4)
ON CONFLICT (domain, username, jid) DO UPDATE SET stanza = excluded.stanza;

-- name: request_remove
DELETE FROM subscription_request
WHERE domain = $1 AND username = $2 AND jid = $3;

-- name: offline_add
-- $7: the session that it is held for; NULL: none.
INSERT INTO offline (domain, username, size, origin, ordinal, stanza, created,
                     held_by)
VALUES ($1, $2, octet_length($5), $3, $4::integer, $5,
        to_timestamp($6::bigint / 1000.0), $7)
ON CONFLICT (domain, username, origin, ordinal) DO NOTHING;

-- name: offline_taken
-- $3: the session that has what was held for it.
UPDATE offline SET is_fetched = true, stanza = '', held_by = NULL
WHERE domain = $1 AND username = $2 AND held_by = $3;

-- name: offline_release
-- $3: the session that was given up; NULL: all. The rows get new ids, behind
-- those that a delivery under way may mark as fetched.
WITH held AS (
    SELECT id, nextval('offline_id_seq') AS fresh
    FROM (SELECT id FROM offline
          WHERE domain = $1 AND username = $2 AND held_by IS NOT NULL
          AND ($3::text IS NULL OR held_by = $3) ORDER BY id) ordered)
UPDATE offline SET held_by = NULL, id = held.fresh FROM held
WHERE offline.id = held.id AND domain = $1 AND username = $2;

-- name: offline_load
SELECT id, stanza, (extract(epoch FROM created) * 1000)::bigint, origin
FROM offline
WHERE domain = $1 AND username = $2 AND NOT is_fetched AND held_by IS NULL
ORDER BY id;

-- name: offline_fetched
-- Up to $3, the last id of a load that was delivered.
UPDATE offline SET is_fetched = true, stanza = ''
WHERE domain = $1 AND username = $2 AND id <= $3::bigint AND NOT is_fetched
AND held_by IS NULL;

-- name: offline_remove
UPDATE offline SET is_fetched = true, stanza = ''
WHERE domain = $1 AND username = $2 AND id = $3::bigint;

-- name: offline_count
SELECT count(*), coalesce(sum(size), 0)::bigint FROM offline
WHERE domain = $1 AND username = $2 AND NOT is_fetched AND held_by IS NULL;

-- name: vcard_get
SELECT content FROM vcard WHERE domain = $1 AND username = $2;

-- name: vcard_set
INSERT INTO vcard (domain, username, content, fullname, email)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (domain, username) DO UPDATE
SET content = excluded.content, fullname = excluded.fullname,
    email = excluded.email;

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

-- name: privacy_load
SELECT name, is_default, items FROM privacy_list
WHERE domain = $1 AND username = $2;

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
SELECT a.username, p.name, p.email
FROM account a
LEFT JOIN vcard v ON v.domain = a.domain AND v.username = a.username
CROSS JOIN LATERAL (SELECT coalesce(nullif(v.fullname, ''), a.realname) AS name,
                           coalesce(nullif(v.email, ''), a.email) AS email) p
WHERE a.domain = $1 AND a.enabled
  AND ($2::text IS NULL OR a.username LIKE $2)
  AND ($3::text IS NULL OR p.name ILIKE $3)
  AND ($4::text IS NULL OR p.email ILIKE $4)
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
           WITH RECURSIVE below (name) AS (
               SELECT r.department
               UNION
               SELECT d.name FROM department d JOIN below b ON d.parent = b.name
               WHERE d.domain = r.domain
           )
           SELECT string_agg(m.username, chr(31))
           FROM department_member m JOIN below USING (name)
           WHERE m.domain = r.domain), '') END
FROM transfer_rule r ORDER BY r.rank, r.id;

-- Statements of sm.

-- name: account_load
SELECT enabled FROM account WHERE domain = $1 AND username = $2;

-- name: roster_load
SELECT jid, name, subscription, ask, approved, to_json(groups)
FROM roster WHERE domain = $1 AND username = $2;

-- name: roster_upsert
-- $8 is an array literal of groups.
INSERT INTO roster (domain, username, jid, name, subscription, ask, approved,
                    groups)
VALUES ($1, $2, $3, $4, $5, $6::boolean, $7::boolean, $8::text[])
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
INSERT INTO offline (domain, username, size, origin, ordinal, stanza)
VALUES ($1, $2, octet_length($5), $3, $4::integer, $5)
ON CONFLICT (domain, username, origin, ordinal) DO NOTHING;

-- name: offline_load
SELECT id, stanza, extract(epoch FROM created)::bigint FROM offline
WHERE domain = $1 AND username = $2 AND NOT is_fetched ORDER BY id;

-- name: offline_fetched
-- Up to $3, the last id of a load that was delivered.
UPDATE offline SET is_fetched = true, stanza = ''
WHERE domain = $1 AND username = $2 AND id <= $3::bigint AND NOT is_fetched;

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
INSERT INTO private_storage (domain, username, namespace, element, content)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (domain, username, namespace, element) DO UPDATE
SET content = excluded.content;

-- name: privacy_load
SELECT name, is_default, items FROM privacy_list
WHERE domain = $1 AND username = $2;

-- name: privacy_set
INSERT INTO privacy_list (domain, username, name, items)
VALUES ($1, $2, $3, $4)
ON CONFLICT (domain, username, name) DO UPDATE SET items = excluded.items;

-- name: privacy_remove
DELETE FROM privacy_list WHERE domain = $1 AND username = $2 AND name = $3;

-- name: last_get
SELECT extract(epoch FROM left_at)::bigint, status FROM last_activity
WHERE domain = $1 AND username = $2;

-- name: last_set
INSERT INTO last_activity (domain, username, left_at, status)
VALUES ($1, $2, to_timestamp($3::bigint), $4)
ON CONFLICT (domain, username) DO UPDATE
SET left_at = excluded.left_at, status = excluded.status;

-- name: user_search
-- Patterns are escaped by the caller; an absent one asks for nothing.
SELECT a.username, a.realname, a.email FROM account a
WHERE a.domain = $1 AND a.enabled
  AND ($2::text IS NULL OR a.username LIKE $2)
  AND ($3::text IS NULL OR a.realname ILIKE $3)
  AND ($4::text IS NULL OR a.email ILIKE $4)
ORDER BY a.username LIMIT $5::integer;

-- name: epoch_next
SELECT nextval('shard_epoch');

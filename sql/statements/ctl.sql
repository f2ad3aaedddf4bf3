-- Statements of posthousectl.

-- name: user_add
-- The account with its verifiers, all or nothing: hash names, iterations and
-- their values are arrays of equal length.
WITH made AS (
    INSERT INTO account (domain, username, realname, email)
    VALUES ($1, $2, $3, $4) RETURNING domain, username
)
INSERT INTO credential
    (domain, username, hash, iterations, salt, stored_key, server_key)
SELECT made.domain, made.username, v.hash, $5::integer, v.salt, v.stored_key,
       v.server_key
FROM made, (VALUES
    ('SCRAM-SHA-256', $6, $7, $8),
    ('SCRAM-SHA-1', $9, $10, $11),
    ('DIGEST-MD5', '', $12, '')) v (hash, salt, stored_key, server_key)
WHERE v.stored_key IS NOT NULL;

-- name: user_passwd
-- Not ON CONFLICT DO UPDATE: that asks for the right to read verifiers. The last
-- row tells whether there is such an account.
WITH v (hash, salt, stored_key, server_key) AS (VALUES
    ('SCRAM-SHA-256', $4, $5, $6),
    ('SCRAM-SHA-1', $7, $8, $9),
    ('DIGEST-MD5', '', $10, '')
), gone AS (
    DELETE FROM credential WHERE domain = $1 AND username = $2
        AND hash = 'DIGEST-MD5' AND $10::text IS NULL
), changed AS (
    UPDATE credential c SET iterations = $3::integer, salt = v.salt,
        stored_key = v.stored_key, server_key = v.server_key
    FROM v WHERE c.domain = $1 AND c.username = $2 AND c.hash = v.hash
        AND v.stored_key IS NOT NULL
), added AS (
    INSERT INTO credential
        (domain, username, hash, iterations, salt, stored_key, server_key)
    SELECT a.domain, a.username, v.hash, $3::integer, v.salt, v.stored_key,
           v.server_key
    FROM account a, v
    WHERE a.domain = $1 AND a.username = $2 AND v.stored_key IS NOT NULL
        AND NOT EXISTS (SELECT FROM credential c WHERE c.domain = a.domain
                        AND c.username = a.username AND c.hash = v.hash)
)
SELECT FROM account WHERE domain = $1 AND username = $2;

-- name: user_update
-- What is empty stays as it was.
UPDATE account SET realname = coalesce(nullif($3::text, ''), realname),
    email = coalesce(nullif($4::text, ''), email)
WHERE domain = $1 AND username = $2;

-- name: user_del
DELETE FROM account WHERE domain = $1 AND username = $2;

-- name: user_list
SELECT username || '@' || domain AS jid, realname AS name, email, enabled
FROM account WHERE $1::text IS NULL OR domain = $1
ORDER BY domain, username;

-- name: user_show
SELECT a.username || '@' || a.domain AS jid, a.realname AS name, a.email,
       a.enabled, a.created,
       (SELECT string_agg(m.name, ', ' ORDER BY m.name)
        FROM department_member m
        WHERE m.domain = a.domain AND m.username = a.username) AS departments
FROM account a WHERE a.domain = $1 AND a.username = $2;

-- name: admin_add
-- The last row tells whether there is such an account.
WITH added AS (
    INSERT INTO admin (jid)
    SELECT $1 FROM account WHERE domain = $2 AND username = $3
    ON CONFLICT DO NOTHING
)
SELECT FROM account WHERE domain = $2 AND username = $3;

-- name: admin_del
DELETE FROM admin WHERE jid = $1;

-- name: admin_list
SELECT jid FROM admin ORDER BY jid;

-- name: department_add
INSERT INTO department (domain, name, parent, rank)
VALUES ($1, $2, $3, $4::integer);

-- name: department_del
DELETE FROM department WHERE domain = $1 AND name = $2;

-- name: department_list
SELECT d.domain, d.name, d.parent, d.rank,
       (SELECT count(*) FROM department_member m
        WHERE m.domain = d.domain AND m.name = d.name) AS members
FROM department d WHERE $1::text IS NULL OR d.domain = $1
ORDER BY d.domain, d.rank, d.name;

-- name: member_add
INSERT INTO department_member (domain, name, username, is_admin)
VALUES ($1, $2, $3, $4::boolean)
ON CONFLICT (domain, name, username) DO UPDATE
SET is_admin = excluded.is_admin;

-- name: member_del
DELETE FROM department_member
WHERE domain = $1 AND name = $2 AND username = $3;

-- name: transfer_add
INSERT INTO transfer_rule (domain, action, direction, department, larger_than,
                           name_pattern, mime_pattern, reason, rank)
VALUES ($1, $2, coalesce($3, 'any'), $4, $5::bigint, $6, $7, coalesce($8, ''),
        coalesce($9::integer, 0))
RETURNING id;

-- name: transfer_del
DELETE FROM transfer_rule WHERE id = $1::integer;

-- name: transfer_list
SELECT id, domain, rank, action, direction, department, larger_than,
       name_pattern AS name, mime_pattern AS type, reason
FROM transfer_rule WHERE $1::text IS NULL OR domain = $1
ORDER BY domain, rank, id;

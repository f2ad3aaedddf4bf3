-- Statements of authd, the only daemon that reads verifiers.

-- name: account_load
-- One row per verifier; one row with NULLs when the account has none.
SELECT a.enabled, c.hash, c.iterations, c.salt, c.stored_key, c.server_key
FROM account a
LEFT JOIN credential c USING (domain, username)
WHERE a.domain = $1 AND a.username = $2;

-- name: invitation_find
-- A row when the token holds.
SELECT username FROM invitation
WHERE domain = $1 AND token_hash = $2 AND expires > now();

-- name: account_create
-- The account with its verifiers, or a conflict and nothing. The first ten
-- parameters are those of credential_replace; $13: the number of a department to put
-- it in;
-- $14, when present, is used up: the hash of a token, whose time was judged when
-- it was shown; $15: the name is an administrator's, and for whom an invitation
-- names alone. No row: there is no such invitation for this name, or the name is
-- kept free for another guest or an administrator.
WITH invited AS (
    SELECT domain, token_hash, username FROM invitation
    WHERE domain = $1 AND token_hash = $14 AND username IN ('', $2) FOR UPDATE
), made AS (
    INSERT INTO account (domain, username, email, realname)
    SELECT $1, $2, $11, $12
    WHERE ($14::text IS NULL OR EXISTS (SELECT FROM invited))
        AND (NOT $15::boolean AND NOT EXISTS (
                SELECT FROM admin WHERE jid = $2::text || '@' || $1::text)
            OR EXISTS (SELECT FROM invited WHERE username = $2))
        AND NOT EXISTS (
            SELECT FROM invitation i WHERE i.domain = $1 AND i.username = $2
                AND i.expires > now() AND i.token_hash IS DISTINCT FROM $14)
    RETURNING domain, username
), used AS (
    DELETE FROM invitation i USING invited, made
    WHERE i.domain = invited.domain AND i.token_hash = invited.token_hash
), employed AS (
    INSERT INTO department_member (domain, department, username)
    SELECT domain, $13::bigint, username FROM made
    WHERE $13::bigint IS NOT NULL
)
INSERT INTO credential
    (domain, username, hash, iterations, salt, stored_key, server_key)
SELECT made.domain, made.username, v.hash, $3::integer, v.salt, v.stored_key,
       v.server_key
FROM made, (VALUES
    ('SCRAM-SHA-256', $4, $5, $6),
    ('SCRAM-SHA-1', $7, $8, $9),
    ('DIGEST-MD5', '', $10, '')) v (hash, salt, stored_key, server_key)
WHERE v.stored_key IS NOT NULL
RETURNING username;

-- name: credential_replace
-- $10 absent takes the DIGEST-MD5 verifier away: it would be the old password's.
-- A row for each new verifier; none: there is no such account.
WITH gone AS (
    DELETE FROM credential WHERE domain = $1 AND username = $2
        AND hash = 'DIGEST-MD5' AND $10::text IS NULL
)
INSERT INTO credential
    (domain, username, hash, iterations, salt, stored_key, server_key)
SELECT a.domain, a.username, v.hash, $3::integer, v.salt, v.stored_key,
       v.server_key
FROM account a, (VALUES
    ('SCRAM-SHA-256', $4, $5, $6),
    ('SCRAM-SHA-1', $7, $8, $9),
    ('DIGEST-MD5', '', $10, '')) v (hash, salt, stored_key, server_key)
WHERE a.domain = $1 AND a.username = $2 AND v.stored_key IS NOT NULL
ON CONFLICT (domain, username, hash) DO UPDATE
SET iterations = excluded.iterations, salt = excluded.salt,
    stored_key = excluded.stored_key, server_key = excluded.server_key
RETURNING username;

-- include: account.sql

-- name: recovery_make
-- A code that takes the place of an earlier one; the row tells where to send it.
-- $6: also for an account without an address.
INSERT INTO recovery (domain, username, code_hash, expires, attempts)
SELECT domain, username, $3, now() + $4::integer * interval '1 second',
       $5::integer
FROM account
WHERE domain = $1 AND username = $2 AND enabled
    AND (email <> '' OR $6::boolean)
ON CONFLICT (domain, username) DO UPDATE
SET code_hash = excluded.code_hash, expires = excluded.expires,
    attempts = excluded.attempts
RETURNING (SELECT email FROM account a WHERE a.domain = recovery.domain
           AND a.username = recovery.username);

-- name: recovery_use
-- Spends an attempt, or all of them when the code ($11) is right; then the first
-- ten parameters become the verifiers, as in credential_replace. A row for each
-- new verifier; none: refused.
WITH tried AS (
    UPDATE recovery
    SET attempts = CASE WHEN code_hash = $11 THEN 0 ELSE attempts - 1 END
    WHERE domain = $1 AND username = $2 AND attempts > 0 AND expires > now()
    RETURNING domain, username, code_hash = $11 AS is_right
), allowed AS (
    SELECT domain, username FROM tried JOIN account USING (domain, username)
    WHERE is_right AND enabled
), gone AS (
    DELETE FROM credential USING allowed
    WHERE credential.domain = allowed.domain
        AND credential.username = allowed.username
        AND hash = 'DIGEST-MD5' AND $10::text IS NULL
)
INSERT INTO credential
    (domain, username, hash, iterations, salt, stored_key, server_key)
SELECT allowed.domain, allowed.username, v.hash, $3::integer, v.salt,
       v.stored_key, v.server_key
FROM allowed, (VALUES
    ('SCRAM-SHA-256', $4, $5, $6),
    ('SCRAM-SHA-1', $7, $8, $9),
    ('DIGEST-MD5', '', $10, '')) v (hash, salt, stored_key, server_key)
WHERE v.stored_key IS NOT NULL
ON CONFLICT (domain, username, hash) DO UPDATE
SET iterations = excluded.iterations, salt = excluded.salt,
    stored_key = excluded.stored_key, server_key = excluded.server_key
RETURNING username;

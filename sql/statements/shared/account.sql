-- Of authd, which administrators' clients ask, and of posthousectl: what is done to
-- accounts by either door. No row: there is no such account.

-- name: account_remove
-- With what it administers: whoever has the name next does not.
WITH dismissed AS (
    DELETE FROM admin WHERE jid = $2::text || '@' || $1::text
)
DELETE FROM account WHERE domain = $1 AND username = $2 RETURNING 1;

-- name: account_enable
UPDATE account SET enabled = $3::boolean, modified = now()
WHERE domain = $1 AND username = $2 RETURNING 1;

-- name: account_details
-- What is NULL stays.
UPDATE account
SET realname = coalesce($3, realname), email = coalesce($4, email),
    modified = now()
WHERE domain = $1 AND username = $2 RETURNING 1;

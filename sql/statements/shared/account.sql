-- Of authd, which administrators' clients ask, and of posthousectl: what is done to
-- accounts by either door. No row: there is no such account.

-- name: account_remove
DELETE FROM account WHERE domain = $1 AND username = $2 RETURNING 1;

-- name: account_enable
UPDATE account SET enabled = $3::boolean, modified = now()
WHERE domain = $1 AND username = $2 RETURNING 1;

-- Of sm and of posthousectl: what is said to whoever logs in.

-- name: notice_set
-- A new one, which nobody has seen.
INSERT INTO notice (domain, kind, text) VALUES ($1, $2, $3)
ON CONFLICT (domain, kind) DO UPDATE
SET text = excluded.text, number = excluded.number, created = now()
RETURNING 1;

-- name: notice_edit
-- Who has seen it is not told again.
UPDATE notice SET text = $3 WHERE domain = $1 AND kind = $2 RETURNING 1;

-- name: notice_remove
DELETE FROM notice WHERE domain = $1 AND kind = $2 RETURNING 1;

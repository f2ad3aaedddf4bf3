-- Of sm and of posthousectl.

-- name: broadcast_add
-- With its recipients: $4, a department, with those below it; NULL: everybody.
-- The sender is told nothing of it himself.
WITH RECURSIVE below (name) AS (
    SELECT $4::text WHERE $4::text IS NOT NULL
    UNION
    SELECT d.name FROM department d JOIN below b ON d.parent = b.name
    WHERE d.domain = $1
), made AS (
    INSERT INTO broadcast (domain, sender, target, shard, origin, stanza)
    VALUES ($1, $2, $3, $5::integer, $6, $7)
    ON CONFLICT (domain, origin, target) DO NOTHING
    RETURNING id
)
INSERT INTO broadcast_recipient (domain, broadcast, username)
SELECT a.domain, made.id, a.username
FROM account a, made
WHERE a.domain = $1 AND a.enabled AND a.username <> $2
  AND ($4::text IS NULL
       OR EXISTS (SELECT FROM department_member m JOIN below USING (name)
                  WHERE m.domain = a.domain AND m.username = a.username));

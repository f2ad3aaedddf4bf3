-- Of sm and of posthousectl.

-- name: broadcast_add
-- With its recipients: $4, the path of a department, with those below it; NULL:
-- everybody.
-- The sender is told nothing of it himself.
WITH RECURSIVE below (id) AS (
    SELECT id FROM department WHERE domain = $1 AND path = $4
    UNION
    SELECT d.id FROM department d JOIN below b ON d.parent = b.id
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
       OR EXISTS (SELECT FROM department_member m
                  JOIN below ON below.id = m.department
                  WHERE m.domain = a.domain AND m.username = a.username));

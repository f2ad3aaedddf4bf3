-- Of sm, which administrators' clients and programs ask, and of posthousectl: changes
-- of the organisation by any door. Departments are named by their path. No row: there
-- is nothing of that name.

-- name: department_add
INSERT INTO department (domain, name, parent, rank, description)
VALUES ($1, $2, department_at($1, $3), $4::integer, coalesce($5, ''))
RETURNING 1;

-- name: department_del
DELETE FROM department WHERE domain = $1 AND path = $2
RETURNING 1;

-- name: department_change
-- What is NULL stays; an empty parent puts it at the top.
UPDATE department
SET parent = CASE WHEN $3::text IS NULL THEN parent
             WHEN $3 <> '' THEN department_at($1, $3) END,
    rank = coalesce($4::integer, rank),
    description = coalesce($5, description),
    name = coalesce($6, name)
WHERE domain = $1 AND path = $2
RETURNING 1;

-- name: member_add
INSERT INTO department_member (domain, department, username, is_admin, is_main)
VALUES ($1, department_at($1, $2), $3, $4::boolean, $5::boolean)
ON CONFLICT (domain, department, username) DO UPDATE
SET is_admin = excluded.is_admin, is_main = excluded.is_main
RETURNING 1;

-- name: member_other_main
-- A person has one main department.
UPDATE department_member SET is_main = false
WHERE domain = $1 AND username = $3 AND department <> department_at($1, $2)
  AND is_main
RETURNING 1;

-- name: member_del
DELETE FROM department_member
WHERE domain = $1 AND department = department_at($1, $2) AND username = $3
RETURNING 1;

-- name: account_property_set
INSERT INTO account_property (domain, username, name, value)
SELECT domain, username, $3, $4 FROM account WHERE domain = $1 AND username = $2
ON CONFLICT (domain, username, name) DO UPDATE SET value = excluded.value
RETURNING 1;

-- name: account_property_unset
DELETE FROM account_property
WHERE domain = $1 AND username = $2 AND name = $3
RETURNING 1;

-- name: account_property_list
SELECT name, value FROM account_property
WHERE domain = $1 AND username = $2 ORDER BY name;

-- name: department_property_set
INSERT INTO department_property (domain, department, name, value)
SELECT domain, id, $3, $4 FROM department WHERE domain = $1 AND path = $2
ON CONFLICT (domain, department, name) DO UPDATE SET value = excluded.value
RETURNING 1;

-- name: department_property_unset
DELETE FROM department_property
WHERE domain = $1 AND department = department_at($1, $2) AND name = $3
RETURNING 1;

-- name: department_property_list
SELECT name, value FROM department_property
WHERE domain = $1 AND department = department_at($1, $2) ORDER BY name;

-- name: server_property_set
-- $1 and $2 name nothing: there is one server.
INSERT INTO server_property (name, value)
SELECT $3, $4 WHERE $1::text IS NULL AND $2::text IS NULL
ON CONFLICT (name) DO UPDATE SET value = excluded.value
RETURNING 1;

-- name: server_property_unset
DELETE FROM server_property
WHERE name = $3 AND $1::text IS NULL AND $2::text IS NULL
RETURNING 1;

-- name: server_property_list
SELECT name, value FROM server_property
WHERE $1::text IS NULL AND $2::text IS NULL ORDER BY name;

-- A department has a number of its own, and may have the name of one under another
-- parent. Its path, the names from the top joined by '/', is unique in the domain.

ALTER TABLE department
    ADD COLUMN id bigint GENERATED ALWAYS AS IDENTITY,
    ADD COLUMN above bigint,
    ADD COLUMN path text;
UPDATE department d SET above = p.id
FROM department p WHERE p.domain = d.domain AND p.name = d.parent;
-- What was a ring of parents begins at the top now.
WITH RECURSIVE reached (id) AS (
    SELECT id FROM department WHERE above IS NULL
    UNION ALL
    SELECT d.id FROM department d JOIN reached r ON d.above = r.id
)
UPDATE department SET above = NULL WHERE id NOT IN (SELECT id FROM reached);

-- A name with a '/' or '\' has a '\' before it in the path.
CREATE FUNCTION department_step(name text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
    SELECT replace(replace(name, '\', '\\'), '/', '\/')
$$;
WITH RECURSIVE reached (id, path) AS (
    SELECT id, department_step(name) FROM department WHERE above IS NULL
    UNION ALL
    SELECT d.id, r.path || '/' || department_step(d.name)
    FROM department d JOIN reached r ON d.above = r.id
)
UPDATE department d SET path = r.path FROM reached r WHERE r.id = d.id;

-- Who belongs to a department names its number.
ALTER TABLE department_member ADD COLUMN department bigint;
UPDATE department_member m SET department = d.id
FROM department d WHERE d.domain = m.domain AND d.name = m.name;
ALTER TABLE department_property RENAME COLUMN department TO of_name;
ALTER TABLE department_property ADD COLUMN department bigint;
UPDATE department_property p SET department = d.id
FROM department d WHERE d.domain = p.domain AND d.name = p.of_name;
ALTER TABLE transfer_rule RENAME COLUMN department TO of_name;
ALTER TABLE transfer_rule ADD COLUMN department bigint;
UPDATE transfer_rule t SET department = d.id
FROM department d WHERE d.domain = t.domain AND d.name = t.of_name;
ALTER TABLE ldap_group ADD COLUMN department bigint;
UPDATE ldap_group g SET department = d.id
FROM department d WHERE d.domain = g.domain AND d.name = g.name;
UPDATE room r SET department = d.domain || '/' || d.path
FROM department d WHERE r.department = d.domain || '/' || d.name;

-- With the old key its references go, with the old columns theirs.
ALTER TABLE department DROP CONSTRAINT department_pkey CASCADE;
ALTER TABLE department DROP COLUMN parent;
ALTER TABLE department RENAME COLUMN above TO parent;
ALTER TABLE department
    ALTER COLUMN path SET NOT NULL,
    ADD PRIMARY KEY (domain, id),
    ADD UNIQUE (domain, path),
    ADD FOREIGN KEY (domain, parent) REFERENCES department (domain, id),
    ADD CHECK (parent <> id),
    ADD CHECK (name <> '');
CREATE INDEX department_name ON department (domain, name);
CREATE INDEX department_parent ON department (domain, parent);

ALTER TABLE department_member
    DROP COLUMN name,
    ALTER COLUMN department SET NOT NULL,
    ADD PRIMARY KEY (domain, department, username),
    ADD FOREIGN KEY (domain, department) REFERENCES department (domain, id)
        ON DELETE CASCADE;
ALTER TABLE department_property
    DROP COLUMN of_name,
    ALTER COLUMN department SET NOT NULL,
    ADD PRIMARY KEY (domain, department, name),
    ADD FOREIGN KEY (domain, department) REFERENCES department (domain, id)
        ON DELETE CASCADE;
ALTER TABLE transfer_rule
    DROP COLUMN of_name,
    ADD FOREIGN KEY (domain, department) REFERENCES department (domain, id)
        ON DELETE CASCADE;
ALTER TABLE ldap_group
    DROP COLUMN name,
    ALTER COLUMN department SET NOT NULL,
    ADD PRIMARY KEY (domain, department),
    ADD FOREIGN KEY (domain, department) REFERENCES department (domain, id)
        ON DELETE CASCADE;

-- The path follows name and parent, for the department and all below it.
CREATE FUNCTION department_place() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    above bigint := NEW.parent;
    prefix text := '';
BEGIN
    IF above IS NOT NULL THEN
        SELECT path || '/' INTO prefix FROM department
        WHERE domain = NEW.domain AND id = above;
    END IF;
    WHILE above IS NOT NULL LOOP
        IF above = NEW.id THEN
            RAISE EXCEPTION 'a department cannot be below itself'
                USING ERRCODE = 'check_violation';
        END IF;
        SELECT parent INTO above FROM department
        WHERE domain = NEW.domain AND id = above;
    END LOOP;
    NEW.path := coalesce(prefix, '') || department_step(NEW.name);
    RETURN NEW;
END $$;
CREATE TRIGGER department_place
    BEFORE INSERT OR UPDATE OF name, parent, path ON department
    FOR EACH ROW EXECUTE FUNCTION department_place();

CREATE FUNCTION department_place_below() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE department SET parent = parent
    WHERE domain = NEW.domain AND parent = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER department_place_below AFTER UPDATE ON department
    FOR EACH ROW WHEN (OLD.path IS DISTINCT FROM NEW.path)
    EXECUTE FUNCTION department_place_below();

-- The number of the department with this path, or of the only one with this name;
-- NULL: there is none.
CREATE FUNCTION department_at(of_domain text, place text) RETURNS bigint
LANGUAGE sql STABLE AS $$
    SELECT coalesce(
        (SELECT id FROM department WHERE domain = of_domain AND path = place),
        (SELECT min(id) FROM department WHERE domain = of_domain AND name = place
         HAVING count(*) = 1))
$$;

CREATE OR REPLACE FUNCTION archive_days(of_domain text, of_user text)
RETURNS integer LANGUAGE sql STABLE AS $$
    SELECT coalesce(
        (SELECT value::integer FROM account_property
         WHERE domain = of_domain AND username = of_user
         AND name = 'archive-days'),
        (WITH RECURSIVE above (id) AS (
             SELECT department FROM department_member
             WHERE domain = of_domain AND username = of_user
             UNION
             SELECT d.parent FROM department d JOIN above a USING (id)
             WHERE d.domain = of_domain AND d.parent IS NOT NULL)
         SELECT CASE WHEN min(value::integer) = 0 THEN 0
                ELSE max(value::integer) END
         FROM department_property p JOIN above a ON p.department = a.id
         WHERE p.domain = of_domain AND p.name = 'archive-days'),
        (SELECT value::integer FROM server_property
         WHERE name = 'archive-days'))
$$;

-- Groups of another directory become departments: one that is known by its DN is
-- moved and renamed, one of a department's path becomes that department, and the
-- others are made. Rows, each ended by RS, its columns by US, those above before
-- those below: path, path of the parent, name, DN. Returns how many were made or
-- changed.
CREATE FUNCTION ldap_groups_take(of_domain text, groups text) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
    line text;
    part text[];
    above bigint;
    number bigint;
    count integer := 0;
BEGIN
    FOREACH line IN ARRAY string_to_array(groups, chr(30)) LOOP
        part := string_to_array(line, chr(31));
        above := NULL;
        IF part[2] <> '' THEN
            SELECT id INTO above FROM department
            WHERE domain = of_domain AND path = part[2];
        END IF;
        SELECT department INTO number FROM ldap_group
        WHERE domain = of_domain AND dn = part[4];
        IF NOT FOUND THEN
            SELECT id INTO number FROM department
            WHERE domain = of_domain AND path = part[1];
        END IF;
        IF number IS NULL THEN
            INSERT INTO department (domain, name, parent)
            VALUES (of_domain, part[3], above) RETURNING id INTO number;
            count := count + 1;
        ELSIF NOT EXISTS (SELECT FROM department
                          WHERE domain = of_domain AND id = number
                          AND path = part[1])
              AND NOT EXISTS (SELECT FROM department
                              WHERE domain = of_domain AND path = part[1]) THEN
            UPDATE department SET name = part[3], parent = above
            WHERE domain = of_domain AND id = number;
            count := count + 1;
        END IF;
        INSERT INTO ldap_group (domain, department, dn)
        VALUES (of_domain, number, part[4])
        ON CONFLICT (domain, department) DO UPDATE SET dn = excluded.dn
        WHERE ldap_group.dn <> excluded.dn;
    END LOOP;
    RETURN count;
END $$;

INSERT INTO schema_version (version) VALUES (21);

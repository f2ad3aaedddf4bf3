-- Whose rows a role sees (roles.sql, "Domains"). No daemon may read or write these
-- tables; posthousectl db restrict does, as the owner.

-- Roles besides the four of cluster.sql: each has the rights of one of them.
CREATE TABLE access_role (
    role        text PRIMARY KEY,
    rights_of   text NOT NULL CHECK (rights_of IN ('posthouse_auth', 'posthouse_sm',
                                                   'posthouse_muc', 'posthouse_ctl')),
    CHECK (role NOT IN ('posthouse_owner', 'posthouse_auth', 'posthouse_sm',
                        'posthouse_muc', 'posthouse_ctl'))
);

-- A role that stands here sees the rows of these domains and no others; one that
-- does not stand here sees all.
CREATE TABLE access_domain (
    role        text NOT NULL CHECK (role <> 'posthouse_owner'),
    domain      text NOT NULL,
    PRIMARY KEY (role, domain)
);

-- Which of the four a role is, or has the rights of.
CREATE FUNCTION access_kind(of_role text) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT coalesce((SELECT rights_of FROM access_role WHERE role = of_role), of_role)
$$;

-- As before; whose journal it is follows from whose rights the role has.
CREATE OR REPLACE FUNCTION audit_add_link() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    one record;
    earlier record;
    of_month date;
BEGIN
    FOR one IN
        SELECT writer, min(id) AS first_id, max(id) AS last_id,
               count(*) AS lines,
               sha256(string_agg(line_hash, ''::bytea ORDER BY id)) AS lines_hash
        FROM fresh GROUP BY writer
    LOOP
        IF (access_kind(session_user) = 'posthouse_sm' AND one.writer < 0)
           OR (access_kind(session_user) = 'posthouse_ctl' AND one.writer <> -1) THEN
            RAISE insufficient_privilege USING MESSAGE =
                'this is the journal of another writer';
        END IF;
        PERFORM pg_advisory_xact_lock(4961319, one.writer);
        of_month := date_trunc('month', to_timestamp(
            (one.last_id >> 20) / 1000.0) AT TIME ZONE 'UTC');
        SELECT month, number, hash INTO earlier FROM audit_link
        WHERE writer = one.writer AND month <= of_month
        ORDER BY month DESC, number DESC LIMIT 1;
        earlier.number := CASE WHEN earlier.month = of_month
                               THEN earlier.number ELSE 0 END;
        INSERT INTO audit_link VALUES (
            one.writer, of_month, earlier.number + 1, pg_current_xact_id(),
            one.first_id, one.last_id, one.lines, one.lines_hash,
            audit_link_hash(coalesce(earlier.hash, ''), one.writer, of_month,
                            earlier.number + 1, one.first_id, one.last_id,
                            one.lines, one.lines_hash));
    END LOOP;
    RETURN NULL;
END $$;

INSERT INTO schema_version (version) VALUES (25);

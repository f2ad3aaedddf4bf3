-- The roles of a suite: run once by a superuser of the cluster, again without
-- harm. The owner migrates; each other role is one program's.
--
--   psql -f cluster.sql && createdb -O posthouse_owner posthouse

DO $$
DECLARE
    role text;
BEGIN
    FOREACH role IN ARRAY ARRAY['posthouse_owner', 'posthouse_auth',
                                'posthouse_sm', 'posthouse_muc',
                                'posthouse_ctl'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN
            EXECUTE format('CREATE ROLE %I LOGIN', role);
        END IF;
    END LOOP;
END $$;

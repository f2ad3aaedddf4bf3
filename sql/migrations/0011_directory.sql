-- The directory, live: who keeps it in memory is told of every change.

-- A person may be in several departments; the main one decides first.
ALTER TABLE department_member
    ADD COLUMN is_main boolean NOT NULL DEFAULT false;
CREATE UNIQUE INDEX department_member_main
    ON department_member (domain, username) WHERE is_main;

-- Who keeps the directory in memory listens on posthouse_directory.
CREATE FUNCTION directory_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('posthouse_directory', '');
    RETURN NULL;
END $$;
CREATE TRIGGER directory_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE
    ON department FOR EACH STATEMENT EXECUTE FUNCTION directory_changed();
CREATE TRIGGER directory_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE
    ON department_member FOR EACH STATEMENT EXECUTE FUNCTION directory_changed();
CREATE TRIGGER directory_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE
    ON department_property FOR EACH STATEMENT EXECUTE FUNCTION directory_changed();
CREATE TRIGGER directory_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE
    ON account_property FOR EACH STATEMENT EXECUTE FUNCTION directory_changed();
CREATE TRIGGER directory_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE
    ON server_property FOR EACH STATEMENT EXECUTE FUNCTION directory_changed();
CREATE TRIGGER directory_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE
    ON admin FOR EACH STATEMENT EXECUTE FUNCTION directory_changed();
CREATE TRIGGER directory_changed AFTER UPDATE OF realname
    ON account FOR EACH STATEMENT EXECUTE FUNCTION directory_changed();

INSERT INTO schema_version (version) VALUES (11);

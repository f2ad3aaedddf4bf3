-- Rules on files that people offer each other, in the order of rank and id. The
-- first that allows or refuses decides; log only tells. What is NULL matches
-- all. name_pattern and mime_pattern are shell patterns without regard to case.
CREATE TABLE transfer_rule (
    id           integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    domain       text NOT NULL,
    rank         integer NOT NULL DEFAULT 0,
    action       text NOT NULL CHECK (action IN ('allow', 'refuse', 'log')),
    direction    text NOT NULL DEFAULT 'any'
                 CHECK (direction IN ('any', 'local', 'out', 'in')),
    department   text,
    larger_than  bigint CHECK (larger_than >= 0),
    name_pattern text CHECK (length(name_pattern) <= 200),
    mime_pattern text CHECK (length(mime_pattern) <= 200),
    reason       text NOT NULL DEFAULT '',
    FOREIGN KEY (domain, department) REFERENCES department (domain, name)
        ON UPDATE CASCADE ON DELETE CASCADE
);

-- Who keeps the rules in memory listens on posthouse_transfer.
CREATE FUNCTION transfer_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('posthouse_transfer', '');
    RETURN NULL;
END $$;
CREATE TRIGGER transfer_changed AFTER INSERT OR UPDATE OR DELETE
    ON transfer_rule FOR EACH STATEMENT EXECUTE FUNCTION transfer_changed();
CREATE TRIGGER transfer_changed AFTER INSERT OR UPDATE OR DELETE
    ON department_member FOR EACH STATEMENT EXECUTE FUNCTION transfer_changed();
CREATE TRIGGER transfer_changed AFTER UPDATE OR DELETE
    ON department FOR EACH STATEMENT EXECUTE FUNCTION transfer_changed();

INSERT INTO schema_version (version) VALUES (5);

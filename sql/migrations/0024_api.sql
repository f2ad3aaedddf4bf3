-- Tokens of the REST door: each acts in the name of an administrator. Of a token
-- only its SHA-256 is here.
CREATE TABLE api_token (
    name        text PRIMARY KEY,
    hash        text NOT NULL UNIQUE,
    domain      text NOT NULL,
    username    text NOT NULL,
    commands    text[],         -- which it may use; NULL: all
    created     timestamptz NOT NULL DEFAULT now(),
    expires     timestamptz,    -- NULL: never
    used        timestamptz,    -- to the minute
    CHECK (name <> ''),
    FOREIGN KEY (domain, username) REFERENCES account
        ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE INDEX api_token_username ON api_token (domain, username);

-- Which there are sm has in memory, and listens on posthouse_api; whether one holds it
-- asks each time.
CREATE FUNCTION api_token_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('posthouse_api', '');
    RETURN NULL;
END $$;
CREATE TRIGGER api_token_changed AFTER INSERT OR DELETE OR TRUNCATE
    ON api_token FOR EACH STATEMENT EXECUTE FUNCTION api_token_changed();

INSERT INTO schema_version (version) VALUES (24);

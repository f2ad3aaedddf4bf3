-- What is said to whoever logs in: the message of the day, to everybody once; the
-- welcome, once to accounts made after it.

CREATE SEQUENCE notice_number;
CREATE TABLE notice (
    domain      text NOT NULL,
    kind        text NOT NULL CHECK (kind IN ('motd', 'welcome')),
    number      bigint NOT NULL DEFAULT nextval('notice_number'),
    created     timestamptz NOT NULL DEFAULT now(),
    text        text NOT NULL,
    PRIMARY KEY (domain, kind)
);

-- The last number of each kind that the account has seen.
CREATE TABLE notice_seen (
    domain      text NOT NULL,
    username    text NOT NULL,
    kind        text NOT NULL,
    number      bigint NOT NULL,
    PRIMARY KEY (domain, username, kind),
    FOREIGN KEY (domain, username) REFERENCES account
        ON UPDATE CASCADE ON DELETE CASCADE
);

-- sm has the notices in memory and listens on posthouse_notice.
CREATE FUNCTION notice_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('posthouse_notice', '');
    RETURN NULL;
END $$;
CREATE TRIGGER notice_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE
    ON notice FOR EACH STATEMENT EXECUTE FUNCTION notice_changed();

INSERT INTO schema_version (version) VALUES (14);

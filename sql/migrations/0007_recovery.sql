-- The one-time codes of people who forgot their password; one for each account,
-- the last that was made. code_hash is the hexadecimal HMAC-SHA-256 under a key
-- that the database does not have.
CREATE TABLE recovery (
    domain      text NOT NULL,
    username    text NOT NULL,
    code_hash   text NOT NULL,
    expires     timestamptz NOT NULL,
    attempts    integer NOT NULL CHECK (attempts >= 0),
    PRIMARY KEY (domain, username),
    FOREIGN KEY (domain, username) REFERENCES account
        ON UPDATE CASCADE ON DELETE CASCADE
);

INSERT INTO schema_version (version) VALUES (7);

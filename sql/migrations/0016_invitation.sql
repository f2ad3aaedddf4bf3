-- Who may register although registration is closed: whoever has the token, once.
-- An empty name: any; another one is kept free for its guest.
CREATE TABLE invitation (
    domain      text NOT NULL,
    token_hash  text NOT NULL,
    username    text NOT NULL DEFAULT '',
    created     timestamptz NOT NULL DEFAULT now(),
    expires     timestamptz NOT NULL,
    PRIMARY KEY (domain, token_hash)
);
CREATE INDEX invitation_username ON invitation (domain, username)
    WHERE username <> '';

INSERT INTO schema_version (version) VALUES (16);

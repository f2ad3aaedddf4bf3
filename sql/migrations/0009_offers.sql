-- Offers of files to somebody who is away, for a death of their sm: they live as
-- long as the session of their sender. origin names the stanza (docs/reliability.md).
CREATE TABLE file_offer (
    origin      text PRIMARY KEY,
    sender      text NOT NULL,
    domain      text NOT NULL,
    username    text NOT NULL,
    filename    text NOT NULL,
    iq          text NOT NULL,
    created_ms  bigint NOT NULL,
    FOREIGN KEY (domain, username) REFERENCES account
        ON UPDATE CASCADE ON DELETE CASCADE
);

INSERT INTO schema_version (version) VALUES (9);

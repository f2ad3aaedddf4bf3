-- What the session manager keeps: contacts, what waits for a user, his card.

INSERT INTO schema_version (version) VALUES (2);

-- subscription and ask as RFC 6121 §2.1.2 has them.
CREATE TABLE roster (
    domain       text NOT NULL,
    username     text NOT NULL,
    jid          text NOT NULL,
    name         text NOT NULL DEFAULT '',
    subscription text NOT NULL DEFAULT 'none'
                 CHECK (subscription IN ('none', 'to', 'from', 'both')),
    ask          boolean NOT NULL DEFAULT false,
    approved     boolean NOT NULL DEFAULT false,
    groups       text[] NOT NULL DEFAULT '{}',
    PRIMARY KEY (domain, username, jid),
    FOREIGN KEY (domain, username) REFERENCES account
        ON UPDATE CASCADE ON DELETE CASCADE
);

-- A request not yet answered, with its presence for a later session.
CREATE TABLE subscription_request (
    domain      text NOT NULL,
    username    text NOT NULL,
    jid         text NOT NULL,
    created     timestamptz NOT NULL DEFAULT now(),
    stanza      text NOT NULL,
    PRIMARY KEY (domain, username, jid),
    FOREIGN KEY (domain, username) REFERENCES account
        ON UPDATE CASCADE ON DELETE CASCADE
);

-- origin and ordinal name the stanza by the frame it came in, so that a repeated
-- write is no second message. A fetched row keeps its key until its origin
-- cannot be sent again.
CREATE TABLE offline (
    domain      text NOT NULL,
    username    text NOT NULL,
    id          bigserial,
    created     timestamptz NOT NULL DEFAULT now(),
    size        integer NOT NULL,
    origin      text NOT NULL,
    ordinal     integer NOT NULL,
    is_fetched  boolean NOT NULL DEFAULT false,
    stanza      text NOT NULL,
    PRIMARY KEY (domain, username, id),
    UNIQUE (domain, username, origin, ordinal),
    FOREIGN KEY (domain, username) REFERENCES account
        ON UPDATE CASCADE ON DELETE CASCADE
);

CREATE TABLE vcard (
    domain      text NOT NULL,
    username    text NOT NULL,
    content     text NOT NULL,
    fullname    text NOT NULL DEFAULT '',
    email       text NOT NULL DEFAULT '',
    PRIMARY KEY (domain, username),
    FOREIGN KEY (domain, username) REFERENCES account
        ON UPDATE CASCADE ON DELETE CASCADE
);

CREATE TABLE private_storage (
    domain      text NOT NULL,
    username    text NOT NULL,
    namespace   text NOT NULL,
    element     text NOT NULL,
    content     text NOT NULL,
    PRIMARY KEY (domain, username, namespace, element),
    FOREIGN KEY (domain, username) REFERENCES account
        ON UPDATE CASCADE ON DELETE CASCADE
);

-- One store for privacy lists (XEP-0016) and blocking (XEP-0191).
CREATE TABLE privacy_list (
    domain      text NOT NULL,
    username    text NOT NULL,
    name        text NOT NULL,
    is_default  boolean NOT NULL DEFAULT false,
    items       text NOT NULL,
    PRIMARY KEY (domain, username, name),
    FOREIGN KEY (domain, username) REFERENCES account
        ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE UNIQUE INDEX privacy_list_default
    ON privacy_list (domain, username) WHERE is_default;

CREATE TABLE last_activity (
    domain      text NOT NULL,
    username    text NOT NULL,
    left_at     timestamptz NOT NULL,
    status      text NOT NULL DEFAULT '',
    PRIMARY KEY (domain, username),
    FOREIGN KEY (domain, username) REFERENCES account
        ON UPDATE CASCADE ON DELETE CASCADE
);

-- Grows with each incarnation of a shard's owner.
CREATE SEQUENCE shard_epoch;

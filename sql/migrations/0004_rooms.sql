-- Rooms of multi-user chat, with who is in them: what mucd has in memory.
INSERT INTO schema_version (version) VALUES (4);

-- domain: that of the rooms. settings: the form muc#roomconfig.
CREATE TABLE room (
    domain       text NOT NULL,
    name         text NOT NULL,
    title        text NOT NULL DEFAULT '',
    is_public    boolean NOT NULL DEFAULT true,
    is_locked    boolean NOT NULL DEFAULT false,
    settings     text NOT NULL,
    subject      text NOT NULL DEFAULT '',
    subject_nick text NOT NULL DEFAULT '',
    subject_at   timestamptz,
    vcard        text NOT NULL DEFAULT '',
    secret       text NOT NULL,
    created      timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (domain, name)
);

CREATE TABLE room_member (
    domain      text NOT NULL,
    name        text NOT NULL,
    jid         text NOT NULL,
    affiliation text NOT NULL
                CHECK (affiliation IN ('outcast', 'none', 'member', 'admin',
                                       'owner')),
    nick        text,
    reason      text,
    PRIMARY KEY (domain, name, jid),
    FOREIGN KEY (domain, name) REFERENCES room
        ON UPDATE CASCADE ON DELETE CASCADE
);

-- jid: the full one. presence: as its client sent it last. place: in the order of
-- entering, in which a room names its receivers, so that what a process that
-- comes back sends again is what was sent.
CREATE TABLE room_occupant (
    place       bigserial,
    domain      text NOT NULL,
    name        text NOT NULL,
    jid         text NOT NULL,
    nick        text NOT NULL,
    role        text NOT NULL
                CHECK (role IN ('visitor', 'participant', 'moderator')),
    presence    text NOT NULL,
    PRIMARY KEY (domain, name, jid),
    FOREIGN KEY (domain, name) REFERENCES room
        ON UPDATE CASCADE ON DELETE CASCADE
);

-- id grows within a room. origin names the frame by which the message came, so
-- that a repeated write is no second one. stanza_id: of XEP-0359.
CREATE TABLE room_message (
    domain      text NOT NULL,
    name        text NOT NULL,
    id          bigint NOT NULL,
    created     timestamptz NOT NULL,
    origin      text NOT NULL,
    stanza_id   text NOT NULL,
    sender      text NOT NULL,
    nick        text NOT NULL,
    stanza      text NOT NULL,
    PRIMARY KEY (domain, name, id),
    UNIQUE (domain, name, origin),
    UNIQUE (domain, name, stanza_id),
    FOREIGN KEY (domain, name) REFERENCES room
        ON UPDATE CASCADE ON DELETE CASCADE
);

-- Grows with each incarnation of a mucd.
CREATE SEQUENCE room_epoch;

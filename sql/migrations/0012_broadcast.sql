-- What was sent to whole groups, and who has got it.

-- shard is the sender's: the sm that owns it hands it out. origin names the
-- stanza by the frame it came in, so that a repeated write is no second one.
-- attempt counts the times it was sent to those who had not acknowledged it.
CREATE TABLE broadcast (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    domain      text NOT NULL,
    sender      text NOT NULL,
    target      text NOT NULL,
    shard       integer NOT NULL,
    origin      text NOT NULL,
    attempt     integer NOT NULL DEFAULT 1,
    created     timestamptz NOT NULL DEFAULT now(),
    stanza      text NOT NULL,
    UNIQUE (domain, origin, target)
);

-- handed: stored for the recipient, or given to a session of his;
-- acknowledged: a device of his says so (XEP-0184); displayed: it was shown
-- (XEP-0333).
CREATE TABLE broadcast_recipient (
    domain      text NOT NULL,
    broadcast   bigint NOT NULL REFERENCES broadcast ON DELETE CASCADE,
    username    text NOT NULL,
    handed      timestamptz,
    acknowledged timestamptz,
    displayed   timestamptz,
    PRIMARY KEY (domain, broadcast, username),
    FOREIGN KEY (domain, username) REFERENCES account
        ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE INDEX broadcast_recipient_open
    ON broadcast_recipient (broadcast) WHERE handed IS NULL;
CREATE INDEX broadcast_recipient_username
    ON broadcast_recipient (domain, username);

-- sm listens on posthouse_broadcast: something is to be handed out.
CREATE FUNCTION broadcast_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('posthouse_broadcast', '');
    RETURN NULL;
END $$;
CREATE TRIGGER broadcast_changed AFTER INSERT OR UPDATE ON broadcast
    FOR EACH STATEMENT EXECUTE FUNCTION broadcast_changed();

INSERT INTO schema_version (version) VALUES (12);

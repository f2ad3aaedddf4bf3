-- One store of messages. What is archived for its sender, archived for its
-- recipient or waits for him is one row; archives and offline queues are views of
-- it.
INSERT INTO schema_version (version) VALUES (10);

-- Names an account for ever: one that is registered anew under the same name is
-- another, and finds nothing of the former.
ALTER TABLE account
    ADD COLUMN number bigint GENERATED ALWAYS AS IDENTITY UNIQUE;

-- id grows with time: the Unix time in milliseconds << 20, and 20 bits below.
-- sender, recipient: accounts (number) whose archive has the message, 0: none.
-- peer: archive_peer of the bare address of the other side, as that account sees
-- it. is_passing: not part of the recipient's archive, only until he has fetched
-- it; its text is emptied then. origin and ordinal name the message by the frame
-- that it came in, so that a repeated write is no second one.
CREATE TABLE message (
    id              bigint NOT NULL,
    sender          bigint NOT NULL,
    recipient       bigint NOT NULL,
    sender_peer     bigint NOT NULL,
    recipient_peer  bigint NOT NULL,
    ordinal         integer NOT NULL,
    is_passing      boolean NOT NULL,
    origin          text COLLATE "C" NOT NULL,
    stanza          text NOT NULL
) PARTITION BY RANGE (id);
CREATE INDEX message_sent ON message (sender, id, sender_peer)
    WHERE sender > 0;
CREATE INDEX message_received ON message (recipient, id, recipient_peer)
    WHERE recipient > 0;
-- For a clock that is far off: nothing is refused for want of a partition.
CREATE TABLE message_rest PARTITION OF message DEFAULT;
CREATE UNIQUE INDEX ON message_rest (origin, recipient, ordinal);

CREATE FUNCTION archive_id(at timestamptz) RETURNS bigint
LANGUAGE sql STABLE AS $$
    SELECT (extract(epoch FROM at) * 1000)::bigint << 20
$$;

-- Makes the partition of this month and of some months ahead. The unique index
-- lies in each partition alone: that of the whole table would have to contain id.
CREATE FUNCTION archive_make_partitions(ahead integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    first timestamp := date_trunc('month', now() AT TIME ZONE 'UTC');
    month timestamp;
    name text;
    made integer := 0;
BEGIN
    FOR i IN 0..ahead LOOP
        month := first + i * interval '1 month';
        name := 'message_' || to_char(month, 'YYYY_MM');
        CONTINUE WHEN to_regclass('public.' || name) IS NOT NULL;
        PERFORM pg_advisory_xact_lock(4961318);
        CONTINUE WHEN to_regclass('public.' || name) IS NOT NULL;
        EXECUTE format(
            'CREATE TABLE %I PARTITION OF message FOR VALUES FROM (%s) TO (%s)',
            name, archive_id(month AT TIME ZONE 'UTC'),
            archive_id((month + interval '1 month') AT TIME ZONE 'UTC'));
        EXECUTE format('CREATE UNIQUE INDEX ON %I (origin, recipient, ordinal)',
                       name);
        made := made + 1;
    END LOOP;
    RETURN made;
END $$;
SELECT archive_make_partitions(2);

-- What waits for a user, by its place in his queue. held_by: the session that may
-- be resumed and have it. A fetched row stays as long as it may be written again.
ALTER TABLE offline RENAME TO offline_before;
ALTER TABLE offline_before RENAME CONSTRAINT offline_pkey TO offline_before_pkey;
ALTER SEQUENCE offline_id_seq RENAME TO offline_before_id_seq;
CREATE TABLE offline (
    owner       bigint NOT NULL REFERENCES account (number) ON DELETE CASCADE,
    place       bigserial,
    message     bigint NOT NULL,
    created_ms  bigint NOT NULL,
    size        integer NOT NULL,
    held_by     text,
    is_fetched  boolean NOT NULL DEFAULT false,
    PRIMARY KEY (owner, place)
);
CREATE UNIQUE INDEX offline_message
    ON offline (owner, message, (coalesce(held_by, '')));
CREATE INDEX offline_fetched ON offline (message) WHERE is_fetched;

WITH old AS (
    SELECT o.*, a.number,
           (archive_id(o.created) | (row_number() OVER (ORDER BY o.id) & 1048575))
               AS fresh
    FROM offline_before o JOIN account a USING (domain, username)
    WHERE NOT o.is_fetched),
moved AS (
    INSERT INTO message
    SELECT fresh, 0, number, 0, 0, ordinal + 1, true, origin, stanza FROM old)
INSERT INTO offline (owner, message, created_ms, size, held_by)
SELECT number, fresh, (extract(epoch FROM created) * 1000)::bigint, size, held_by
FROM old ORDER BY id;
DROP TABLE offline_before;

-- What a user wants to have archived (XEP-0441).
CREATE TABLE archive_preference (
    domain      text NOT NULL,
    username    text NOT NULL,
    standard    text NOT NULL CHECK (standard IN ('always', 'never', 'roster')),
    always      text[] NOT NULL DEFAULT '{}',
    never       text[] NOT NULL DEFAULT '{}',
    PRIMARY KEY (domain, username),
    FOREIGN KEY (domain, username) REFERENCES account
        ON UPDATE CASCADE ON DELETE CASCADE
);

-- Days that an account's archive reaches back; 0: for ever; NULL: as configured.
-- The account's own property goes first, then the longest of its departments and
-- those above them.
CREATE FUNCTION archive_days(of_domain text, of_user text) RETURNS integer
LANGUAGE sql STABLE AS $$
    SELECT coalesce(
        (SELECT value::integer FROM account_property
         WHERE domain = of_domain AND username = of_user
         AND name = 'archive-days'),
        (WITH RECURSIVE above (name) AS (
             SELECT name FROM department_member
             WHERE domain = of_domain AND username = of_user
             UNION
             SELECT d.parent FROM department d JOIN above a USING (name)
             WHERE d.domain = of_domain AND d.parent IS NOT NULL)
         SELECT CASE WHEN min(value::integer) = 0 THEN 0
                ELSE max(value::integer) END
         FROM department_property p JOIN above a ON p.department = a.name
         WHERE p.domain = of_domain AND p.name = 'archive-days'),
        (SELECT value::integer FROM server_property
         WHERE name = 'archive-days'))
$$;

-- Accounts that are gone and whose archive is not yet.
CREATE TABLE archive_removed (
    number      bigint PRIMARY KEY
);
CREATE FUNCTION archive_note_removed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO archive_removed VALUES (OLD.number) ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE TRIGGER archive_note_removed AFTER DELETE ON account
    FOR EACH ROW EXECUTE FUNCTION archive_note_removed();

-- Takes what is older than `below` out of one account's archive. What still waits
-- for him stays. Returns the messages that are gone for good.
CREATE FUNCTION archive_forget(account_number bigint, below bigint)
RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    gone bigint;
    more bigint;
BEGIN
    DELETE FROM message
    WHERE sender = account_number AND sender > 0 AND id < below
    AND recipient = 0;
    GET DIAGNOSTICS gone = ROW_COUNT;
    UPDATE message SET sender = 0
    WHERE sender = account_number AND sender > 0 AND id < below;
    DELETE FROM message m
    WHERE recipient = account_number AND recipient > 0 AND id < below
    AND sender = 0
    AND NOT EXISTS (SELECT FROM offline o WHERE o.owner = account_number
                    AND o.message = m.id AND NOT o.is_fetched);
    GET DIAGNOSTICS more = ROW_COUNT;
    UPDATE message m SET recipient = 0
    WHERE recipient = account_number AND recipient > 0 AND id < below
    AND NOT EXISTS (SELECT FROM offline o WHERE o.owner = account_number
                    AND o.message = m.id AND NOT o.is_fetched);
    RETURN gone + more;
END $$;

-- Retention: whole months that nobody keeps any more are dropped, of the rest what
-- single accounts keep for a shorter time is deleted. usual_days: as configured, 0:
-- for ever.
CREATE FUNCTION archive_trim(usual_days integer, OUT partitions integer,
                             OUT messages bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    longest integer;
    one record;
BEGIN
    partitions := 0;
    messages := 0;
    FOR one IN SELECT number FROM archive_removed LOOP
        messages := messages + archive_forget(one.number, 9223372036854775807);
        DELETE FROM archive_removed WHERE number = one.number;
    END LOOP;
    SELECT CASE WHEN min(days) = 0 THEN 0 ELSE max(days) END INTO longest
    FROM (SELECT coalesce(archive_days(domain, username), usual_days) AS days
          FROM account) each;
    longest := coalesce(longest, usual_days);
    IF longest > 0 THEN
        FOR one IN
            SELECT c.relname FROM pg_inherits i
            JOIN pg_class c ON c.oid = i.inhrelid
            WHERE i.inhparent = 'message'::regclass
            AND c.relname ~ '^message_\d{4}_\d{2}$'
            AND to_date(substr(c.relname, 9), 'YYYY_MM') + interval '1 month'
                < now() AT TIME ZONE 'UTC' - longest * interval '1 day'
        LOOP
            EXECUTE format('DROP TABLE %I', one.relname);
            partitions := partitions + 1;
        END LOOP;
    END IF;
    FOR one IN
        SELECT number, coalesce(archive_days(domain, username), usual_days)
               AS days
        FROM account
    LOOP
        CONTINUE WHEN one.days = 0;
        messages := messages + archive_forget(
            one.number, archive_id(now() - one.days * interval '1 day'));
    END LOOP;
    DELETE FROM offline WHERE is_fetched
    AND message < archive_id(now() - interval '1 day');
END $$;

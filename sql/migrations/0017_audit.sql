-- The audit journal: stanzas that were let through or refused, as their senders'
-- policy says (none, metadata, content). Who writes it may add lines and nothing
-- else; each commit of a writer is one link of his chain of hashes.
INSERT INTO schema_version (version) VALUES (17);

-- id: as message.id. writer: the number of an sm, -1: posthousectl. verdict:
-- allowed, or refused: and the condition that the sender was told. line_hash covers
-- all of the line, of its content only the hash (common/audit): so content, and its
-- salt with it, may be deleted later, and not be guessed from its hash.
CREATE TABLE audit (
    id            bigint NOT NULL,
    writer        integer NOT NULL,
    transaction   xid8 NOT NULL DEFAULT pg_current_xact_id(),
    kind          text COLLATE "C" NOT NULL,
    verdict       text COLLATE "C" NOT NULL,
    sender        text COLLATE "C" NOT NULL,
    recipient     text COLLATE "C" NOT NULL,
    stanza_id     text COLLATE "C" NOT NULL,
    content       text,
    salt          text,
    content_hash  bytea,
    line_hash     bytea NOT NULL,
    PRIMARY KEY (id, writer)
) PARTITION BY RANGE (id);
CREATE TABLE audit_rest PARTITION OF audit DEFAULT;

-- What one commit of a writer has added: his lines of this transaction from
-- first_id to last_id. hash covers the link before it, that of the month before
-- in a month's first one.
CREATE TABLE audit_link (
    writer        integer NOT NULL,
    month         date NOT NULL,
    number        bigint NOT NULL,
    transaction   xid8 NOT NULL,
    first_id      bigint NOT NULL,
    last_id       bigint NOT NULL,
    lines         bigint NOT NULL,
    lines_hash    bytea NOT NULL,
    hash          bytea NOT NULL,
    PRIMARY KEY (writer, month, number)
);

-- What is hashed of a link; common/audit does the same.
CREATE FUNCTION audit_link_hash(previous bytea, writer integer, month date,
                                number bigint, first_id bigint, last_id bigint,
                                lines bigint, lines_hash bytea) RETURNS bytea
LANGUAGE sql IMMUTABLE AS $$
    SELECT sha256(previous || lines_hash || convert_to(
        concat_ws(' ', writer, to_char(month, 'YYYY-MM'), number, first_id,
                  last_id, lines), 'UTF8'))
$$;

CREATE FUNCTION audit_add_link() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    one record;
    earlier record;
    of_month date;
BEGIN
    FOR one IN
        SELECT writer, min(id) AS first_id, max(id) AS last_id,
               count(*) AS lines,
               sha256(string_agg(line_hash, ''::bytea ORDER BY id)) AS lines_hash
        FROM fresh GROUP BY writer
    LOOP
        IF (session_user = 'posthouse_sm' AND one.writer < 0)
           OR (session_user = 'posthouse_ctl' AND one.writer <> -1) THEN
            RAISE insufficient_privilege USING MESSAGE =
                'this is the journal of another writer';
        END IF;
        PERFORM pg_advisory_xact_lock(4961319, one.writer);
        of_month := date_trunc('month', to_timestamp(
            (one.last_id >> 20) / 1000.0) AT TIME ZONE 'UTC');
        SELECT month, number, hash INTO earlier FROM audit_link
        WHERE writer = one.writer AND month <= of_month
        ORDER BY month DESC, number DESC LIMIT 1;
        earlier.number := CASE WHEN earlier.month = of_month
                               THEN earlier.number ELSE 0 END;
        INSERT INTO audit_link VALUES (
            one.writer, of_month, earlier.number + 1, pg_current_xact_id(),
            one.first_id, one.last_id, one.lines, one.lines_hash,
            audit_link_hash(coalesce(earlier.hash, ''), one.writer, of_month,
                            earlier.number + 1, one.first_id, one.last_id,
                            one.lines, one.lines_hash));
    END LOOP;
    RETURN NULL;
END $$;
CREATE TRIGGER audit_add_link AFTER INSERT ON audit
    REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION audit_add_link();

CREATE FUNCTION audit_make_partitions(ahead integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    first timestamp := date_trunc('month', now() AT TIME ZONE 'UTC');
    month timestamp;
    name text;
    made integer := 0;
BEGIN
    FOR i IN 0..ahead LOOP
        month := first + i * interval '1 month';
        name := 'audit_' || to_char(month, 'YYYY_MM');
        CONTINUE WHEN to_regclass('public.' || name) IS NOT NULL;
        PERFORM pg_advisory_xact_lock(4961318);
        CONTINUE WHEN to_regclass('public.' || name) IS NOT NULL;
        EXECUTE format(
            'CREATE TABLE %I PARTITION OF audit FOR VALUES FROM (%s) TO (%s)',
            name, archive_id(month AT TIME ZONE 'UTC'),
            archive_id((month + interval '1 month') AT TIME ZONE 'UTC'));
        made := made + 1;
    END LOOP;
    RETURN made;
END $$;
SELECT audit_make_partitions(2);

-- What retention must leave alone: everything from one id to another, or one
-- person's, whose account may be gone by then.
CREATE TABLE legal_hold (
    number      integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    person      text,
    account     bigint,
    first_id    bigint NOT NULL,
    last_id     bigint NOT NULL,
    reason      text NOT NULL,
    made_by     text NOT NULL,
    made        timestamptz NOT NULL DEFAULT now(),
    released_by text,
    released    timestamptz
);

-- Whether an id of an account's archive is under a hold.
CREATE FUNCTION is_held(of_account bigint, of_id bigint) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM legal_hold h
        WHERE released IS NULL AND of_id BETWEEN h.first_id AND h.last_id
        AND (h.person IS NULL OR h.account = of_account))
$$;

-- As before, but for what is held.
CREATE OR REPLACE FUNCTION archive_forget(account_number bigint, below bigint)
RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    gone bigint;
    more bigint;
BEGIN
    DELETE FROM message
    WHERE sender = account_number AND sender > 0 AND id < below
    AND recipient = 0 AND NOT is_held(account_number, id);
    GET DIAGNOSTICS gone = ROW_COUNT;
    UPDATE message SET sender = 0
    WHERE sender = account_number AND sender > 0 AND id < below
    AND NOT is_held(account_number, id);
    DELETE FROM message m
    WHERE recipient = account_number AND recipient > 0 AND id < below
    AND sender = 0 AND NOT is_held(account_number, id)
    AND NOT EXISTS (SELECT FROM offline o WHERE o.owner = account_number
                    AND o.message = m.id AND NOT o.is_fetched);
    GET DIAGNOSTICS more = ROW_COUNT;
    UPDATE message m SET recipient = 0
    WHERE recipient = account_number AND recipient > 0 AND id < below
    AND NOT is_held(account_number, id)
    AND NOT EXISTS (SELECT FROM offline o WHERE o.owner = account_number
                    AND o.message = m.id AND NOT o.is_fetched);
    RETURN gone + more;
END $$;

-- As before; a month in which something is held is not dropped as a whole, and who
-- is removed while a hold names him is not forgotten.
CREATE OR REPLACE FUNCTION archive_trim(usual_days integer,
                                        OUT partitions integer,
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
        DELETE FROM archive_removed WHERE number = one.number
        AND NOT EXISTS (SELECT FROM legal_hold WHERE released IS NULL
                        AND (person IS NULL OR account = one.number));
    END LOOP;
    SELECT CASE WHEN min(days) = 0 THEN 0 ELSE max(days) END INTO longest
    FROM (SELECT coalesce(archive_days(domain, username), usual_days) AS days
          FROM account) each;
    longest := coalesce(longest, usual_days);
    IF longest > 0 THEN
        FOR one IN
            SELECT c.relname, to_date(substr(c.relname, 9), 'YYYY_MM') AS month
            FROM pg_inherits i
            JOIN pg_class c ON c.oid = i.inhrelid
            WHERE i.inhparent = 'message'::regclass
            AND c.relname ~ '^message_\d{4}_\d{2}$'
            AND to_date(substr(c.relname, 9), 'YYYY_MM') + interval '1 month'
                < now() AT TIME ZONE 'UTC' - longest * interval '1 day'
        LOOP
            CONTINUE WHEN EXISTS (
                SELECT FROM legal_hold WHERE released IS NULL
                AND last_id >= archive_id(one.month::timestamp
                                          AT TIME ZONE 'UTC')
                AND first_id < archive_id((one.month + interval '1 month')
                                          AT TIME ZONE 'UTC'));
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

-- Retention of the journal: the content of what is older than these days is
-- deleted, but for what is held. The lines stay, and so does the chain.
CREATE FUNCTION audit_trim(days integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    gone bigint;
BEGIN
    IF days <= 0 THEN
        RETURN 0;
    END IF;
    UPDATE audit a SET content = NULL, salt = NULL
    WHERE id < archive_id(now() - days * interval '1 day')
    AND content IS NOT NULL AND writer >= 0
    AND NOT EXISTS (
        SELECT FROM legal_hold h
        WHERE released IS NULL AND a.id BETWEEN h.first_id AND h.last_id
        AND (h.person IS NULL OR h.person IN (split_part(a.sender, '/', 1),
                                              split_part(a.recipient, '/', 1))));
    GET DIAGNOSTICS gone = ROW_COUNT;
    RETURN gone;
END $$;

-- Who wants to read what of the journal, and who else agreed.
CREATE TABLE audit_request (
    number      integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    made_by     text NOT NULL,
    made        timestamptz NOT NULL DEFAULT now(),
    reason      text NOT NULL,
    person      text,
    domain      text,
    department  text,
    from_time   text,
    until_time  text,
    word        text,
    approved_by text,
    approved    timestamptz,
    CHECK (approved_by <> made_by)
);

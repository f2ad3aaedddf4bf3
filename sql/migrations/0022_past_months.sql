-- A line of the audit journal is written once; what was said in months that are over
-- is found by index, by person in the journal and by the other side in archives.
INSERT INTO schema_version (version) VALUES (22);

-- origin: the frame that the stanza came in, as of message; part: which of its
-- lines. A frame that a dead sm had not acknowledged comes again, and its lines are
-- there. Not hashed: they say nothing of what happened.
ALTER TABLE audit
    ADD COLUMN origin text COLLATE "C",
    ADD COLUMN part bigint;

CREATE OR REPLACE FUNCTION audit_make_partitions(ahead integer) RETURNS integer
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
        EXECUTE format('CREATE UNIQUE INDEX ON %I (origin, part)', name);
        made := made + 1;
    END LOOP;
    RETURN made;
END $$;
DO $$
DECLARE
    name text;
BEGIN
    FOR name IN SELECT inhrelid::regclass FROM pg_inherits
                WHERE inhparent = 'audit'::regclass
    LOOP
        EXECUTE 'CREATE UNIQUE INDEX ON ' || name || ' (origin, part)';
    END LOOP;
END $$;

-- Indexes for months that are over: nobody writes there, and the writer of this month,
-- who is part of every message, pays for none.

-- Makes one on each past month of a table. `columns` and `rows` are SQL; the name is
-- that of the month with the suffix.
CREATE FUNCTION index_past_months(parent text, suffix text, columns text,
                                  rows text) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    month text;
    made integer := 0;
BEGIN
    FOR month IN
        SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = parent::regclass
        AND c.relname ~ ('^' || parent || '_\d{4}_\d{2}$')
        AND to_date(right(c.relname, 7), 'YYYY_MM') + interval '1 month 1 day'
            < now() AT TIME ZONE 'UTC'
    LOOP
        CONTINUE WHEN to_regclass(month || suffix) IS NOT NULL;
        EXECUTE format('CREATE INDEX %I ON %I (%s) %s', month || suffix, month,
                       columns, rows);
        EXECUTE format('ANALYZE %I', month);
        made := made + 1;
    END LOOP;
    RETURN made;
END $$;

-- How many were made. Addresses of the journal's lines, and conversations: of a month
-- that is being written one reads an account's index of all its messages.
CREATE FUNCTION index_past_months() RETURNS integer
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT index_past_months('audit', '_sender', 'split_part(sender, ''/'', 1)', '')
         + index_past_months('audit', '_recipient',
                             'split_part(recipient, ''/'', 1)', '')
         + index_past_months('message', '_sent_to', 'sender, sender_peer, id',
                             'WHERE sender > 0')
         + index_past_months('message', '_received_from',
                             'recipient, recipient_peer, id',
                             'WHERE recipient > 0')
$$;

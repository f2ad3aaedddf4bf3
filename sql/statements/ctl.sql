-- Statements of posthousectl.

-- name: user_add
-- The account with its verifiers, all or nothing: hash names, iterations and
-- their values are arrays of equal length.
WITH made AS (
    INSERT INTO account (domain, username, realname, email)
    VALUES ($1, $2, $3, $4) RETURNING domain, username
)
INSERT INTO credential
    (domain, username, hash, iterations, salt, stored_key, server_key)
SELECT made.domain, made.username, v.hash, $5::integer, v.salt, v.stored_key,
       v.server_key
FROM made, (VALUES
    ('SCRAM-SHA-256', $6, $7, $8),
    ('SCRAM-SHA-1', $9, $10, $11),
    ('DIGEST-MD5', '', $12, '')) v (hash, salt, stored_key, server_key)
WHERE v.stored_key IS NOT NULL;

-- name: invite_add
-- A row tells until when it holds; none: the account exists. Old ones go.
WITH gone AS (
    DELETE FROM invitation WHERE expires < now() - interval '1 day'
)
INSERT INTO invitation (domain, token_hash, username, expires)
SELECT $1, $2, $3, now() + $4::integer * interval '1 hour'
WHERE NOT EXISTS (SELECT FROM account WHERE domain = $1 AND username = $3)
RETURNING to_char(expires AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"');

-- name: invite_list
SELECT domain, username AS name, created, expires FROM invitation
WHERE expires > now() AND ($1::text IS NULL OR domain = $1)
ORDER BY domain, created;

-- name: invite_del
DELETE FROM invitation WHERE domain = $1 AND token_hash = $2;

-- name: user_passwd
-- Not ON CONFLICT DO UPDATE: that asks for the right to read verifiers. The last
-- row tells whether there is such an account.
WITH v (hash, salt, stored_key, server_key) AS (VALUES
    ('SCRAM-SHA-256', $4, $5, $6),
    ('SCRAM-SHA-1', $7, $8, $9),
    ('DIGEST-MD5', '', $10, '')
), gone AS (
    DELETE FROM credential WHERE domain = $1 AND username = $2
        AND hash = 'DIGEST-MD5' AND $10::text IS NULL
), changed AS (
    UPDATE credential c SET iterations = $3::integer, salt = v.salt,
        stored_key = v.stored_key, server_key = v.server_key
    FROM v WHERE c.domain = $1 AND c.username = $2 AND c.hash = v.hash
        AND v.stored_key IS NOT NULL
), added AS (
    INSERT INTO credential
        (domain, username, hash, iterations, salt, stored_key, server_key)
    SELECT a.domain, a.username, v.hash, $3::integer, v.salt, v.stored_key,
           v.server_key
    FROM account a, v
    WHERE a.domain = $1 AND a.username = $2 AND v.stored_key IS NOT NULL
        AND NOT EXISTS (SELECT FROM credential c WHERE c.domain = a.domain
                        AND c.username = a.username AND c.hash = v.hash)
)
SELECT FROM account WHERE domain = $1 AND username = $2;

-- name: user_list
SELECT username || '@' || domain AS jid, realname AS name, email, enabled
FROM account WHERE $1::text IS NULL OR domain = $1
ORDER BY domain, username;

-- name: user_show
SELECT a.username || '@' || a.domain AS jid, a.realname AS name, a.email,
       a.enabled, a.created,
       (SELECT string_agg(d.path, ', ' ORDER BY d.path)
        FROM department_member m
        JOIN department d ON d.domain = m.domain AND d.id = m.department
        WHERE m.domain = a.domain AND m.username = a.username) AS departments
FROM account a WHERE a.domain = $1 AND a.username = $2;

-- name: api_add
-- For an account that administers something; $5: commands, joined by commas (NULL:
-- all); $6: days; $7: whether the configuration calls it an administrator.
INSERT INTO api_token (name, hash, domain, username, commands, expires)
SELECT $1, $2, domain, username, string_to_array($5, ','),
       now() + $6::integer * interval '1 day'
FROM account a
WHERE domain = $3 AND username = $4
  AND ($7::boolean
       OR EXISTS (SELECT FROM admin WHERE jid = a.username || '@' || a.domain)
       OR EXISTS (SELECT FROM department_member m WHERE m.domain = a.domain
                  AND m.username = a.username AND m.is_admin))
ON CONFLICT (name) DO NOTHING;

-- name: api_exists
SELECT name FROM api_token WHERE name = $1;

-- name: api_list
SELECT name, username || '@' || domain AS administrator,
       array_to_string(commands, ',') AS commands, created, expires, used
FROM api_token ORDER BY name;

-- name: api_del
DELETE FROM api_token WHERE name = $1;

-- name: admin_add
-- The last row tells whether there is such an account.
WITH added AS (
    INSERT INTO admin (jid)
    SELECT $1 FROM account WHERE domain = $2 AND username = $3
    ON CONFLICT DO NOTHING
)
SELECT FROM account WHERE domain = $2 AND username = $3;

-- name: admin_del
DELETE FROM admin WHERE jid = $1;

-- name: admin_list
SELECT jid FROM admin ORDER BY jid;

-- Departments are named by their path, which department_find has found.

-- name: department_find
-- Those that are meant by a path or a name; the one with the path first.
SELECT path FROM department WHERE domain = $1 AND (path = $2 OR name = $2)
ORDER BY path <> $2, path;

-- name: department_list
SELECT d.domain, d.path, d.name, above.path AS parent, d.rank, d.description,
       (SELECT count(*) FROM department_member m
        WHERE m.domain = d.domain AND m.department = d.id) AS members
FROM department d
LEFT JOIN department above ON above.domain = d.domain AND above.id = d.parent
WHERE $1::text IS NULL OR d.domain = $1
ORDER BY d.domain, d.rank, d.path;

-- name: department_show
SELECT m.username || '@' || m.domain AS jid, a.realname AS name, m.is_admin AS admin,
       m.is_main AS main
FROM department_member m JOIN account a USING (domain, username)
WHERE m.domain = $1 AND m.department = department_at($1, $2)
ORDER BY m.is_admin DESC, m.username;

-- name: transfer_add
INSERT INTO transfer_rule (domain, action, direction, department, larger_than,
                           name_pattern, mime_pattern, reason, rank)
VALUES ($1, $2, coalesce($3, 'any'), department_at($1, $4), $5::bigint, $6, $7, coalesce($8, ''),
        coalesce($9::integer, 0))
RETURNING id;

-- name: transfer_del
DELETE FROM transfer_rule WHERE id = $1::integer;

-- name: transfer_list
SELECT r.id, r.domain, r.rank, r.action, r.direction, d.path AS department,
       r.larger_than, r.name_pattern AS name, r.mime_pattern AS type, r.reason
FROM transfer_rule r
LEFT JOIN department d ON d.domain = r.domain AND d.id = r.department
WHERE $1::text IS NULL OR r.domain = $1
ORDER BY r.domain, r.rank, r.id;

-- include: directory.sql

-- include: organisation.sql

-- name: member_move
-- One statement: colleagues see one change.
UPDATE department_member SET department = department_at($1, $3)
WHERE domain = $1 AND department = department_at($1, $2) AND username = $4;

-- name: broadcast_list
SELECT b.id, b.domain, b.sender, b.target, b.created, b.attempt,
       count(r.username) AS recipients, count(r.handed) AS handed,
       count(r.acknowledged) AS acknowledged, count(r.displayed) AS displayed
FROM broadcast b
LEFT JOIN broadcast_recipient r ON r.broadcast = b.id AND r.domain = b.domain
WHERE $1::text IS NULL OR b.domain = $1
GROUP BY b.id ORDER BY b.id;

-- name: broadcast_exists
SELECT id FROM broadcast WHERE id = $1::bigint;

-- name: broadcast_status
-- Each recipient; $2: only those who have not seen it.
SELECT username || '@' || domain AS jid, handed, acknowledged, displayed
FROM broadcast_recipient
WHERE broadcast = $1::bigint AND ($2::boolean IS NOT TRUE OR displayed IS NULL)
ORDER BY acknowledged NULLS FIRST, username;

-- name: broadcast_remind
-- Those who were sent it and have not acknowledged it get it again.
WITH open AS (
    UPDATE broadcast_recipient SET handed = NULL
    WHERE broadcast = $1::bigint AND acknowledged IS NULL
    AND handed IS NOT NULL RETURNING username
), again AS (
    UPDATE broadcast SET attempt = attempt + 1
    WHERE id = $1::bigint AND EXISTS (SELECT FROM open)
)
SELECT count(*) AS reminded FROM open;

-- include: account.sql

-- name: archive_trim
-- $1: days that an archive reaches back where nothing else is said; 0: for ever.
SELECT months_dropped, messages_deleted
FROM (SELECT partitions AS months_dropped, messages AS messages_deleted
      FROM archive_trim($1::integer)) done;

-- name: archive_keep_account
INSERT INTO account_property (domain, username, name, value)
SELECT domain, username, 'archive-days', $3 FROM account
WHERE domain = $1 AND username = $2
ON CONFLICT (domain, username, name) DO UPDATE SET value = excluded.value;

-- name: archive_keep_department
INSERT INTO department_property (domain, department, name, value)
SELECT domain, id, 'archive-days', $3 FROM department
WHERE domain = $1 AND path = $2
ON CONFLICT (domain, department, name) DO UPDATE SET value = excluded.value;

-- name: account_number
SELECT number FROM account WHERE domain = $1 AND username = $2;

-- name: archive_search
-- Of the archive of account $1, between times $2 and $3: what has pattern $4 between
-- its first <body> and its last </body>, with whom $5 is the hash of, the first $6.
-- NULL: any.
SELECT id, stanza FROM (
    SELECT id, stanza, sender_peer AS peer FROM message
    WHERE sender = $1::bigint AND sender > 0
    AND ($2::text IS NULL OR id >= archive_id($2::timestamptz))
    AND ($3::text IS NULL OR id < archive_id($3::timestamptz))
    UNION ALL
    SELECT id, stanza, recipient_peer FROM message
    WHERE recipient = $1::bigint AND recipient > 0 AND NOT is_passing
    AND ($2::text IS NULL OR id >= archive_id($2::timestamptz))
    AND ($3::text IS NULL OR id < archive_id($3::timestamptz))) both_sides
WHERE ($4::text IS NULL
       OR substring(stanza FROM '<body[^>]*>(.*)</body>') ILIKE $4)
AND ($5::text IS NULL OR peer = $5::bigint)
ORDER BY id LIMIT $6::bigint;

-- name: archive_import
-- $1: the id; $2: the account; $3: the hash of the other side; $4: whether he sent
-- it; $5: by what it is known should it come again; $6: the message. What was
-- exported here is there.
INSERT INTO message (id, sender, recipient, sender_peer, recipient_peer, ordinal,
                     is_passing, origin, stanza)
SELECT $1::bigint, CASE WHEN sent THEN $2::bigint ELSE 0 END,
       CASE WHEN sent THEN 0 ELSE $2::bigint END,
       CASE WHEN sent THEN $3::bigint ELSE 0 END,
       CASE WHEN sent THEN 0 ELSE $3::bigint END, 0, sent, $5, $6
FROM (SELECT $4::boolean AS sent) side
WHERE NOT EXISTS (
    SELECT FROM message WHERE id = $1::bigint AND sender = $2::bigint
    AND sender > 0)
AND NOT EXISTS (
    SELECT FROM message WHERE id = $1::bigint AND recipient = $2::bigint
    AND recipient > 0 AND NOT is_passing)
ON CONFLICT DO NOTHING;

-- include: notice.sql

-- name: notice_list
SELECT domain, kind, created, text FROM notice
WHERE $1::text IS NULL OR domain = $1 ORDER BY domain, kind;

-- include: broadcast.sql

-- name: audit_note
-- What was done with the journal is in it.
INSERT INTO audit (id, writer, kind, verdict, sender, recipient, stanza_id, content,
                   salt, content_hash, line_hash)
VALUES ($1::bigint, $2::integer, $3, $4, $5, $6, $7, $8, $9, $10::bytea,
        $11::bytea);

-- name: audit_query
-- $1: a bare JID of one side; $2, $3: domain and department, with those below;
-- between times $4 and $5; $6: a pattern for content; $7: how many. NULL: any.
WITH RECURSIVE below (id) AS (
    SELECT department_at($2, $3)
    UNION
    SELECT d.id FROM department d JOIN below b ON d.parent = b.id
    WHERE d.domain = $2
), people AS (
    SELECT m.username || '@' || m.domain AS jid
    FROM department_member m JOIN below ON below.id = m.department
    WHERE m.domain = $2
)
SELECT id, writer, kind, verdict, sender, recipient, stanza_id, content, salt,
       encode(content_hash, 'hex'),
       to_char(to_timestamp((id >> 20) / 1000.0) AT TIME ZONE 'UTC',
               'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
FROM audit
WHERE ($4::text IS NULL OR id >= archive_id($4::timestamptz))
AND ($5::text IS NULL OR id < archive_id($5::timestamptz))
AND ($1::text IS NULL OR $1 IN (split_part(sender, '/', 1),
                                split_part(recipient, '/', 1)))
AND ($3::text IS NULL
     OR split_part(sender, '/', 1) IN (SELECT jid FROM people)
     OR split_part(recipient, '/', 1) IN (SELECT jid FROM people))
AND ($6::text IS NULL OR content ILIKE $6)
ORDER BY id, writer LIMIT $7::bigint;

-- name: audit_chain
-- Every link of a month (NULL: of all) in order, with its lines; in the end the hash
-- of the link before the first one of its month.
SELECT l.writer, to_char(l.month, 'YYYY-MM'), l.number, l.first_id, l.last_id,
       l.lines, encode(l.lines_hash, 'hex'), encode(l.hash, 'hex'),
       a.id, a.writer, a.kind, a.verdict, a.sender, a.recipient, a.stanza_id,
       a.content, a.salt, encode(a.content_hash, 'hex'),
       encode(a.line_hash, 'hex'),
       CASE WHEN l.number = 1 THEN
           (SELECT encode(b.hash, 'hex') FROM audit_link b
            WHERE b.writer = l.writer AND b.month < l.month
            ORDER BY b.month DESC, b.number DESC LIMIT 1) END
FROM audit_link l
LEFT JOIN audit a ON a.writer = l.writer AND a.transaction = l.transaction
    AND a.id BETWEEN l.first_id AND l.last_id
WHERE $1::text IS NULL OR to_char(l.month, 'YYYY-MM') = $1
ORDER BY l.writer, l.month, l.number, a.id;

-- name: audit_strays
-- Lines that no link knows of.
SELECT a.id, a.writer FROM audit a
WHERE ($1::text IS NULL OR to_char(to_timestamp((a.id >> 20) / 1000.0)
                                   AT TIME ZONE 'UTC', 'YYYY-MM') = $1)
AND NOT EXISTS (
    SELECT FROM audit_link l
    WHERE l.writer = a.writer AND l.transaction = a.transaction
    AND a.id BETWEEN l.first_id AND l.last_id)
ORDER BY a.id;

-- name: audit_heads
-- The last link of each writer, with the time.
SELECT DISTINCT ON (writer)
       to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), writer,
       to_char(month, 'YYYY-MM'), number, encode(hash, 'hex')
FROM audit_link ORDER BY writer, month DESC, number DESC;

-- name: audit_link
SELECT encode(hash, 'hex') FROM audit_link
WHERE writer = $1::integer AND month = to_date($2, 'YYYY-MM')
AND number = $3::bigint;

-- name: audit_trim
-- $1: days that content is kept; 0: for ever.
SELECT audit_trim($1::integer) AS emptied;

-- name: partitions
SELECT archive_make_partitions(2), audit_make_partitions(2);

-- name: index_past_months
SELECT index_past_months();

-- name: hold_add
-- $1: the person, whose account is $3 at $2; from time $4 to $5. NULL: everybody;
-- from the beginning; for ever. $6: why; $7: who says so.
INSERT INTO legal_hold (person, account, first_id, last_id, reason, made_by)
SELECT $1, (SELECT number FROM account WHERE domain = $2 AND username = $3),
       coalesce(archive_id($4::timestamptz), 0),
       coalesce(archive_id($5::timestamptz), 9223372036854775807), $6, $7
RETURNING number;

-- name: hold_list
SELECT number, person,
       CASE WHEN first_id > 0 THEN to_timestamp((first_id >> 20) / 1000.0) END
           AS "from",
       CASE WHEN last_id < 9223372036854775807
           THEN to_timestamp((last_id >> 20) / 1000.0) END AS until,
       reason, made_by, made, released_by, released
FROM legal_hold ORDER BY number;

-- name: hold_release
UPDATE legal_hold SET released_by = $2, released = now()
WHERE number = $1::integer AND released IS NULL;

-- name: audit_export
-- The same as audit_query, with all that the hashes cover.
WITH RECURSIVE below (id) AS (
    SELECT department_at($2, $3)
    UNION
    SELECT d.id FROM department d JOIN below b ON d.parent = b.id
    WHERE d.domain = $2
), people AS (
    SELECT m.username || '@' || m.domain AS jid
    FROM department_member m JOIN below ON below.id = m.department
    WHERE m.domain = $2
)
SELECT id, writer,
       to_char(to_timestamp((id >> 20) / 1000.0) AT TIME ZONE 'UTC',
               'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS time,
       kind AS type, verdict, sender AS "from", recipient AS "to",
       stanza_id AS "stanza-id", content, salt,
       encode(content_hash, 'hex') AS "content-hash",
       encode(line_hash, 'hex') AS "line-hash"
FROM audit
WHERE ($4::text IS NULL OR id >= archive_id($4::timestamptz))
AND ($5::text IS NULL OR id < archive_id($5::timestamptz))
AND ($1::text IS NULL OR $1 IN (split_part(sender, '/', 1),
                                split_part(recipient, '/', 1)))
AND ($3::text IS NULL
     OR split_part(sender, '/', 1) IN (SELECT jid FROM people)
     OR split_part(recipient, '/', 1) IN (SELECT jid FROM people))
AND ($6::text IS NULL OR content ILIKE $6)
ORDER BY id, writer LIMIT $7::bigint;

-- name: audit_export_chain
-- The links from the one of id $1 to the one of id $2, with the hashes of their
-- lines; of every writer.
SELECT writer, to_char(month, 'YYYY-MM') AS month, number, first_id, last_id, lines,
       encode(lines_hash, 'hex') AS "lines-hash", encode(hash, 'hex') AS hash,
       (SELECT string_agg(encode(a.line_hash, 'hex'), ' ' ORDER BY a.id)
        FROM audit a WHERE a.writer = l.writer
        AND a.transaction = l.transaction
        AND a.id BETWEEN l.first_id AND l.last_id) AS "line-hashes"
FROM audit_link l
WHERE last_id >= nullif($1, '')::bigint AND first_id <= nullif($2, '')::bigint
ORDER BY writer, month, number;

-- name: audit_request
INSERT INTO audit_request (made_by, reason, person, domain, department, from_time,
                           until_time, word)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING number;

-- name: audit_requests
SELECT number, made_by, made, reason, person, department, from_time AS "from",
       until_time AS until, word, approved_by, approved
FROM audit_request ORDER BY number;

-- name: audit_approve
UPDATE audit_request SET approved_by = $2, approved = now()
WHERE number = $1::integer AND approved IS NULL AND made_by <> $2;

-- name: audit_approved
-- What may be read by who asked for it.
SELECT reason, person, domain, department, from_time, until_time, word
FROM audit_request
WHERE number = $1::integer AND made_by = $2
AND approved > now() - interval '1 day';

-- What another directory says (ctl/ldap.c): $1 the domain, $2 the rows, each ended
-- by RS, its columns by US. People: user name, real name, e-mail, DN; groups: path,
-- path of the parent, name, DN; members: path of the group, user name. Each changes
-- only what differs.

-- name: ldap_people_add
INSERT INTO account (domain, username, realname, email)
SELECT $1, split_part(r, chr(31), 1), split_part(r, chr(31), 2),
       split_part(r, chr(31), 3)
FROM unnest(string_to_array($2, chr(30))) r WHERE r <> ''
ON CONFLICT (domain, username) DO NOTHING;

-- name: ldap_people_change
UPDATE account a SET realname = split_part(r, chr(31), 2),
    email = split_part(r, chr(31), 3), modified = now()
FROM unnest(string_to_array($2, chr(30))) r
WHERE r <> '' AND a.domain = $1 AND a.username = split_part(r, chr(31), 1)
  AND (a.realname, a.email) IS DISTINCT FROM
      (split_part(r, chr(31), 2), split_part(r, chr(31), 3));

-- name: ldap_people_return
WITH back AS (
    UPDATE ldap_person p SET is_gone = false
    FROM unnest(string_to_array($2, chr(30))) r
    WHERE r <> '' AND p.domain = $1 AND p.is_gone
      AND p.username = split_part(r, chr(31), 1)
    RETURNING p.username
)
UPDATE account a SET enabled = true, modified = now()
FROM back WHERE a.domain = $1 AND a.username = back.username;

-- name: ldap_people_note
INSERT INTO ldap_person (domain, username, dn)
SELECT $1, split_part(r, chr(31), 1), split_part(r, chr(31), 4)
FROM unnest(string_to_array($2, chr(30))) r WHERE r <> ''
ON CONFLICT (domain, username) DO UPDATE SET dn = excluded.dn
WHERE ldap_person.dn <> excluded.dn;

-- name: ldap_people_leave
-- Who is there no more is locked, not removed: what was written to him stays.
WITH gone AS (
    UPDATE ldap_person p SET is_gone = true
    WHERE p.domain = $1 AND NOT p.is_gone AND p.username NOT IN (
        SELECT split_part(r, chr(31), 1)
        FROM unnest(string_to_array($2, chr(30))) r)
    RETURNING p.username
)
UPDATE account a SET enabled = false, modified = now()
FROM gone WHERE a.domain = $1 AND a.username = gone.username AND a.enabled;

-- name: ldap_people_here
SELECT count(*) FROM ldap_person WHERE domain = $1 AND NOT is_gone;

-- name: ldap_groups_take
SELECT FROM generate_series(1, ldap_groups_take($1, $2));

-- name: ldap_members_add
INSERT INTO department_member (domain, department, username)
SELECT DISTINCT $1, d.id, split_part(r, chr(31), 2)
FROM unnest(string_to_array($2, chr(30))) r
JOIN department d ON d.domain = $1 AND d.path = split_part(r, chr(31), 1)
WHERE r <> ''
ON CONFLICT (domain, department, username) DO NOTHING;

-- name: ldap_members_remove
-- Whom an administrator has put there by hand stays, unless he is of that directory.
DELETE FROM department_member m USING ldap_group g, ldap_person p, department d
WHERE m.domain = $1 AND g.domain = $1 AND p.domain = $1 AND d.domain = $1
  AND m.department = g.department AND d.id = g.department
  AND m.username = p.username
  AND d.path || chr(31) || m.username NOT IN (
      SELECT r FROM unnest(string_to_array($2, chr(30))) r);

-- name: ldap_groups_remove
DELETE FROM department d USING ldap_group g
WHERE d.domain = $1 AND g.domain = $1 AND d.id = g.department
  AND g.dn NOT IN (SELECT split_part(r, chr(31), 4)
                   FROM unnest(string_to_array($2, chr(30))) r)
  AND NOT EXISTS (SELECT FROM department c
                  WHERE c.domain = d.domain AND c.parent = d.id)
  AND NOT EXISTS (SELECT FROM department_member m
                  WHERE m.domain = d.domain AND m.department = d.id);

-- Accounts of a file, many at once (ctl/import_rows.h): $1 the rows, each ended by
-- RS, its columns by US: a number, domain, user name, real name, e-mail, department,
-- then as the parameters of user_add from $5.

-- name: import_find
-- Of each row whether the account is there, and how many departments are meant.
SELECT c[1], EXISTS (SELECT FROM account a
                     WHERE a.domain = c[2] AND a.username = c[3]),
       CASE WHEN EXISTS (SELECT FROM department d
                         WHERE d.domain = c[2] AND d.path = c[6]) THEN 1
       ELSE (SELECT count(*) FROM department d
             WHERE d.domain = c[2] AND d.name = c[6]) END
FROM unnest(string_to_array($1, chr(30))) r, string_to_array(r, chr(31)) c;

-- name: import_add
INSERT INTO account (domain, username, realname, email)
SELECT c[2], c[3], c[4], c[5]
FROM unnest(string_to_array($1, chr(30))) r, string_to_array(r, chr(31)) c;

-- name: import_change
-- What is empty stays as it was.
UPDATE account a SET realname = coalesce(nullif(c[4], ''), realname),
    email = coalesce(nullif(c[5], ''), email)
FROM unnest(string_to_array($1, chr(30))) r, string_to_array(r, chr(31)) c
WHERE a.domain = c[2] AND a.username = c[3]
  AND (c[4], c[5]) IS DISTINCT FROM ('', '');

-- name: import_verify
-- New verifiers in the place of those that accounts have.
WITH rows AS (
    SELECT c FROM unnest(string_to_array($1, chr(30))) r,
        string_to_array(r, chr(31)) c
), gone AS (
    DELETE FROM credential o USING rows
    WHERE o.domain = c[2] AND o.username = c[3]
      AND o.hash = 'DIGEST-MD5' AND c[14] = ''
)
UPDATE credential o SET iterations = c[7]::integer, salt = v.salt,
    stored_key = v.stored_key, server_key = v.server_key
FROM rows, LATERAL (VALUES
    ('SCRAM-SHA-256', c[8], c[9], c[10]),
    ('SCRAM-SHA-1', c[11], c[12], c[13]),
    ('DIGEST-MD5', '', c[14], '')) v (hash, salt, stored_key, server_key)
WHERE o.domain = c[2] AND o.username = c[3] AND o.hash = v.hash
  AND v.stored_key <> '';

-- name: import_verifiers
-- Those that accounts have not.
INSERT INTO credential
    (domain, username, hash, iterations, salt, stored_key, server_key)
SELECT c[2], c[3], v.hash, c[7]::integer, v.salt, v.stored_key, v.server_key
FROM unnest(string_to_array($1, chr(30))) r, string_to_array(r, chr(31)) c,
    LATERAL (VALUES
        ('SCRAM-SHA-256', c[8], c[9], c[10]),
        ('SCRAM-SHA-1', c[11], c[12], c[13]),
        ('DIGEST-MD5', '', c[14], '')) v (hash, salt, stored_key, server_key)
WHERE v.stored_key <> '' AND NOT EXISTS (
    SELECT FROM credential o WHERE o.domain = c[2] AND o.username = c[3]
    AND o.hash = v.hash);

-- name: import_members
INSERT INTO department_member (domain, department, username)
SELECT c[2], department_at(c[2], c[6]), c[3]
FROM unnest(string_to_array($1, chr(30))) r, string_to_array(r, chr(31)) c
WHERE c[6] <> ''
ON CONFLICT (domain, department, username) DO NOTHING;

-- name: user_add_bare
-- Without a verifier: they follow, or are in another directory.
INSERT INTO account (domain, username, realname, email) VALUES ($1, $2, $3, $4);

-- name: credential_add
INSERT INTO credential
    (domain, username, hash, iterations, salt, stored_key, server_key)
VALUES ($1, $2, $3, $4::integer, $5, $6, $7);

-- name: export_accounts
-- A row for each of somebody's departments, the main one first.
SELECT a.username || '@' || a.domain, a.realname, a.email, coalesce(d.path, '')
FROM account a
LEFT JOIN department_member m ON m.domain = a.domain AND m.username = a.username
LEFT JOIN department d ON d.domain = m.domain AND d.id = m.department
WHERE $1::text IS NULL OR a.domain = $1
ORDER BY a.domain, a.username, m.is_main DESC, d.path;

-- name: export_verifiers
-- As the owner of the tables.
SELECT a.domain, a.username, a.realname, a.email, c.hash, c.iterations, c.salt,
       c.stored_key, c.server_key
FROM account a
LEFT JOIN credential c ON c.domain = a.domain AND c.username = a.username
    AND c.hash LIKE 'SCRAM-%'
WHERE $1::text IS NULL OR a.domain = $1
ORDER BY a.domain, a.username, c.hash;

-- name: export_rosters
-- As the owner, in the order of export_verifiers. Groups are joined by GS.
SELECT domain, username, jid, name, subscription, ask, approved,
       array_to_string(groups, chr(29))
FROM roster WHERE $1::text IS NULL OR domain = $1
ORDER BY domain, username, jid;

-- name: roster_import
-- $3: rows, ended by RS, with columns by US: address, name, subscription, whether it
-- was asked for, whether approved before, groups by GS.
INSERT INTO roster (domain, username, jid, name, subscription, ask, approved,
                    groups)
SELECT $1, $2, c[1], c[2], c[3], c[4]::boolean, c[5]::boolean,
       string_to_array(c[6], chr(29))
FROM unnest(string_to_array($3, chr(30))) r, string_to_array(r, chr(31)) c
ON CONFLICT DO NOTHING;

-- Whose rows a role sees: run as the owner.

-- name: access_role_find
-- Which of the four a role is, or has the rights of; NULL: none. No row: there is no
-- such role.
SELECT CASE WHEN rolname IN ('posthouse_auth', 'posthouse_sm', 'posthouse_muc',
                             'posthouse_ctl') THEN rolname
       ELSE (SELECT rights_of FROM access_role WHERE role = rolname) END
FROM pg_roles WHERE rolname = $1 AND rolname <> 'posthouse_owner';

-- name: access_role_set
INSERT INTO access_role (role, rights_of) VALUES ($1, $2)
ON CONFLICT (role) DO UPDATE SET rights_of = excluded.rights_of;

-- name: access_domains_set
-- $2: domains, joined by a character that none contains; NULL: all.
WITH wanted (domain) AS (
    SELECT DISTINCT unnest(string_to_array($2, chr(31)))
), gone AS (
    DELETE FROM access_domain
    WHERE role = $1 AND domain NOT IN (SELECT domain FROM wanted)
)
INSERT INTO access_domain (role, domain) SELECT $1, domain FROM wanted
ON CONFLICT DO NOTHING;

-- name: access_list
-- domains: NULL for all.
SELECT role, rights_of AS "rights-of",
       (SELECT string_agg(domain, ', ' ORDER BY domain) FROM access_domain d
        WHERE d.role = r.role) AS domains,
       EXISTS (SELECT FROM pg_roles WHERE rolname = role) AS "exists"
FROM (SELECT role, rights_of FROM access_role
      UNION VALUES ('posthouse_auth', 'posthouse_auth'),
                   ('posthouse_sm', 'posthouse_sm'),
                   ('posthouse_muc', 'posthouse_muc'),
                   ('posthouse_ctl', 'posthouse_ctl')) r
ORDER BY rights_of, role <> rights_of, role;

-- name: access_tables
-- What each role may with each table, and with which of its rows.
WITH who (role) AS (
    SELECT role FROM access_role
    UNION VALUES ('posthouse_auth'), ('posthouse_sm'), ('posthouse_muc'),
                 ('posthouse_ctl')
), granted AS (
    SELECT relname, grantee, privilege_type AS what
    FROM pg_class c, aclexplode(relacl)
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
    UNION ALL
    SELECT relname, grantee, privilege_type || ' (' ||
           string_agg(attname, ', ' ORDER BY attnum) || ')'
    FROM pg_attribute a JOIN pg_class c ON c.oid = attrelid, aclexplode(attacl)
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
    GROUP BY relname, grantee, privilege_type
)
SELECT w.role, relname AS "table", string_agg(what, ', ' ORDER BY what) AS may,
       CASE WHEN EXISTS (SELECT FROM access_domain d WHERE d.role = w.role)
       THEN (SELECT CASE may_read WHEN 'true' THEN 'all, to read'
                                  WHEN 'false' THEN 'none'
                                  ELSE 'of its domains' END
             FROM access_rule WHERE relation = relname)
       ELSE 'all' END AS rows
FROM who w JOIN pg_roles p ON p.rolname = w.role JOIN granted g ON g.grantee = p.oid
GROUP BY w.role, relname ORDER BY w.role, relname;

-- What a dry run compares and counts.

-- name: dry_people
-- Every account, with a fingerprint of what belongs to it.
SELECT a.username || '@' || a.domain AS jid, md5(concat_ws(chr(31),
       a.realname, a.email, a.enabled, a.modified,
       (SELECT string_agg(p.name || chr(30) || p.value, chr(30) ORDER BY p.name)
        FROM account_property p
        WHERE p.domain = a.domain AND p.username = a.username),
       (SELECT string_agg(concat_ws(' ', m.department, m.is_admin, m.is_main), chr(30)
                          ORDER BY m.department)
        FROM department_member m
        WHERE m.domain = a.domain AND m.username = a.username),
       (SELECT string_agg(c.hash, ' ' ORDER BY c.hash) FROM credential c
        WHERE c.domain = a.domain AND c.username = a.username),
       EXISTS (SELECT FROM admin WHERE jid = a.username || '@' || a.domain),
       (SELECT string_agg(concat_ws(' ', r.broadcast, r.handed), chr(30)
                          ORDER BY r.broadcast)
        FROM broadcast_recipient r
        WHERE r.domain = a.domain AND r.username = a.username
          AND r.acknowledged IS NULL)))
FROM account a ORDER BY (a.username || '@' || a.domain) COLLATE "C";

-- name: dry_concerned
-- The accounts of domain $1, of those the people of department $2 and of what lies
-- below it, of those the one with address $3. NULL: of all.
WITH RECURSIVE below (id) AS (
    SELECT id FROM department WHERE domain = $1 AND path = $2
    UNION
    SELECT d.id FROM department d JOIN below b ON d.parent = b.id
    WHERE d.domain = $1
)
SELECT a.username || '@' || a.domain FROM account a
WHERE ($1::text IS NULL OR a.domain = $1)
  AND ($2::text IS NULL OR EXISTS (
      SELECT FROM department_member m JOIN below ON below.id = m.department
      WHERE m.domain = a.domain AND m.username = a.username))
  AND ($3::text IS NULL OR a.username || '@' || a.domain = $3);

-- name: dry_rows
-- How many rows of each table were added, changed and removed by this connection.
SELECT coalesce(parent.relname, t.relname) AS relation, sum(n_tup_ins),
       sum(n_tup_upd), sum(n_tup_del)
FROM pg_stat_xact_user_tables t
LEFT JOIN pg_inherits i ON i.inhrelid = t.relid
LEFT JOIN pg_class parent ON parent.oid = i.inhparent
GROUP BY relation ORDER BY relation;

-- name: transfer_scope
SELECT r.domain, d.path FROM transfer_rule r
LEFT JOIN department d ON d.domain = r.domain AND d.id = r.department
WHERE r.id = $1::integer;

-- name: hold_person
SELECT person FROM legal_hold WHERE number = $1::integer;

-- name: audit_request_scope
SELECT domain, department, person FROM audit_request WHERE number = $1::integer;

-- name: schema_version
SELECT max(version) FROM schema_version;

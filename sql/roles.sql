-- What each role may do, applied by the owner after every migration. Whatever is
-- not granted here is taken away first, so that this file is the whole truth.

DO $$
BEGIN
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC, posthouse_auth, '
                   'posthouse_sm, posthouse_muc, posthouse_ctl', current_database());
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO posthouse_auth, '
                   'posthouse_sm, posthouse_muc, posthouse_ctl', current_database());
END $$;
REVOKE ALL ON SCHEMA public FROM PUBLIC, posthouse_auth, posthouse_sm,
    posthouse_muc, posthouse_ctl;
REVOKE ALL ON ALL TABLES IN SCHEMA public FROM PUBLIC, posthouse_auth,
    posthouse_sm, posthouse_muc, posthouse_ctl;
REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM PUBLIC, posthouse_auth,
    posthouse_sm, posthouse_muc, posthouse_ctl;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA public FROM PUBLIC, posthouse_auth,
    posthouse_sm, posthouse_muc, posthouse_ctl;
GRANT USAGE ON SCHEMA public TO posthouse_auth, posthouse_sm, posthouse_muc,
    posthouse_ctl;

-- authd: accounts, and alone of the daemons their verifiers.
-- No other role sees the codes of recovery.
GRANT SELECT, INSERT, UPDATE, DELETE ON account, credential, recovery
    TO posthouse_auth;
-- Whom a department's administrator registers is in the department at once.
GRANT INSERT ON department_member TO posthouse_auth;

-- The name of one who administers the suite is nobody else's, and he no longer does
-- when his account is removed. authd can make nobody an administrator.
GRANT SELECT, DELETE ON admin TO posthouse_auth;

-- UPDATE as SELECT FOR UPDATE asks for it.
GRANT SELECT, UPDATE, DELETE ON invitation TO posthouse_auth;

-- sm: reads accounts and the organisation, keeps what its users keep.
GRANT SELECT ON account, account_property, server_property, admin, department,
    department_member, department_property, transfer_rule TO posthouse_sm;
GRANT SELECT, INSERT, UPDATE, DELETE ON roster, subscription_request, offline,
    vcard, private_storage, privacy_list, last_activity, archive_preference,
    file_offer, pep_node, pep_item TO posthouse_sm;
-- To the audit journal it may add, and not read it; transaction is not its own.
GRANT INSERT (id, writer, kind, verdict, sender, recipient, stanza_id, content,
              salt, content_hash, line_hash, origin, part) ON audit
    TO posthouse_sm;
GRANT EXECUTE ON FUNCTION audit_make_partitions TO posthouse_sm;
-- What was said it may add to and not change, but for what only waited.
GRANT SELECT, INSERT, UPDATE (stanza) ON message TO posthouse_sm;
GRANT USAGE ON SEQUENCE offline_place_seq, shard_epoch, notice_number, pep_place
    TO posthouse_sm;
GRANT EXECUTE ON FUNCTION archive_make_partitions TO posthouse_sm;
GRANT SELECT, INSERT, UPDATE, DELETE ON notice TO posthouse_sm;
GRANT SELECT, INSERT, UPDATE ON notice_seen TO posthouse_sm;
GRANT SELECT, INSERT ON broadcast TO posthouse_sm;
-- What administrators change of the organisation by commands, and users of their quiet
-- hours. Who administers the suite it cannot say.
GRANT INSERT, UPDATE, DELETE ON department, department_member,
    department_property, account_property, server_property TO posthouse_sm;
GRANT EXECUTE ON FUNCTION department_at, department_step, quiet_set TO posthouse_sm;
GRANT SELECT, UPDATE (used) ON api_token TO posthouse_sm;
GRANT SELECT, INSERT, UPDATE ON broadcast_recipient TO posthouse_sm;

-- mucd: the rooms, and of their users the departments that they are in.
GRANT SELECT ON department, department_member, department_property
    TO posthouse_muc;
GRANT SELECT, INSERT, UPDATE, DELETE ON room, room_member, room_occupant,
    room_message TO posthouse_muc;
GRANT USAGE ON SEQUENCE room_epoch, room_occupant_place_seq TO posthouse_muc;

-- posthousectl: accounts and the organisation; writes verifiers and reads none.
GRANT SELECT, INSERT, UPDATE, DELETE ON account, account_property,
    server_property, admin, department, department_member, department_property,
    transfer_rule TO posthouse_ctl;
GRANT SELECT, INSERT, UPDATE, DELETE ON broadcast, broadcast_recipient
    TO posthouse_ctl;
-- Contact lists that come from another server: what is there it does not see.
GRANT INSERT ON roster TO posthouse_ctl;
GRANT INSERT, UPDATE, DELETE ON credential TO posthouse_ctl;
GRANT SELECT (domain, username, hash) ON credential TO posthouse_ctl;
GRANT SELECT, INSERT, DELETE ON invitation TO posthouse_ctl;
GRANT SELECT, INSERT, DELETE ON api_token TO posthouse_ctl;
GRANT SELECT ON schema_version TO posthouse_ctl;
GRANT SELECT, INSERT, UPDATE, DELETE ON notice, ldap_person, ldap_group
    TO posthouse_ctl;
GRANT USAGE ON SEQUENCE notice_number TO posthouse_ctl;
GRANT EXECUTE ON FUNCTION archive_make_partitions, archive_days, archive_trim,
    archive_id, audit_make_partitions, audit_trim, department_at, department_step,
    index_past_months(), ldap_groups_take TO posthouse_ctl;
-- The journal it reads, and writes down that it did.
GRANT SELECT ON audit, audit_link TO posthouse_ctl;
GRANT INSERT (id, writer, kind, verdict, sender, recipient, stanza_id, content,
              salt, content_hash, line_hash) ON audit TO posthouse_ctl;
GRANT SELECT, INSERT ON legal_hold, audit_request TO posthouse_ctl;
GRANT UPDATE (approved_by, approved) ON audit_request TO posthouse_ctl;
GRANT UPDATE (released_by, released) ON legal_hold TO posthouse_ctl;

-- Domains.
--
-- Each role above serves every domain. A role that stands in access_domain (put there
-- by `posthousectl db restrict`) sees the rows of the domains that stand there with it,
-- and writes no others. Row-level security is on for every table, so that one that is
-- forgotten here shows nothing to anybody:
--
--   every_row       for all roles: what they are granted above, they have of all rows
--   own_domains     only for restricted roles: of those, the rows of their domains
--
-- What a policy asks of a restricted role is one InitPlan for the whole statement; for
-- all other roles the planner has nothing left to ask. The owner of the tables is not
-- subject to policies, and with him not what runs with his rights: foreign keys,
-- triggers and the functions of access_of_all().

-- The domains of the role that has logged in; SET ROLE does not change it.
-- In PL/pgSQL, which keeps the plan: a function in SQL is planned anew by each statement.
CREATE OR REPLACE FUNCTION access_domains() RETURNS text[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    RETURN (SELECT coalesce(array_agg(domain), '{}') FROM access_domain
            WHERE role = session_user);
END $$;

-- The domain of a JID, bare or full.
CREATE OR REPLACE FUNCTION access_domain_of(jid text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT regexp_replace(split_part(jid, '/', 1), '^.*@', '')
$$;

-- Which rows are of a domain: what a restricted role may read, and what it may write.
-- ‹own› stands for "is one of the role's domains", ‹account› for "is the number of an
-- account that it sees".
CREATE OR REPLACE VIEW access_rule (relation, may_read, may_write) AS VALUES
    ('account',              'domain ‹own›', 'domain ‹own›'),
    ('account_property',     'domain ‹own›', 'domain ‹own›'),
    ('api_token',            'domain ‹own›', 'domain ‹own›'),
    ('archive_preference',   'domain ‹own›', 'domain ‹own›'),
    ('broadcast',            'domain ‹own›', 'domain ‹own›'),
    ('broadcast_recipient',  'domain ‹own›', 'domain ‹own›'),
    ('credential',           'domain ‹own›', 'domain ‹own›'),
    ('department',           'domain ‹own›', 'domain ‹own›'),
    ('department_member',    'domain ‹own›', 'domain ‹own›'),
    ('department_property',  'domain ‹own›', 'domain ‹own›'),
    ('file_offer',           'domain ‹own›', 'domain ‹own›'),
    ('invitation',           'domain ‹own›', 'domain ‹own›'),
    ('last_activity',        'domain ‹own›', 'domain ‹own›'),
    ('ldap_group',           'domain ‹own›', 'domain ‹own›'),
    ('ldap_person',          'domain ‹own›', 'domain ‹own›'),
    ('notice',               'domain ‹own›', 'domain ‹own›'),
    ('notice_seen',          'domain ‹own›', 'domain ‹own›'),
    ('pep_item',             'domain ‹own›', 'domain ‹own›'),
    ('pep_node',             'domain ‹own›', 'domain ‹own›'),
    ('privacy_list',         'domain ‹own›', 'domain ‹own›'),
    ('private_storage',      'domain ‹own›', 'domain ‹own›'),
    ('recovery',             'domain ‹own›', 'domain ‹own›'),
    ('room',                 'domain ‹own›', 'domain ‹own›'),
    ('room_member',          'domain ‹own›', 'domain ‹own›'),
    ('room_message',         'domain ‹own›', 'domain ‹own›'),
    ('room_occupant',        'domain ‹own›', 'domain ‹own›'),
    ('roster',               'domain ‹own›', 'domain ‹own›'),
    ('subscription_request', 'domain ‹own›', 'domain ‹own›'),
    ('transfer_rule',        'domain ‹own›', 'domain ‹own›'),
    ('vcard',                'domain ‹own›', 'domain ‹own›'),
    -- By an address.
    ('admin', 'access_domain_of(jid) ‹own›', 'access_domain_of(jid) ‹own›'),
    ('legal_hold', 'access_domain_of(person) ‹own›', 'access_domain_of(person) ‹own›'),
    ('audit_request', 'domain ‹own› AND (person IS NULL OR access_domain_of(person) ‹own›)',
     'domain ‹own› AND (person IS NULL OR access_domain_of(person) ‹own›)'),
    ('audit', 'access_domain_of(sender) ‹own› OR access_domain_of(recipient) ‹own›',
     'access_domain_of(sender) ‹own› OR access_domain_of(recipient) ‹own›'),
    -- By the number of an account. One row may be in the archives of two people.
    ('offline', 'owner ‹account›', 'owner ‹account›'),
    ('message', 'sender ‹account› OR recipient ‹account›',
     '(sender = 0 OR sender ‹account›) AND (recipient = 0 OR recipient ‹account›)'),
    -- Of the whole suite: a restricted role may only read them, where it may at all.
    ('server_property', 'true', 'false'),
    ('schema_version',  'true', 'false'),
    ('audit_link',      'true', 'false'),
    -- No daemon may anything there.
    ('access_domain',   'false', 'false'),
    ('access_role',     'false', 'false'),
    ('archive_removed', 'false', 'false');

-- Functions that see all rows for whoever may call them, and say or change something
-- of all domains: not granted to restricted roles.
CREATE OR REPLACE FUNCTION access_of_all() RETURNS SETOF regprocedure
LANGUAGE sql IMMUTABLE AS $$
    VALUES ('archive_trim(integer)'::regprocedure), ('audit_trim(integer)'::regprocedure)
$$;

-- Gives `role` what `model` has, and nothing else.
CREATE OR REPLACE FUNCTION access_like(role text, model text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    command text;
BEGIN
    EXECUTE format('REVOKE ALL ON SCHEMA public FROM %1$I; '
                   'REVOKE ALL ON ALL TABLES IN SCHEMA public FROM %1$I; '
                   'REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM %1$I; '
                   'REVOKE ALL ON ALL FUNCTIONS IN SCHEMA public FROM %1$I; '
                   'REVOKE ALL ON DATABASE %2$I FROM %1$I',
                   role, current_database());
    FOR command IN
        SELECT format('GRANT %s ON DATABASE %I', g.privilege_type, datname)
        FROM pg_database, aclexplode(datacl) g
        WHERE datname = current_database() AND g.grantee = model::regrole
        UNION ALL
        SELECT format('GRANT %s ON SCHEMA public', g.privilege_type)
        FROM pg_namespace, aclexplode(nspacl) g
        WHERE nspname = 'public' AND g.grantee = model::regrole
        UNION ALL
        SELECT format('GRANT %s ON %s %s', g.privilege_type,
                      CASE relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END,
                      c.oid::regclass)
        FROM pg_class c, aclexplode(relacl) g
        WHERE relnamespace = 'public'::regnamespace AND g.grantee = model::regrole
        UNION ALL
        SELECT format('GRANT %s (%I) ON %s', g.privilege_type, attname,
                      attrelid::regclass)
        FROM pg_attribute a JOIN pg_class c ON c.oid = attrelid, aclexplode(attacl) g
        WHERE relnamespace = 'public'::regnamespace AND g.grantee = model::regrole
        UNION ALL
        SELECT format('GRANT %s ON FUNCTION %s', g.privilege_type, p.oid::regprocedure)
        FROM pg_proc p, aclexplode(proacl) g
        WHERE pronamespace = 'public'::regnamespace AND g.grantee = model::regrole
    LOOP
        EXECUTE format('%s TO %I', command, role);
    END LOOP;
END $$;

-- Makes a policy what it has to be. One that is right is left alone: to change it
-- locks its table. NULL: there is none.
CREATE OR REPLACE FUNCTION access_policy(relation text, policy text, definition text)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    present text := (SELECT coalesce(obj_description(oid, 'pg_policy'), '')
                     FROM pg_policy
                     WHERE polrelid = relation::regclass AND polname = policy);
BEGIN
    IF present IS NOT DISTINCT FROM definition THEN
        RETURN;
    END IF;
    IF present IS NOT NULL THEN
        EXECUTE format('DROP POLICY %I ON %I', policy, relation);
    END IF;
    IF definition IS NOT NULL THEN
        EXECUTE format('CREATE POLICY %I ON %I %s', policy, relation, definition);
        EXECUTE format('COMMENT ON POLICY %I ON %I IS %L', policy, relation,
                       definition);
    END IF;
END $$;

-- A rule as SQL.
CREATE OR REPLACE FUNCTION access_expression(rule text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
    SELECT regexp_replace(
        replace(rule, '‹own›', '= ANY ((SELECT access_domains())::text[])'),
        '(\w+) ‹account›', '\1 > 0 AND EXISTS '
        '(SELECT FROM account a WHERE a.number = \1)', 'g')
$$;

CREATE OR REPLACE FUNCTION access_apply() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    restricted text;
    one record;
    what text;
BEGIN
    FOR one IN SELECT role, rights_of FROM access_role JOIN pg_roles ON rolname = role
    LOOP
        PERFORM access_like(one.role, one.rights_of);
    END LOOP;
    FOR one IN SELECT DISTINCT role FROM access_domain JOIN pg_roles ON rolname = role
               ORDER BY role
    LOOP
        EXECUTE format('GRANT EXECUTE ON FUNCTION access_domains(), '
                       'access_domain_of(text) TO %I', one.role);
        FOR what IN SELECT access_of_all()::text LOOP
            EXECUTE format('REVOKE ALL ON FUNCTION %s FROM %I', what, one.role);
        END LOOP;
        restricted := concat_ws(', ', restricted, quote_ident(one.role));
    END LOOP;
    FOR one IN
        SELECT relation, access_expression(may_read) AS may_read,
               access_expression(may_write) AS may_write,
               relrowsecurity AS is_on
        FROM access_rule JOIN pg_class ON oid = relation::regclass
        ORDER BY relation
    LOOP
        IF NOT one.is_on THEN
            EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', one.relation);
        END IF;
        PERFORM access_policy(one.relation, 'every_row', 'USING (true)');
        what := ' TO ' || restricted;
        PERFORM access_policy(one.relation, 'own_domains_read', 'AS RESTRICTIVE FOR SELECT'
            || what || ' USING (' || one.may_read || ')');
        PERFORM access_policy(one.relation, 'own_domains_add', 'AS RESTRICTIVE FOR INSERT'
            || what || ' WITH CHECK (' || one.may_write || ')');
        PERFORM access_policy(one.relation, 'own_domains_change', 'AS RESTRICTIVE FOR UPDATE'
            || what || ' USING (' || one.may_write || ')');
        PERFORM access_policy(one.relation, 'own_domains_remove', 'AS RESTRICTIVE FOR DELETE'
            || what || ' USING (' || one.may_write || ')');
    END LOOP;
END $$;
REVOKE ALL ON access_rule FROM PUBLIC;
REVOKE ALL ON FUNCTION access_domains(), access_domain_of(text), access_of_all(),
    access_like(text, text), access_policy(text, text, text), access_expression(text),
    access_apply() FROM PUBLIC;
SELECT access_apply();

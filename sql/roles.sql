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
-- Of the properties, users set their quiet hours themselves.
GRANT EXECUTE ON FUNCTION quiet_set TO posthouse_sm;
GRANT SELECT, INSERT, UPDATE, DELETE ON notice TO posthouse_sm;
GRANT SELECT, INSERT, UPDATE ON notice_seen TO posthouse_sm;
GRANT SELECT, INSERT ON broadcast TO posthouse_sm;
-- What administrators change of the organisation by commands. Who administers the
-- suite it cannot say.
GRANT INSERT, UPDATE, DELETE ON department, department_member,
    department_property, account_property, server_property TO posthouse_sm;
GRANT EXECUTE ON FUNCTION department_at, department_step TO posthouse_sm;
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
